"""`synth look`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from synth.inspection.look import RealPhotos
    from synth.inspection.pastes import TagAlpha


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

    The report also says how well a small classifier tells pastes from untouched places, and with --real drawn pictures
    from real ones.
    """
    from synth.inspection.look import look
    from synth.labels.dataset import read_dataset

    dataset = read_dataset(folder)
    photos = _real_photos(real) if real else None
    default = (folder if folder.is_dir() else folder.parent) / "look"
    seen = look(dataset, out or default, tag_alpha=_bank_masks(folder), real=photos, count=count, seed=seed)
    click.echo(seen.sheet)
    click.echo(seen.page)
    for row in seen.detectability.rows if seen.detectability else ():
        if row.blend == "all" and row.separation:
            found = row.separation
            click.echo(f"paste detectability, {row.subject}: AUC {found.auc:.2f} ({found.low:.2f} to {found.high:.2f})")
    if seen.real_separation:
        found = seen.real_separation
        click.echo(f"drawn against real pictures: AUC {found.auc:.2f} ({found.low:.2f} to {found.high:.2f})")


def _real_photos(folder: Path) -> RealPhotos:
    from synth.inspection.look import RealPhotos
    from synth.inspection.selection import Picture
    from synth.labels.photos import read_labelled_photos

    found = read_labelled_photos(folder)
    for problem in found.problems:
        click.echo(f"left out: {problem}", err=True)
    return RealPhotos(folder.resolve().name, tuple(Picture(photo.path, photo.labels) for photo in found.photos))


def _bank_masks(folder: Path) -> TagAlpha:
    """Masks of the cut-outs that the dataset was made from, where its banks still lie where they lay."""
    from synth.banks.materials import Materials
    from synth.errors import AssetError, ConfigError
    from synth.generation.material import read_catalogue

    try:
        materials = Materials(read_catalogue(folder).catalogue)
    except ConfigError:
        return lambda _tag: None

    def alpha(tag: str) -> NDArray[np.uint8] | None:
        try:
            return materials.tag(tag).alpha
        except AssetError:
            return None

    return alpha
