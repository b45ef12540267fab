"""`synth cut`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from synth.banks.cutting import CutOutcome


@click.command("cut")
@click.argument("photos", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the bank.")
@click.option("--labels-csv", type=click.Path(path_type=Path), help="Text and identity; by default PHOTOS/labels.csv.")
@click.option("--text", help="What is written on every tag, where no file says so.")
@click.option("--category", help="Class name of every tag, whatever the labels say.")
@click.option(
    "--method",
    type=click.Choice(["auto", "box"]),
    default="auto",
    show_default=True,
    help="auto: fit an outline in each box that has no polygon; box: the whole box is tag.",
)
@click.option("--min-px", default=12.0, show_default=True, help="A tag whose shorter side is less is too small.")
@click.option("--max-blur", default=0.08, show_default=True, help="Largest blur, as a share of the tag's shorter side.")
@click.option("--replace", is_flag=True, help="Drop tags of photos that are no longer there from a bank.")
@click.option("--name", help="What the ids of the tags begin with; by default the name of the bank's folder.")
def command(
    photos: Path,
    out: Path,
    labels_csv: Path | None,
    text: str | None,
    category: str | None,
    method: Literal["auto", "box"],
    min_px: float,
    max_blur: float,
    replace: bool,
    name: str | None,
) -> None:
    """Cut the labelled tags of a folder of PHOTOS into a bank.

    Look at the sheet that is made. A mask that is wrong can be corrected in any paint program (white is tag); run the
    same command again, and the correction is taken over.
    """
    from synth.banks.cutouts import CutOptions
    from synth.banks.cutting import cut_tags
    from synth.banks.sheet import write_sheets
    from synth.cli.progress import progress_display
    from synth.labels.photos import read_labelled_photos

    labelled = read_labelled_photos(photos, labels_csv=labels_csv, text=text, category=category)
    options = CutOptions(method, min_px, max_blur)
    with progress_display() as display:
        outcome = cut_tags(labelled, out, options, name=name, replace=replace, on_progress=display)
    sheets = write_sheets(outcome.bank)
    for problem in outcome.problems:
        click.echo(problem, err=True)
    if outcome.left_out:
        were = "s were" if outcome.left_out > 1 else " was"
        click.echo(f"{outcome.left_out} photo{were} left out, see above", err=True)
    click.echo(summary(outcome))
    for sheet in sheets:
        click.echo(f"look at {sheet}")


def summary(outcome: CutOutcome) -> str:
    """What was cut, in a few lines: tags, identities, and why some are of no use."""
    tags = outcome.bank.tags
    identities = {tag.identity for tag in tags if tag.identity is not None}
    named = f"{len(identities)} identit{'y' if len(identities) == 1 else 'ies'}"
    if len(identities) == 1:
        named += f" ({next(iter(identities))})"
    without = sum(1 for tag in tags if tag.identity is None)
    counts = ", ".join(f"{n} {name}" for name, n in sorted(Counter(tag.category for tag in tags).items()))
    lines = [
        f"{len(tags)} tag{'' if len(tags) == 1 else 's'} ({counts}) of {named}"
        + (f" ({without} without)" if without else "")
        + f" from {outcome.photos} photo{'' if outcome.photos == 1 else 's'}",
    ]
    marked = [tag for tag in tags if not tag.usable]
    reasons = Counter(reason for tag in marked for reason in tag.reasons)
    why = f"; {len(marked)} marked: " + ", ".join(f"{n} {r}" for r, n in reasons.most_common()) if marked else ""
    lines.append(f"{len(tags) - len(marked)} usable{why}")
    origins = Counter(tag.mask_from for tag in tags)
    lines.append("masks: " + ", ".join(f"{n} {origin}" for origin, n in sorted(origins.items())))
    if without:
        lines.append(
            f"{without} without identity: nobody knows which of them are the same tag, so a recipe with several splits "
            "draws them in one split only; name them in labels.csv or with --text"
        )
    return "\n".join(lines)
