"""Looking at a dataset: the contact sheet and the report, from a folder of pictures with labels and specs."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.errors import LabelError
from synth.files import write_atomically
from synth.inspection.against_real import AgainstReal, against_real
from synth.inspection.comparison import PixelStudy, compare, study_drawn, study_real
from synth.inspection.counterparts import RealTags
from synth.inspection.detectability import Detectability, paste_detectability
from synth.inspection.embedding import common_window, data_uri, tag_crops
from synth.inspection.enlargements import zooms_of
from synth.inspection.manifest import read_specs
from synth.inspection.pastes import DrawnImage, TagAlpha, pastes_of
from synth.inspection.report import Figure, Findings, html_report
from synth.inspection.selection import Picture, Section, choose
from synth.inspection.separation import Separation
from synth.inspection.sheet import contact_sheet, label_of, labelled_picture
from synth.inspection.statistics import count_splits
from synth.labels.dataset import Dataset
from synth.labels.pictures import read_picture
from synth.labels.sample import Categories, Image, Mask

MEASURED = 120
CROPS = 12
FIGURE_PX = 336
STRIP_PX = 112


@dataclass(frozen=True, slots=True)
class RealPhotos:
    """Photos to compare with: a name, and pictures without specs."""

    name: str
    photos: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was written, and the headline: paste detectability, and how far drawn is told from real."""

    sheet: Path
    page: Path
    against_real: AgainstReal | None
    detectability: Detectability | None
    real_separation: Separation | None


def pictures_of(dataset: Dataset) -> tuple[Picture, ...]:
    """The dataset's pictures with their specs, where it has a manifest."""
    specs = read_specs(dataset.root)
    return tuple(Picture(dataset.path(image), image, specs.get(image.file_name)) for image in dataset.images)


def look(
    dataset: Dataset,
    out: Path,
    *,
    tag_alpha: TagAlpha,
    real_tags: RealTags | None,
    real: RealPhotos | None,
    count: int,
    seed: int,
) -> Looked:
    """Writes `sheet.png` and `index.html`.

    Args:
        dataset: what is looked at.
        out: folder that both are written to.
        tag_alpha: masks of the cut-outs, see `synth.inspection.pastes.pastes_of`.
        real_tags: the banks' tags in their own photos; None where the banks are not at hand.
        real: photos to compare with.
        count: pictures that are shown.
        seed: of their choice and of all that is measured.

    Raises:
        LabelError: the dataset has no picture.
        AssetError: a picture is damaged, or `out` can't be written.
    """
    pictures = pictures_of(dataset)
    if not pictures:
        raise LabelError(f"{dataset.root}: no labelled picture in it; is this the folder that `synth generate` wrote?")
    sections = choose(pictures, count, seed)
    title = str(dataset.card.get("name") or dataset.root.resolve().name)
    negatives = functools.partial(unlabelled_outlines, tag_alpha=tag_alpha)
    sheet = contact_sheet(title, _subtitle(pictures), sections, dataset.categories, read, negatives=negatives)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", compress_level=4)
    write_atomically(out / "sheet.png", buffer.getvalue())
    findings = _findings(title, pictures, dataset.categories, dataset.card, sections, tag_alpha, real_tags, real, seed)
    write_atomically(out / "index.html", html_report(findings).encode("utf-8"))
    told = findings.comparison.pictures if findings.comparison else None
    return Looked(out / "sheet.png", out / "index.html", findings.against_real, findings.detectability, told)


def read(picture: Picture) -> Image:
    """The pixels of a picture."""
    return read_picture(picture.path)


def unlabelled_outlines(picture: Picture, tag_alpha: TagAlpha) -> tuple[Mask, ...]:
    """Outlines of what was pasted without a label; none where they can't be known."""
    if picture.spec is None:
        return ()
    found = pastes_of(DrawnImage(picture.path, picture.labels, picture.spec), tag_alpha)
    return tuple(paste.mask for paste in found.whole if paste.kind != "tag") if found else ()


def _subtitle(pictures: Sequence[Picture]) -> str:
    splits = count_splits(picture.labels for picture in pictures)
    boxes, empty = sum(s.boxes for s in splits), sum(s.empty for s in splits)
    parts = ", ".join(f"{s.split} {s.images:,}" for s in splits if s.split)
    return f"{len(pictures):,} pictures · {boxes:,} tags · {empty:,} pictures without one" + (
        f" · {parts}" if parts else ""
    )


def _findings(
    title: str,
    pictures: Sequence[Picture],
    categories: Categories,
    card: Mapping[str, Any],
    sections: Sequence[Section],
    tag_alpha: TagAlpha,
    real_tags: RealTags | None,
    real: RealPhotos | None,
    seed: int,
) -> Findings:
    images = [DrawnImage(p.path, p.labels, p.spec) for p in pictures if p.spec is not None]
    drawn = study_drawn(pictures, read, count=MEASURED, seed=seed)
    studied, crops = _study_of_real(pictures, real, seed)
    return Findings(
        title=title,
        pictures=pictures,
        categories=categories,
        card=card,
        gallery=[(s.title, [_figure(p.picture, p.note, categories, tag_alpha) for p in s.picks]) for s in sections],
        drawn=drawn,
        real=studied,
        real_name=real.name if real else "",
        real_count=len(real.photos) if real else 0,
        comparison=compare(studied, drawn, seed=seed) if studied else None,
        crops=crops,
        against_real=_against_real(images, tag_alpha, real_tags, seed),
        detectability=paste_detectability(images, _read_drawn, tag_alpha, seed=seed) if images else None,
    )


def _study_of_real(
    pictures: Sequence[Picture], real: RealPhotos | None, seed: int
) -> tuple[PixelStudy | None, tuple[list[str], list[str]]]:
    if real is None or not real.photos:
        return None, ([], [])
    first = pictures[0].labels
    studied = study_real(real.photos, read, piece=(first.width, first.height), count=MEASURED, seed=seed)
    window = common_window(pictures)
    crops = tag_crops(real.photos, read, window, CROPS, seed), tag_crops(pictures, read, window, CROPS, seed)
    return studied, crops


def _against_real(
    images: Sequence[DrawnImage], tag_alpha: TagAlpha, real_tags: RealTags | None, seed: int
) -> AgainstReal | None:
    has_tags = any(image.labels.annotations for image in images)
    if real_tags is None or not has_tags:
        return None
    return against_real(images, _read_drawn, tag_alpha, real_tags, read_picture, seed=seed)


def _read_drawn(image: DrawnImage) -> Image:
    return read_picture(image.path)


def _figure(picture: Picture, note: str, categories: Categories, tag_alpha: TagAlpha) -> Figure:
    image = read(picture)
    annotations = picture.labels.annotations
    negatives = unlabelled_outlines(picture, tag_alpha)
    shown = labelled_picture(image, annotations, categories, FIGURE_PX, negatives)
    zooms = tuple(data_uri(zoom) for zoom, _ in zooms_of(image, annotations, negatives, FIGURE_PX, STRIP_PX))
    words = "; ".join(label_of(a, categories) for a in annotations) or "no tag"
    name = f"#{picture.spec.index}" if picture.spec else picture.labels.file_name
    return Figure(
        data_uri(shown),
        zooms,
        name,
        picture.labels.split,
        picture.blend.replace("_", " "),
        "" if note == picture.labels.split else note,
        f"{picture.labels.file_name}: {words}",
    )
