"""`synth example`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("example")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Other codes and places.")
def command(folder: Path, seed: int) -> None:
    """Make a folder of labelled example photos to try `synth cut` and the rest on.

    They show leg rings that synth draws itself: they stand in for photos of your own and prove nothing about them.
    """
    from synth.serials.ring_folder import write_ring_photos

    count = sum(1 for _ in write_ring_photos(folder, seed=seed))
    click.echo(f"{folder}: {count} photos with labels; go on with: synth cut {folder} --out bank")
