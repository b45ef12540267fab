"""What must not straddle a split: an identity, a tag, the photo under or in an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from synth.inspection.checks.findings import Report
from synth.labels.sample import LabelledImage

_REMEDIES = {
    "leak.identity": "deal the dataset out again: synth split DIR --by identity --out NEW",
    "leak.tag": "generate the dataset anew: its tags are then dealt to the splits before anything is drawn",
    "leak.photo": "deal the dataset out again: synth split DIR --by photo --out NEW",
}


def check_identities(report: Report, pictures: Sequence[tuple[LabelledImage, Path]]) -> None:
    """No identity in two splits."""
    _Straddling(report, "leak.identity", "identity").run(
        (annotation.identity.replace(" ", ""), image.split, path, image.file_name)
        for image, path in pictures
        for annotation in image.annotations
        if annotation.identity is not None
    )


def check_manifest(report: Report, path: Path, specs: Sequence[Mapping[str, Any]], card: Mapping[str, Any]) -> None:
    """No tag, no photo and no identity of the specs in two splits, and each where the catalogue deals it to.

    Args:
        report: gets the findings.
        path: of the manifest.
        specs: as plain JSON.
        card: for its catalogue.
    """
    catalogue = {key: _entries(card, key) for key in ("tags", "distractors", "photos")}
    tags = {tag.get("id"): tag for tag in (*catalogue["tags"], *catalogue["distractors"])}
    photos = {photo.get("id"): photo for photo in catalogue["photos"]}
    for what, entries in (("tag", tags), ("photo", photos)):
        used = [
            (key, str(spec.get("split")), path, str(spec.get("file_name")))
            for spec in specs
            for key in used_material(spec, what)
        ]
        _Straddling(report, f"leak.{what}", what).run(iter(used))
        for key, split, _, name in used:
            entry = entries.get(key)
            if entry is not None and entry.get("split") != split:
                message = f"uses the {what} {key!r} of the split {entry.get('split')!r} in {split!r}"
                report.error("leak.catalogue", path, name, message, "make the dataset again")
    _check_catalogue(report, catalogue)


def used_material(spec: Mapping[str, Any], what: str) -> set[str]:
    """Ids of what an image is made from.

    Args:
        spec: as plain JSON.
        what: "tag" or "photo".
    """
    layers = [layer for layer in spec.get("layers", ()) if isinstance(layer, dict)]
    found = {layer.get(what) for layer in layers if layer.get("type") == ("tag" if what == "tag" else "patch")}
    background = spec.get("background")
    if what == "photo" and isinstance(background, dict):
        found.add(background.get("photo"))
    return {key for key in found if isinstance(key, str)}


def _entries(card: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The entries of a part of the card's catalogue that are ones, and have a name."""
    catalogue = card.get("catalogue")
    entries = catalogue.get(key) if isinstance(catalogue, dict) else None
    entries = entries if isinstance(entries, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]


def _check_catalogue(report: Report, catalogue: Mapping[str, list[dict[str, Any]]]) -> None:
    """The material itself: by identity, and by content."""
    path = report.root / "card.json"
    tags, photos = catalogue["tags"], catalogue["photos"]
    for code, what, key, entries in (
        ("leak.identity", "identity", "identity", tags),
        ("leak.tag", "tag with the content", "sha256", tags),
        ("leak.photo", "photo with the content", "sha256", photos),
    ):
        dealt = ((entry.get(key), str(entry.get("split")), path, f"{entry.get('id')}") for entry in entries)
        _Straddling(report, code, what).run(one for one in dealt if one[0] is not None)


class _Straddling:
    """Tells each key that turns up in more than one split, once."""

    def __init__(self, report: Report, code: str, what: str) -> None:
        self._report, self._code, self._what = report, code, what
        self._first: dict[str, tuple[str, str]] = {}
        self._told: set[str] = set()

    def run(self, uses: Iterator[tuple[Any, str, Path, str]]) -> None:
        for key, split, path, name in uses:
            key = str(key)
            before = self._first.setdefault(key, (split, name))
            if before[0] != split and key not in self._told:
                self._told.add(key)
                message = (
                    f"{self._what} {key!r} is in the split {split!r} and, in {before[1]}, in {before[0]!r}: a leak"
                )
                self._report.error(self._code, path, name, message, _REMEDIES[self._code])
