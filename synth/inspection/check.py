"""Whether a dataset keeps its promises: `check_dataset` reads every file that it can and reports all that is wrong.

A dataset of ours (it has a card) promises everything that `synth.labels` writes; in somebody else's only that counts as
an error which makes a reader fail or lose labels, the rest are warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.errors import SynthError
from synth.inspection.checks.agreement import check_agreement
from synth.inspection.checks.card import check_card, check_formats, read_manifest
from synth.inspection.checks.characters import check_characters
from synth.inspection.checks.coco import add_to_view, check_coco
from synth.inspection.checks.findings import Finding, Report, View
from synth.inspection.checks.leaks import check_identities, check_manifest
from synth.inspection.checks.masks import check_masks
from synth.inspection.checks.pictures import check_pictures, check_strays
from synth.inspection.checks.planes import check_planes
from synth.inspection.checks.space import check_space
from synth.inspection.checks.tfrecord import check_tfrecords
from synth.inspection.checks.voc import check_voc
from synth.inspection.checks.yolo import check_yolo
from synth.labels.coco import FILE_PREFIX
from synth.labels.dataset import CARD, Dataset, read_dataset
from synth.labels.foreign import coco_files
from synth.labels.layout import rle_path

MANIFEST = "manifest.jsonl"

__all__ = ["Checked", "Finding", "check_dataset", "check_whole"]


@dataclass(frozen=True)
class Checked:
    """What was checked, and what was found.

    Attributes:
        findings: errors first, then by file.
        ours: whether there is a card, so that everything that it promises was checked.
        formats: those whose labels were read: "coco", "voc", "yolo", "tfrecord".
        images: number of images with labels.
    """

    findings: list[Finding]
    ours: bool
    formats: tuple[str, ...]
    images: int


def check_dataset(root: Path, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> list[Finding]:
    """What is wrong with a dataset, see `check_whole`."""
    return check_whole(root, on_progress=on_progress).findings


def check_whole(root: Path, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> Checked:
    """Checks a dataset, whoever made it.

    Args:
        root: its folder, or a COCO file.
        on_progress: called with (done, total) pictures, which take most of the time.

    Raises:
        LabelError: there is nothing to check.
    """
    folder = root.parent if root.is_file() else root
    report = Report(folder, ours=root.is_dir() and (root / CARD).is_file())
    views = _check_labels(report, root)
    dataset = _read(report, root, known=bool(views))
    if dataset is not None:
        _check_content(report, dataset, on_progress)
    check_agreement(report, views)
    findings = sorted(report.findings, key=lambda f: (f.severity, f.file, f.code))
    images = max((len(view.images) for view in views), default=0) if dataset is None else len(dataset.images)
    return Checked(findings, report.ours, tuple(view.format for view in views), images)


def _check_labels(report: Report, root: Path) -> list[View]:
    """Each format by itself."""
    views = [_check_coco_files(report, root)]
    if root.is_dir():
        views += [check(report, root) for check in (check_voc, check_yolo, check_tfrecords)]
    return [view for view in views if view is not None]


def _check_coco_files(report: Report, root: Path) -> View | None:
    """One split after the other, so that the masks of one only are in memory."""
    view = View("coco")
    for path in coco_files(root):
        split = path.stem.removeprefix(FILE_PREFIX) if path.stem.startswith(FILE_PREFIX) else ""
        found = check_coco(report, path)
        if found is None:
            continue
        exact = rle_path(report.root, split)
        if report.ours and exact.is_file() and (masks := check_coco(report, exact, rle=True)):
            check_masks(report, found, masks)
        add_to_view(view, split, found)
    return view if view.classes is not None else None


def _read(report: Report, root: Path, *, known: bool) -> Dataset | None:
    """The dataset as its readers see it. That it cannot be read is a finding only if there is no other error.

    Args:
        report: gets the finding.
        root: the folder, or a COCO file.
        known: whether some labels have been found; else the error itself says best what is missing.
    """
    try:
        return read_dataset(root)
    except SynthError as error:
        if not known and not report.ours and not report.findings:
            raise
        if not any(finding.severity == "error" for finding in report.findings):
            report.error("dataset.unreadable", root, "", str(error), "mend it, or write or export the labels again")
        return None


def _check_content(report: Report, dataset: Dataset, on_progress: Callable[[int, int], None]) -> None:
    pictures = [(image, dataset.path(image)) for image in dataset.images]
    manifest = report.root / MANIFEST
    lines = read_manifest(report, manifest, dataset.images)
    specs: list[dict[str, Any]] = [spec for _, spec in lines]
    digests: Mapping[str, str] = {str(spec["file_name"]): digest for digest, spec in lines}
    if report.ours:
        check_card(report, dataset.card, dataset.images, dataset.categories)
        check_formats(report, dataset.card, dataset.splits)
        check_strays(report, pictures)
    check_identities(report, pictures)
    check_characters(report, pictures, dataset.categories)
    check_space(report, pictures)
    check_manifest(report, manifest, specs, dataset.card)
    check_planes(report, manifest, dataset.images)
    check_pictures(report, pictures, digests, on_progress)
