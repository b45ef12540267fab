"""The command line: `synth COMMAND`. The only place that prints.

Commands are loaded when they are called, so that `synth --help` stays quick. Results go to standard output; progress,
warnings and errors to standard error. Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 a check found
errors, 4 some images were set aside, 130 interrupted (the same command goes on), 141 nobody reads the output any more.
Colours are left out where NO_COLOR is set, or where nobody looks on.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from synth.errors import ConfigError, SynthError

COMMANDS = {
    "example": "Make a folder of labelled example photos to try things on.",
    "cut": "Cut labelled tags out of photos into a bank.",
    "meshes": "Read a folder of scans: what they measure, what was mended, how they look.",
    "init": "List the worked recipes, or copy one to start from.",
    "generate": "Make a labelled synthetic dataset from a recipe.",
    "look": "Contact sheet and report of a dataset.",
    "check": "Check every promise of a dataset.",
    "replay": "Make one image of a dataset again from its spec.",
    "convert": "Write a dataset in another label format.",
    "crops": "Crop tags: upright with characters, turned with their angle, lines of text.",
    "split": "Deal a dataset out to splits by identity, photo or image.",
    "doctor": "Say what is installed, and on which devices Blender can render.",
    "schema": "Print the JSON Schema of recipes, for editors.",
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps, and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Imports and returns one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"synth.cli.{name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Runs a command; one whose reader went away (`synth schema | head`) ends without a word."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _forget_output()
            ctx.exit(141)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Start with: synth init; synth generate ring-serials --count 20 --out rings; synth look rings",
)
@click.version_option(package_name="synthtag", prog_name="synth")
def group() -> None:
    """Exactly labelled synthetic training images from a few photos, from serials, or from scans."""


def main() -> None:
    """Runs a command; an error that we raised on purpose becomes one line, never a traceback."""
    try:
        sys.exit(group.main(prog_name="synth", standalone_mode=False, color=_colour()))
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; run the same command again to go on", err=True)
        sys.exit(130)
    except SynthError as error:
        _say(str(error))
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    except OSError as error:
        _forget_output()
        _say(f"{error.filename or 'reading or writing failed'}: {error.strerror or error}")
        sys.exit(1)


def _colour() -> bool | None:
    """False if nobody wants colours; None to let the terminal decide."""
    return False if os.environ.get("NO_COLOR") else None


def _say(message: str) -> None:
    click.secho("error: ", fg="red", bold=True, nl=False, err=True, color=_colour())
    click.echo(message, err=True)


def _forget_output() -> None:
    """Sends what is still buffered for standard output nowhere, so that nothing fails at exit."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
