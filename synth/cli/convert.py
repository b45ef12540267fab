"""`synth convert`."""

from __future__ import annotations

from pathlib import Path

import click

_FORMATS = ("voc", "coco", "yolo", "tfrecord", "bop")


@click.command("convert")
@click.argument("source", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--to",
    "formats",
    type=click.Choice(_FORMATS),
    multiple=True,
    required=True,
    help="Format; may be given repeatedly.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new folder.")
@click.option("--masks", is_flag=True, help="Put each object's mask into TFRecords, as PNG.")
def command(source: Path, formats: tuple[str, ...], out: Path, masks: bool) -> None:
    """Write the dataset in DIR (ours, or anybody's COCO, Pascal VOC or YOLO) in another format.

    Pictures are linked, or copied where the disk refuses links. Images without a split become "train". BOP (poses of
    rendered objects) is a layout of its own, so it is written alone.
    """
    from synth.cli.progress import progress_display
    from synth.errors import ConfigError
    from synth.labels.bop import write_bop
    from synth.labels.copying import write_copy
    from synth.labels.dataset import read_dataset

    if "bop" in formats and set(formats) != {"bop"}:
        raise ConfigError(f"--to bop must stand alone, got {', '.join(formats)}; convert twice, into two folders")
    dataset = read_dataset(source)
    if "bop" in formats:
        with progress_display() as display:
            count = write_bop(dataset, out, on_progress=display)
        click.echo(f"{out}: {count} of {len(dataset.images)} images, as bop")
        return
    with progress_display() as display:
        write_copy(dataset, dataset.images, out, formats, tfrecord_masks=masks, on_progress=display)
    objects = sum(len(image.annotations) for image in dataset.images)
    click.echo(f"{out}: {len(dataset.images)} images, {objects} objects, as {', '.join(formats)}")
