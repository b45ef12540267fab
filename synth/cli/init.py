"""`synth init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("name", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="Where to copy it; by default ./NAME.yaml.")
def command(name: str | None, out: Path | None) -> None:
    """List the worked recipes, or copy the recipe NAME to start from."""
    from synth.assets import recipe_names, recipe_path
    from synth.errors import ConfigError
    from synth.files import write_atomically

    if name is None:
        for known in recipe_names():
            first = recipe_path(known).read_text(encoding="utf-8").splitlines()[0]
            click.echo(f"{known:<20} {first.lstrip('# ')}")
        click.echo("\nsynth init NAME copies one here; synth generate NAME --out DIR runs it as it is.")
        return
    target = out or Path(f"{name}.yaml")
    source = recipe_path(name)
    if target.exists():
        raise ConfigError(f"{target}: exists already; choose another name with --out")
    write_atomically(target, source.read_bytes())
    click.echo(f"{target}: edit it, then run: synth generate {target} --out DIR")
