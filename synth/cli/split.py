"""`synth split`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from synth.labels.dataset import Dataset


@click.command("split")
@click.argument("source", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--by",
    type=click.Choice(("identity", "photo", "image")),
    default="identity",
    show_default=True,
    help="What must not be torn apart: identities; photos (and identities); nothing but the image itself.",
)
@click.option(
    "--fractions", default="train=0.8,validation=0.2", show_default=True, help="Share of the images by split."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draw.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new folder.")
def command(source: Path, by: str, fractions: str, seed: int, out: Path) -> None:
    """Deal the dataset in DIR out to new splits that share no identity, and no photo if asked.

    Photos are those that a generated dataset's manifest names. The formats are those of DIR.
    """
    from synth.cli.progress import progress_display
    from synth.labels.copying import write_copy
    from synth.labels.dataset import read_dataset
    from synth.labels.splitting import sample_splits
    from synth.streams import stream

    dataset = read_dataset(source)
    keys = _keys(dataset, by)
    images = sample_splits(stream(seed, 0, "split"), dataset.images, keys, _parse_fractions(fractions))
    with progress_display() as display:
        write_copy(dataset, images, out, dataset.card.get("formats", ("voc", "coco", "yolo")), on_progress=display)
    counts = Counter(image.split for image in images)
    click.echo(f"{out}: " + ", ".join(f"{split} {count} images" for split, count in counts.items()))


def _keys(dataset: Dataset, by: str) -> Sequence[set[str]]:
    from synth.errors import ConfigError
    from synth.inspection.checks.leaks import used_material
    from synth.inspection.manifest import MANIFEST, read_specs
    from synth.labels.splitting import identity_keys

    if by == "image":
        return [set() for _ in dataset.images]
    keys = identity_keys(dataset.images)
    if by == "identity" and not any(keys):
        raise ConfigError(f"{dataset.root}: no object has an identity or a text; label them, or choose --by image")
    if by == "photo":
        specs = read_specs(dataset.root)
        if not specs:
            raise ConfigError(f"{dataset.root / MANIFEST}: not there, so the photos are unknown; choose another --by")
        for held, image in zip(keys, dataset.images, strict=True):
            if image.file_name in specs:
                held |= {f"photo {photo}" for photo in used_material(specs[image.file_name].to_dict(), "photo")}
    return keys


def _parse_fractions(text: str) -> dict[str, float]:
    from synth.errors import ConfigError

    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): float(share) for name, share in pairs}
    except ValueError:
        raise ConfigError(f"--fractions must look like train=0.8,validation=0.2, got {text!r}") from None
