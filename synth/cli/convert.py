"""`synth convert`."""

from __future__ import annotations

from pathlib import Path

import click

_FORMATS = ("voc", "coco", "yolo", "tfrecord")


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

    Pictures are linked, or copied where the disk refuses links. Images without a split become "train".
    """
    from synth.cli.progress import progress_display
    from synth.labels.copying import write_copy
    from synth.labels.dataset import read_dataset

    dataset = read_dataset(source)
    with progress_display() as display:
        write_copy(dataset, dataset.images, out, formats, tfrecord_masks=masks, on_progress=display)
    objects = sum(len(image.annotations) for image in dataset.images)
    click.echo(f"{out}: {len(dataset.images)} images, {objects} objects, as {', '.join(formats)}")
