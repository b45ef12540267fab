"""Files on disk: whole or not at all, and known by their digest.

A reader never sees half a file: bytes go to a temporary name in the same folder, then take the final name in one step.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from synth.errors import AssetError


def refused(path: Path, error: OSError) -> AssetError:
    """The operating system's refusal to write `path`, as one line that names the remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "free some space and run the same command again: it goes on where it stopped"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "choose a folder that you may write to"
    elif error.errno in (errno.ENOTDIR, errno.EEXIST):
        remedy = "a file stands where a folder is needed: move it or choose another folder"
    else:
        remedy = "check the path and the disk"
    return AssetError(f"{path}: cannot be written ({error.strerror or error}); {remedy}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns a refusal to write `path` within the block into `refused`."""
    try:
        yield
    except OSError as error:
        raise refused(path, error) from None


def write_atomically(path: Path, data: bytes | Iterable[bytes], *, durable: bool = False) -> None:
    """Writes `data` to `path`, making its folder; AssetError names path and remedy if the disk refuses.

    Args:
        path: final name.
        data: whole content, or its pieces in order (they need not fit into memory together).
        durable: also wait until the disk has it (survives a power cut).
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")  # noqa: PTH118 - strings cost a tenth of a Path
    whole = False
    try:
        if folder and not os.path.isdir(folder):  # noqa: PTH112
            path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105
        whole = True
    except OSError as error:
        raise refused(path, error) from None
    finally:
        if not whole:
            with suppress(OSError):
                Path(temporary).unlink()


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
