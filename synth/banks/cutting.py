"""From hand-labelled photos to a tag bank: every labelled tag becomes a cut-out with a soft mask of the tag itself.

What was cut from a photo is noted in `.cut/` inside the bank as soon as its files are written, under a key of the
photo's bytes, its labels and the options. So an interrupted command goes on where it stopped, and a photo that did not
change is not cut twice. Cut-outs that are of no use are kept, marked with the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from synth.banks.bank import BANK_FILE, MASK_UNCERTAIN, BankDocument, TagBank, with_edited_mask, write_bank
from synth.banks.cutouts import CutOptions, CutOut, Source, cut_out
from synth.banks.records import TagRecord
from synth.errors import AssetError, ConfigError
from synth.files import explained, sha256, write_atomically
from synth.labels.photos import LabelledPhoto, LabelledPhotos
from synth.labels.pictures import read_picture
from synth.labels.sample import Annotation

_CUT_VERSION = 2


class CutNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was cut from one photo: the key of everything that went in, and the records as generated."""

    key: str
    tags: tuple[TagRecord, ...]


@dataclass(frozen=True)
class CutOutcome:
    """What a cut led to.

    Attributes:
        bank: as written.
        photos: number of photos that at least one tag was cut from.
        left_out: number of photos that could not be read, or whose labels could not be trusted.
        fresh: how many of them were cut now; the others had not changed.
        problems: one line for everything that was left out or put aside.
    """

    bank: TagBank
    photos: int
    left_out: int
    fresh: int
    problems: tuple[str, ...]


