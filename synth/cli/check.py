"""`synth check`."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from synth.inspection.check import Checked, Finding

EXIT_ERRORS = 3
FORMAT_NAMES = {"coco": "COCO", "voc": "VOC", "yolo": "YOLO", "tfrecord": "TFRecords"}


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
    from synth.inspection.check import check_whole

    with progress_display() as display:
        checked = check_whole(folder, on_progress=display)
    findings = checked.findings
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    else:
        _print_table(findings, shown)
        click.echo(f"{folder}: {_verdict(checked)}")
    if any(finding.severity == "error" for finding in findings):
        sys.exit(EXIT_ERRORS)


def _print_table(findings: list[Finding], shown: int) -> None:
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


def _verdict(checked: Checked) -> str:
    """One line: what was read, if nothing says what it should be, and how it fared."""
    errors = sum(finding.severity == "error" for finding in checked.findings)
    counts = f"{errors} errors, {len(checked.findings) - errors} warnings"
    if checked.ours:
        return counts if checked.findings else "every promise is kept"
    formats = " and ".join(FORMAT_NAMES[name] for name in checked.formats) or "labels"
    images = f"{checked.images} image{'' if checked.images == 1 else 's'}"
    return f"no card: read as {formats}, {images}, {counts if checked.findings else 'nothing wrong found'}"
