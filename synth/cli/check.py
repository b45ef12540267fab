"""`synth check`."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from synth.inspection.check import Finding

EXIT_ERRORS = 3


@click.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.option("--shown", type=click.IntRange(min=1), default=5, show_default=True, help="Findings shown of each kind.")
def command(folder: Path, as_json: bool, shown: int) -> None:
    """Check every promise of the dataset in DIR, ours or anybody's in COCO, Pascal VOC or YOLO.

    Opens every picture and every label file. Exit status 3 if there are errors; warnings alone leave it at 0.
    """
    import dataclasses

    from synth.cli.progress import progress_display
    from synth.inspection.check import check_dataset

    with progress_display() as display:
        findings = check_dataset(folder, on_progress=display)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    else:
        _print_table(folder, findings, shown)
    if any(finding.severity == "error" for finding in findings):
        sys.exit(EXIT_ERRORS)


def _print_table(folder: Path, findings: list[Finding], shown: int) -> None:
    """The findings by kind, the first ones of each in full."""
    kinds: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        kinds[finding.severity, finding.code].append(finding)
    for (severity, code), found in kinds.items():
        click.secho(f"{severity} {code}: {len(found)}", fg="red" if severity == "error" else "yellow", bold=True)
        for one in found[:shown]:
            place = f"{one.file}, {one.object}" if one.object else one.file
            click.echo(f"  {place}: {one.message}; {one.remedy}")
        if len(found) > shown:
            click.echo(f"  and {len(found) - shown} more; see them with --json or --shown")
    errors = sum(finding.severity == "error" for finding in findings)
    if findings:
        click.echo(f"{folder}: {errors} errors, {len(findings) - errors} warnings")
    else:
        click.echo(f"{folder}: every promise is kept")
