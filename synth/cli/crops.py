"""`synth crops`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from synth.cropping.made import Made

EXIT_SET_ASIDE = 4
PROBLEMS_SHOWN = 5


@click.command("crops")
@click.argument("source", metavar="DATASET", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the sets.")
@click.option(
    "--only",
    type=click.Choice(("characters", "rotation", "text")),
    multiple=True,
    help="Only this set; may be given repeatedly.",
)
@click.option(
    "--height",
    type=click.IntRange(16, 2048),
    default=128,
    show_default=True,
    help="Px of upright crops, and both sides of turned ones.",
)
@click.option("--text-height", type=click.IntRange(8, 512), default=48, show_default=True, help="Px of text crops.")
@click.option(
    "--margin", type=click.FloatRange(0, 2), default=0.15, show_default=True, help="Context, as a share of the tag."
)
@click.option(
    "--jitter",
    type=click.FloatRange(0, 0.5),
    default=0.04,
    show_default=True,
    help="Largest shift and change of scale, as a share; largest residual turn, in radians.",
)
@click.option("--per-tag", type=click.IntRange(1, 1000), default=4, show_default=True, help="Turned crops of each tag.")
@click.option(
    "--min-visibility",
    type=click.FloatRange(0, 1),
    default=0.7,
    show_default=True,
    help="Share of each character that must be seen. Below it, the character is difficult in the set of characters, "
    "its line is ### in the lists of whole pictures, and its copy of the serial gives no text crop; so it is with tags "
    "that have a quad and a text only.",
)
@click.option("--formats", default="voc,coco,yolo,tfrecord", show_default=True, help="Label formats.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draws.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default one per core. Never changes a byte.")
def command(
    source: Path,
    out: Path,
    only: tuple[str, ...],
    height: int,
    text_height: int,
    margin: float,
    jitter: float,
    per_tag: int,
    min_visibility: float,
    formats: str,
    seed: int,
    workers: int | None,
) -> None:
    """Crop the tags of DATASET (ours, or hand-labelled) into three sets that keep its splits.

    characters: upright crops, every visible character an object. rotation: round crops at any angle, with that angle.
    text: rectified lines with transcription, for PaddleOCR; the whole pictures with quads, for PaddleOCR and ICDAR.

    The same command goes on after an interruption. Exit status 4: done, but some pictures could not be read.
    """
    import os

    from synth.cli.progress import progress_display
    from synth.cropping.options import SETS, CropOptions
    from synth.cropping.run import make_crops
    from synth.labels.dataset import read_dataset

    options = CropOptions(height, text_height, margin, jitter, per_tag, min_visibility, seed, _formats(formats))
    dataset = read_dataset(source)
    sets = tuple(name for name in SETS if not only or name in only)
    workers = min(workers or len(os.sched_getaffinity(0)), max(1, len(dataset.images) // 16))
    with progress_display() as display:
        made = make_crops(dataset, out, options, sets=sets, workers=workers, on_progress=display)
    _print_made(made, out)
    sys.exit(EXIT_SET_ASIDE if made.problems else 0)


def _formats(text: str) -> tuple[str, ...]:
    from synth.errors import ConfigError
    from synth.labels.dataset import FORMATS

    chosen = tuple(name.strip() for name in text.split(","))
    if not set(chosen) <= set(FORMATS):
        raise ConfigError(f"--formats must be of {', '.join(FORMATS)}, got {text!r}")
    return tuple(name for name in FORMATS if name in chosen)


def _print_made(made: Made, out: Path) -> None:
    for problem in made.problems[:PROBLEMS_SHOWN]:
        click.echo(problem, err=True)
    if len(made.problems) > PROBLEMS_SHOWN:
        click.echo(f"and {len(made.problems) - PROBLEMS_SHOWN} more pictures that could not be read", err=True)
    for (name, reason), count in sorted(made.left_out.items()):
        click.echo(f"{name}: left out {count}: {reason}", err=True)
    counts = (
        f"{len(made.characters)} upright crops",
        f"{len(made.rotation)} turned crops",
        f"{len(made.recognition)} text crops",
    )
    click.echo(f"{out}: {', '.join(counts)}")
