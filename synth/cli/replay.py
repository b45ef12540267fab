"""`synth replay`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("replay")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("index", type=click.IntRange(min=0))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the picture here (JPEG).")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Another value for a key of the spec.")
@click.option("--tags", multiple=True, type=click.Path(path_type=Path), help="Where a bank lies now.")
@click.option("--photos", multiple=True, type=click.Path(path_type=Path), help="Where a folder of photos lies now.")
@click.option("--fonts", multiple=True, type=click.Path(path_type=Path), help="Where a font file lies now.")
@click.option("--meshes", multiple=True, type=click.Path(path_type=Path), help="Where a folder of meshes lies now.")
@click.option(
    "--pictures",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Where textures, environments or a .blend lie now.",
)
@click.option("--spec", "print_spec", is_flag=True, help="Print the spec as JSON, to see what can be set.")
def command(
    folder: Path,
    index: int,
    out: Path | None,
    changes: tuple[str, ...],
    tags: tuple[Path, ...],
    photos: tuple[Path, ...],
    fonts: tuple[Path, ...],
    meshes: tuple[Path, ...],
    pictures: tuple[Path, ...],
    print_spec: bool,
) -> None:
    """Make image INDEX of the dataset in DIR again from its stored spec, and say whether the bytes are the same.

    With --set a variant is made, e.g. --set layers.0.blend.kind=hard --set camera.exposure=1.5.

    Exit status: 0 same bytes or a variant, 1 failed, 2 wrong usage, 3 the bytes differ.
    """
    import msgspec

    from synth.files import write_atomically
    from synth.generation.replay import replay_image

    made = replay_image(
        folder, index, changes=changes, tags=tags, photos=photos, fonts=fonts, meshes=meshes, pictures=pictures
    )
    if print_spec:
        click.echo(msgspec.json.format(made.spec.to_json(), indent=2).decode())
    if made.is_variant and out is None and not print_spec:
        out = Path(f"{Path(made.spec.file_name).stem}-variant.jpg")
    if out is not None:
        write_atomically(out, made.jpeg)
        click.echo(f"{out}: {len(made.annotations)} labelled objects", err=print_spec)
    for remark in made.remarks:
        click.echo(remark, err=True)
    if made.is_variant:
        return
    click.echo("same bytes" if made.is_same else "the bytes differ", err=print_spec)
    sys.exit(0 if made.is_same else 3)