def cut_tags(
    photos: LabelledPhotos,
    out: Path,
    options: CutOptions | None = None,
    *,
    name: str | None = None,
    replace: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> CutOutcome:
    """Cuts every labelled tag and writes the bank.

    Args:
        photos: with their labels.
        out: the bank's folder; what it holds of an earlier cut is kept up to date.
        options: how to cut and judge.
        name: that the ids begin with; by default the folder's name.
        replace: whether tags of photos that are not among these may disappear from the bank.
        on_progress: told after each photo how many of how many are done.

    Raises:
        ConfigError: no photo has a label, or tags of other photos would disappear.
        AssetError: the bank cannot be written.
    """
    labelled = [photo for photo in photos.photos if photo.labels.annotations]
    if not labelled:
        raise ConfigError(
            "no photo has a labelled tag: draw boxes with a labelling tool (Pascal VOC, COCO or YOLO files)"
        )
    if not replace:
        _refuse_to_forget(out, {photo.path.name for photo in photos.photos})
    cutter = _Cutter(photos.categories.names, out, options or CutOptions(), name or out.resolve().name)
    tags: list[TagRecord] = []
    left_out = photos.left_out
    for done, photo in enumerate(labelled, 1):
        found = cutter.cut(photo)
        left_out += not found
        tags += found
        if on_progress is not None:
            on_progress(done, len(labelled))
    categories = tuple(sorted({tag.category for tag in tags}))
    bank = TagBank(out, cutter.name, categories, tuple(sorted(tags, key=lambda tag: tag.id)))
    write_bank(bank)
    problems = tuple(dict.fromkeys((*photos.problems, *cutter.problems)))
    return CutOutcome(bank, len({tag.photo for tag in tags}), left_out, cutter.fresh, problems)


def _refuse_to_forget(out: Path, names: Collection[str]) -> None:
    """ConfigError if a bank that is there has tags of photos that are not among `names`."""
    try:
        document = msgspec.json.decode((out / BANK_FILE).read_bytes(), type=BankDocument)
    except (OSError, msgspec.DecodeError):
        return  # no bank, or none that anybody can read
    lost = [tag.photo for tag in document.tags if tag.photo not in names]
    if lost:
        others = sorted(set(lost))
        shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        raise ConfigError(
            f"{out}: {len(lost)} of the {len(document.tags)} tags in this bank are of photos that are not here or "
            f"cannot be used ({shown}), and would disappear; take another --out, or say --replace"
        )


class _Cutter:
    """Cuts photo by photo into one bank.

    Attributes:
        problems: what went wrong so far.
        fresh: how many photos were cut, not taken from notes.
    """

    def __init__(self, categories: Sequence[str], out: Path, options: CutOptions, name: str) -> None:
        self.categories, self.out, self.options, self.name = categories, out, options, name
        self.problems: list[str] = []
        self.fresh = 0
        with explained(out):
            out.mkdir(parents=True, exist_ok=True)

    def cut(self, photo: LabelledPhoto) -> list[TagRecord]:
        """The records of one photo's tags; none and a problem if it cannot be read."""
        try:
            digest = sha256(photo.path)
            note = self._note(photo, digest)
            picture = read_picture(photo.path) if note is None else None
        except OSError as error:
            self.problems.append(f"{photo.path}: cannot be read ({error.strerror}); left out")
            return []
        except AssetError as error:
            self.problems.append(f"{error}; left out")
            return []
        if note is None and picture is not None:
            note = self._cut_afresh(photo, Source(photo.path.name, photo.path.stem, digest, picture))
            self.fresh += 1
        return [self._believed(tag) for tag in note.tags] if note else []

    def _note_path(self, photo: LabelledPhoto) -> Path:
        return self.out / ".cut" / f"{photo.path.stem}.json"

    def _key(self, photo: LabelledPhoto, digest: str) -> str:
        labels = [(self.categories[one.category], _told(one)) for one in photo.labels.annotations]
        told = repr((_CUT_VERSION, self.name, photo.path.name, digest, self.options, labels))
        return hashlib.sha256(told.encode()).hexdigest()

    def _note(self, photo: LabelledPhoto, digest: str) -> CutNote | None:
        """What was cut before, if everything that goes in is as it was and all files are there."""
        note = _read_note(self._note_path(photo))
        if note is None or note.key != self._key(photo, digest):
            return None
        for tag in note.tags:
            cutout = self.out / tag.file
            if not (self.out / tag.mask_file).is_file() or not cutout.is_file() or sha256(cutout) != tag.sha256:
                return None
        return note

    def _cut_afresh(self, photo: LabelledPhoto, source: Source) -> CutNote:
        before = _read_note(self._note_path(photo))
        written = {tag.mask_sha256 for tag in before.tags} if before else set()
        tags = []
        for number, annotation in enumerate(photo.labels.annotations, 1):
            category = self.categories[annotation.category]
            cut = cut_out(source, annotation, number, self.name, category, self.options)
            self._write(cut, written)
            tags.append(cut.record)
        note = CutNote(self._key(photo, source.sha256), tuple(tags))
        write_atomically(self._note_path(photo), msgspec.json.encode(note))
        return note

    def _write(self, cut: CutOut, written: set[str]) -> None:
        """Writes both files, but never over a mask that was corrected by hand for this very cut-out."""
        cutout, mask = self.out / cut.record.file, self.out / cut.record.mask_file
        edited = mask.is_file() and sha256(mask) not in (written | {cut.record.mask_sha256})
        if edited and not (cutout.is_file() and sha256(cutout) == cut.record.sha256):
            aside = _free_name(mask)
            with explained(aside):
                mask.rename(aside)
            self.problems.append(f"{mask}: corrected for another cut-out; kept as {aside.name}, look at the new one")
            edited = False
        write_atomically(cutout, cut.cutout_png)
        if not edited:
            write_atomically(mask, cut.mask_png)

    def _believed(self, record: TagRecord) -> TagRecord:
        try:
            return with_edited_mask(self.out, record)
        except AssetError as error:
            self.problems.append(f"{error}; until then {record.id} is marked {MASK_UNCERTAIN!r}")
            reasons = (*(r for r in record.reasons if r != MASK_UNCERTAIN), MASK_UNCERTAIN)
            return msgspec.structs.replace(record, usable=False, reasons=reasons)


def _told(annotation: Annotation) -> tuple[object, ...]:
    """Everything of a label that a cut depends on, as plain values."""
    mask = annotation.mask
    outline = mask and (mask.x, mask.y, mask.pixels.shape, hashlib.sha256(mask.pixels.tobytes()).hexdigest())
    flags = (annotation.truncated, annotation.difficult)
    return (annotation.box, annotation.text, annotation.identity, annotation.quad, annotation.angle_deg, flags, outline)


def _read_note(path: Path) -> CutNote | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=CutNote)
    except (OSError, msgspec.DecodeError):
        return None


def _free_name(path: Path) -> Path:
    number = 1
    while path.with_name(f"{path.stem}.edited-{number}.png").exists():
        number += 1
    return path.with_name(f"{path.stem}.edited-{number}.png")
