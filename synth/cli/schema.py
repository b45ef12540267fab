"""`synth schema`."""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of recipes.

    Save it (synth schema > synth.schema.json) and start a recipe with
    `# yaml-language-server: $schema=synth.schema.json`: editors then complete and check keys.
    """
    from synth.scene.recipe import Recipe

    click.echo(json.dumps(Recipe.model_json_schema(), indent=2))
