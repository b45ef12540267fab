"""`synth meshes`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from synth.banks.records import CatalogueMesh

ROWS_A_PAGE = 12


@click.command("meshes")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the turntable sheet.")
@click.option(
    "--unit",
    type=click.Choice(["auto", "m", "cm", "mm", "in"]),
    default="auto",
    show_default=True,
    help="Of the numbers in the files.",
)
@click.option(
    "--up",
    type=click.Choice(["auto", "x", "y", "z", "-x", "-y", "-z"]),
    default="auto",
    show_default=True,
    help="Which axis of the files points up.",
)
@click.option("--longest-m", type=float, help="Real size of the longest side of each, metres; wins over the unit.")
@click.option(
    "--halves",
    type=click.Choice(["separate", "join"]),
    default="separate",
    show_default=True,
    help="Scans in two halves, top and bottom: show the one that the camera sees, or join them where they fit.",
)
@click.option("--faces", type=int, default=200_000, show_default=True, help="Meshes with more are decimated.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where mended meshes are kept; by default ~/.cache/synth/meshes.",
)
def command(
    folder: Path,
    out: Path | None,
    unit: Literal["auto", "m", "cm", "mm", "in"],
    up: Literal["auto", "x", "y", "z", "-x", "-y", "-z"],
    longest_m: float | None,
    halves: Literal["separate", "join"],
    faces: int,
    cache: Path | None,
) -> None:
    """Read each mesh in DIR and report it: size, unit and up axis (and why), faces, texture, and what was mended.

    With --out a turntable of each is drawn: from six sides, from above and from below. Look at it before rendering.
    """
    from synth.banks.meshes import MeshOptions, default_cache, read_mesh_folder
    from synth.cli.progress import progress_display
    from synth.errors import AssetError
    from synth.rendering.usd_files import read_usd

    options = MeshOptions(unit, up, longest_m, halves, faces)
    with progress_display() as display:
        meshes, set_aside = read_mesh_folder(
            folder, cache or default_cache(), options, usd=read_usd, on_progress=display
        )
    for line in set_aside:
        click.echo(line, err=True)
    if set_aside:
        click.echo(f"{len(set_aside)} set aside, see above", err=True)
    if not meshes:
        raise AssetError(f"{folder}: no mesh in it can be used, see above")
    for mesh in meshes:
        click.echo("\n".join([described(mesh), *(f"    {note}" for note in mesh.record.notes)]))
    if out is not None:
        for path in _sheets(meshes, out):
            click.echo(f"look at {path}")


def described(mesh: CatalogueMesh) -> str:
    """One line: id, size in mm, faces, texture, open or closed."""
    record = mesh.record
    size = " x ".join(f"{side * 1000:.0f}" if side >= 0.01 else f"{side * 1000:.2g}" for side in record.size_m)
    texture = "texture" if any(mesh.pictures) else "colours of vertices" if record.textured else "no texture"
    closed = "closed" if record.watertight else "open"
    return f"{record.id}  {size} mm  {record.faces:,} faces  {texture}  {closed}"


def _sheets(meshes: tuple[CatalogueMesh, ...], out: Path) -> list[Path]:
    from synth.banks.bank import png_bytes
    from synth.banks.meshes import load_mesh
    from synth.files import write_atomically
    from synth.labels.pictures import read_picture
    from synth.rendering.turntable import sheet, turntable

    paths = []
    for page, start in enumerate(range(0, len(meshes), ROWS_A_PAGE)):
        rows = []
        for mesh in meshes[start : start + ROWS_A_PAGE]:
            textures = {slot: read_picture(Path(path)) for slot, path in enumerate(mesh.pictures) if path}
            rows.append((described(mesh), mesh.record.notes, turntable(load_mesh(mesh), textures)))
        paths.append(out / ("turntables.png" if page == 0 else f"turntables-{page + 1}.png"))
        write_atomically(paths[-1], png_bytes(sheet(rows)))
    return paths
