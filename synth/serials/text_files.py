"""Text files that users write: lists of serials, alphabets. UTF-8, with or without a byte order mark."""

from __future__ import annotations

from pathlib import Path

from synth.errors import AssetError, ConfigError

MOST_BYTES = 1 << 28


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        AssetError: it cannot be read.
        ConfigError: it is not UTF-8, or is no list of that size.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"{path}: larger than {MOST_BYTES >> 20} MiB; expected a list in plain text")
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # utf-8-sig counts from behind its mark
        place = error.start + (len(data) - len(error.object))
        raise ConfigError(
            f"{path}: not UTF-8 text: byte 0x{data[place]:02x} at position {place}; "
            "save it as UTF-8 (iconv -f ENCODING -t UTF-8)"
        ) from None


def read_alphabet(path: Path) -> str:
    """The characters of a file, each once, in their order there; line breaks and blanks do not count.

    Raises:
        AssetError: it cannot be read.
        ConfigError: it is not UTF-8, names no character, or one that cannot be printed.
    """
    characters = "".join(dict.fromkeys("".join(read_text(path).split())))
    if not characters:
        raise ConfigError(f"{path}: no characters in it; write those of the alphabet, as ABC123")
    for character in characters:
        if not character.isprintable():
            raise ConfigError(f"{path}: {character!r} is no character that can be printed; remove it")
    return characters
