"""`synth look`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from synth.banks.materials import Materials
    from synth.inspection.counterparts import RealTags
    from synth.inspection.look import Looked, RealPhotos
    from synth.inspection.pastes import TagAlpha
    from synth.inspection.separation import Separation
    from synth.labels.sample import Image
    from synth.scene.spec import ImageSpec


@click.command("look")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to; by default DIR/look."
)
@click.option(
    "--real",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Real photos, with hand labels where there are, to compare with.",
)
@click.option("--count", type=click.IntRange(min=7), default=40, show_default=True, help="Pictures that are shown.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of their choice.")
def command(folder: Path, out: Path | None, real: Path | None, count: int, seed: int) -> None:
    """Make a contact sheet and a report of the dataset in DIR.

    The report also says how well a small classifier tells pasted tags from the bank's own tags in their photos,
    negative pastes from untouched places, and with --real drawn pictures from real ones.
    """
    from synth.inspection.look import look
    from synth.labels.dataset import read_dataset

    dataset = read_dataset(folder)
    photos = _real_photos(real) if real else None
    default = (folder if folder.is_dir() else folder.parent) / "look"
    materials = _materials(folder)
    seen = look(
        dataset,
        out or default,
        tag_alpha=_bank_masks(materials),
        real_tags=_real_tags(materials, photos) if materials else None,
        real=photos,
        count=count,
        seed=seed,
    )
    click.echo(seen.sheet)
    click.echo(seen.page)
    for line in headlines(seen):
        click.echo(line)


def headlines(seen: Looked) -> Iterator[str]:
    """What the report found, a line each."""
    from synth.inspection.against_real import MIN_TAGS

    if seen.against_real and seen.against_real.headline and seen.against_real.headline.separation:
        found = seen.against_real.headline.separation
        yield f"pasted against real tags: {_auc(found)}, told most by: {found.by_feature[0][0]}"
    elif seen.against_real:
        tags = seen.against_real.compared_tags or seen.against_real.real_tags
        yield f"pasted against real tags: too few ({tags} with a known photo to compare with; {MIN_TAGS} are needed)"
    negatives = seen.detectability.row() if seen.detectability else None
    if negatives and negatives.separation:
        yield f"negative pastes against untouched places: {_auc(negatives.separation)}"
    if seen.real_separation:
        yield f"drawn against real pictures: {_auc(seen.real_separation)}"


def _auc(found: Separation) -> str:
    return f"AUC {found.auc:.2f} ({found.low:.2f} to {found.high:.2f})"


def _real_photos(folder: Path) -> RealPhotos:
    from synth.inspection.look import RealPhotos
    from synth.inspection.selection import Picture
    from synth.labels.photos import read_labelled_photos

    found = read_labelled_photos(folder)
    for problem in found.problems:
        click.echo(f"left out: {problem}", err=True)
    return RealPhotos(folder.resolve().name, tuple(Picture(photo.path, photo.labels) for photo in found.photos))


def _materials(folder: Path) -> Materials | None:
    """The material that the dataset was made from; None if nobody noted where it lies."""
    from synth.banks.materials import Materials
    from synth.errors import ConfigError
    from synth.generation.material import read_catalogue

    try:
        return Materials(read_catalogue(folder).catalogue)
    except ConfigError:
        return None


def _bank_masks(materials: Materials | None) -> TagAlpha:
    """Masks of the cut-outs, where their banks still lie where they lay."""
    from synth.errors import AssetError

    def alpha(tag: str) -> NDArray[np.uint8] | None:
        try:
            return materials.tag(tag).alpha if materials else None
        except AssetError:
            return None

    return alpha


def _real_tags(materials: Materials, real: RealPhotos | None) -> RealTags:
    """The banks' tags in their photos, found among the background photos and the real ones."""
    from synth.inspection.counterparts import photos_by_digest, real_tags

    records = [tag.record for tag in materials.catalogue.tags]
    known = {photo.record.sha256: Path(photo.record.path) for photo in materials.catalogue.photos}
    more = [photo.path for photo in real.photos] if real else []
    photos = photos_by_digest(known, more, {record.photo for record in records})
    return real_tags(records, _bank_masks(materials), photos, _photographed)


def _photographed(picture: Image, spec: ImageSpec) -> Image:
    from io import BytesIO

    import numpy as np
    from PIL import Image as Pictures

    from synth.compositing.camera import photograph
    from synth.compositing.splice import encode

    made = photograph(picture.copy(), spec.camera, grey=False)
    with Pictures.open(BytesIO(encode(made, spec.jpeg_quality))) as opened:
        return np.array(opened)
