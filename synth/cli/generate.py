"""`synth generate`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from synth.generation.run import Outcome
    from synth.scene.recipe import Recipe

ASIDE_SHOWN = 5


def _shard(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Reads `i/n`: the i-th of n shares, from 1."""
    if value is None:
        return None
    number, slash, count = value.partition("/")
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"expected i/n with 1 <= i <= n, e.g. 1/4, got {value!r}", context, parameter)
    return int(number), int(count)


class Interruption:
    """Ctrl-C (or a polite kill): the first asks the run to stop, the second ends it at once."""

    def __init__(self) -> None:
        self.can_wait = False
        self.asked = False

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Handles a signal."""
        if self.asked or not self.can_wait:
            raise KeyboardInterrupt
        self.asked = True
        click.echo("\nstopping; what is finished is kept", err=True)


@contextmanager
def _interruptible() -> Iterator[Interruption]:
    interruption = Interruption()
    before = {number: signal.signal(number, interruption.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command("generate")
@click.argument("recipe")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Dataset folder, new or to be continued.")
@click.option("--count", type=click.IntRange(min=1), help="Number of images, instead of the recipe's.")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the recipe's.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default one per core. Never changes a byte.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Another value in the recipe, e.g. seed=5, render.preset=draft.",
)
@click.option("--formats", metavar="A,B", help="Label formats: voc, coco, yolo, tfrecord.")
@click.option("--fresh", is_flag=True, help="Delete what earlier runs made in the folder, and only that.")
@click.option(
    "--dry-run", is_flag=True, help="Make a few images in memory, tell what the run would take, write nothing."
)
@click.option("--shard", callback=_shard, metavar="I/N", help="Make only the I-th of N shares; see above.")
def command(
    recipe: str,
    out: Path | None,
    count: int | None,
    seed: int | None,
    workers: int | None,
    changes: tuple[str, ...],
    formats: str | None,
    fresh: bool,
    dry_run: bool,
    shard: tuple[int, int] | None,
) -> None:
    """Make a labelled synthetic dataset from RECIPE, a file or the name of a worked recipe (see synth init).

    Run the same command again to go on after an interruption, or with a larger --count to add images: they are the same
    as if all had been made at once, by any number of workers.

    Several machines share the work with --shard 1/4, 2/4, ... on one folder. When all are done, one run without --shard
    writes what describes the whole.

    Exit status: 0 done; 1 failed (material or disk); 2 wrong usage, recipe or folder; 4 done, but some images could not
    be made and were set aside; 130 interrupted, the same command goes on.
    """
    overrides = [*changes]
    overrides += [f"{key}={value}" for key, value in (("count", count), ("seed", seed)) if value is not None]
    overrides += [f"output.formats=[{formats}]"] if formats is not None else []
    loaded = _load(recipe, overrides)
    workers = workers or len(os.sched_getaffinity(0))
    if dry_run:
        _print_plan(loaded, workers)
        return
    if out is None:
        raise click.UsageError("--out DIR is needed: the folder of the dataset")
    outcome = _generate(loaded, out, workers, fresh, shard)
    _print_outcome(outcome, out, shard)
    sys.exit(130 if outcome.stopped else 4 if outcome.set_aside else 0)


def _load(recipe: str, overrides: list[str]) -> Recipe:
    from synth.assets import recipe_path
    from synth.scene.recipe_files import load_recipe

    is_name = not recipe.endswith((".yaml", ".yml")) and not Path(recipe).is_file()
    return load_recipe(recipe_path(recipe) if is_name else Path(recipe), overrides)


def _generate(recipe: Recipe, out: Path, workers: int, fresh: bool, shard: tuple[int, int] | None) -> Outcome:
    from synth.cli.progress import progress_display
    from synth.generation.run import Progress, generate

    with _interruptible() as interruption, progress_display() as display:

        def on_progress(progress: Progress) -> None:
            interruption.can_wait = True
            display(progress.done, progress.total)

        return generate(
            recipe,
            out,
            workers=workers,
            on_progress=on_progress,
            fresh=fresh,
            shard=shard,
            stop=lambda: interruption.asked,
        )


def _print_plan(recipe: Recipe, workers: int) -> None:
    from synth.cli.progress import time_text
    from synth.generation.plan import plan_run

    made = plan_run(recipe)
    catalogue = made.catalogue
    held = {"tags": catalogue.tags, "photos": catalogue.photos, "meshes": catalogue.meshes}
    click.echo(f"material: {', '.join(f'{len(things)} {name}' for name, things in held.items() if things) or 'none'}")
    for line in made.notes:
        click.echo(f"  {line}")
    click.echo(f"images: {recipe.count} ({', '.join(f'{split} {n}' for split, n in made.images.items())})")
    if made.bytes_per_image is None or made.seconds_per_image is None:
        click.echo("every draw that was tried is refused; a run would fail")
        return
    click.echo(f"disk: about {recipe.count * made.bytes_per_image / 1e6:.0f} MB of pictures")
    seconds = recipe.count * made.seconds_per_image / workers + 2
    click.echo(f"time: about {time_text(seconds)} with {workers} workers")
    click.echo(f"refused and drawn again: about {made.refused:.0%}")


def _print_outcome(outcome: Outcome, out: Path, shard: tuple[int, int] | None) -> None:
    for line in outcome.material_notes:
        click.echo(f"material: {line}", err=True)
    shown = sorted(outcome.set_aside.items())
    for index, error in shown[:ASIDE_SHOWN]:
        click.echo(f"set aside: image {index}: {error}; look closer with: synth replay {out} {index}", err=True)
    if len(shown) > ASIDE_SHOWN:
        click.echo(f"set aside: {len(shown) - ASIDE_SHOWN} more, see {out / '.work' / 'set_aside'}", err=True)
    if outcome.rejections:
        reasons = ", ".join(f"{reason} ({times})" for reason, times in sorted(outcome.rejections.items()))
        click.echo(f"refused and drawn again: {reasons}", err=True)
    if outcome.stopped:
        click.echo(f"{out}: stopped with {outcome.present} images; the same command goes on")
    elif outcome.card is None:
        assert shard is not None
        click.echo(
            f"{out}: shard {shard[0]}/{shard[1]} is done, {outcome.made} images; a run without --shard completes it"
        )
    else:
        splits = ", ".join(f"{split} {counts['images']}" for split, counts in outcome.card["splits"].items())
        objects = sum(counts["annotations"] for counts in outcome.card["splits"].values())
        click.echo(f"{out}: {outcome.present} images ({splits}) with {objects} labelled objects")
        click.echo(f"next: synth look {out}; synth check {out}")
