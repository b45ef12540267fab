"""The report: one HTML file that says what a dataset holds and what gives it away. It makes no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from synth.inspection import charts
from synth.inspection.against_real import MIN_TAGS, AgainstReal
from synth.inspection.comparison import Comparison, PixelStudy, edges_over
from synth.inspection.detectability import BlendRow, Detectability
from synth.inspection.pixels import PIXEL_FEATURES
from synth.inspection.selection import Picture
from synth.inspection.separation import Separation
from synth.inspection.statistics import (
    ASPECT_SCALE,
    VISIBILITY_SCALE,
    Array,
    angle_edges,
    character_scales,
    character_values,
    count_blends,
    count_characters,
    count_identities,
    count_splits,
    heat_map,
    histogram,
    scale_values,
    size_scale,
    tag_scales,
    tag_turns_deg,
    upright_deg,
)
from synth.labels.sample import Categories

AIM = 0.6
WIDE = 0.25
MAX_IDENTITIES = 40
SHOWN_ELSEWHERE = ("assets", "catalogue", "info", "label_files", "recipe", "rejections", "set_aside", "splits")
BINS = 24
MARKS = {"Aspect": {-3.0: "1:8", -2.0: "1:4", -1.0: "1:2", 0.0: "1:1", 1.0: "2:1", 2.0: "4:1", 3.0: "8:1"}}


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the gallery: `data:` addresses of picture and enlargements, and what is written below."""

    picture: str
    zooms: tuple[str, ...]
    name: str
    split: str
    blend: str
    note: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Everything that the report shows.

    Attributes:
        title: name of the dataset.
        pictures: all of it.
        categories: of its labels.
        card: as it stands in the folder; empty if there is none.
        gallery: (heading, figures).
        drawn: pixels of the dataset.
        real: pixels of the real photos, where a folder was given.
        real_name: of that folder.
        real_count: photos in it.
        comparison: of real with drawn.
        crops: tags at one size: real and drawn, as `data:` addresses.
        against_real: pasted tags against the bank's own; None without a manifest or where the bank is not at hand.
        detectability: of negative pastes; None without a manifest.
    """

    title: str
    pictures: Sequence[Picture]
    categories: Categories
    card: Mapping[str, Any]
    gallery: Sequence[tuple[str, Sequence[Figure]]]
    drawn: PixelStudy
    real: PixelStudy | None
    real_name: str
    real_count: int
    comparison: Comparison | None
    crops: tuple[Sequence[str], Sequence[str]]
    against_real: AgainstReal | None
    detectability: Detectability | None


def html_report(findings: Findings) -> str:
    """The page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = charts.number
    images = [picture.labels for picture in findings.pictures]
    splits = count_splits(images)
    identities = count_identities(images)
    return environment.get_template("report.html.jinja").render(
        f=findings,
        splits=splits,
        identities=identities,
        leaks=[entry for entry in identities if len(entry.splits) > 1],
        boxes=sum(split.boxes for split in splits),
        empty=sum(split.empty for split in splits),
        label_charts=_label_charts(findings),
        identity_chart=_identity_chart(findings, [split.split for split in splits]),
        character_chart=_character_chart(findings),
        heat=charts.heat_map_chart("where tags lie in the frame", _heat(findings)) if images else "",
        blends=count_blends(p.spec for p in findings.pictures if p.spec),
        pixel_charts=_pixel_charts(findings),
        separations=_separations(findings.comparison),
        seams=_seams(findings.detectability, findings.against_real),
        min_tags=MIN_TAGS,
        provenance=_provenance(findings.card),
        recipe=_pretty(findings.card.get("recipe", {})),
        max_identities=MAX_IDENTITIES,
        aim=AIM,
    )


def _label_charts(findings: Findings) -> list[tuple[str, Markup]]:
    """(title, chart) of everything that is known of boxes, cut-outs and characters."""
    images = [picture.labels for picture in findings.pictures]
    specs = [picture.spec for picture in findings.pictures if picture.spec]
    found: list[tuple[str, str, Sequence[float], list[float]]] = [
        (scale.title, scale.unit, scale.edges, scale_values(scale, images))
        for scale in (size_scale(images), ASPECT_SCALE, VISIBILITY_SCALE)
    ]
    uprights = [angle for angle in (upright_deg(a) for i in images for a in i.annotations) if angle is not None]
    scales, turns = tag_scales(specs), tag_turns_deg(specs)
    found.append(("Direction of upright", "°", angle_edges(uprights), uprights))
    top = max(scales, default=1.0)
    found.append(("Scale of cut-outs", "× native", [k * top / BINS for k in range(BINS + 1)], scales))
    found.append(("Turn of cut-outs", "°", angle_edges(turns), turns))
    drawn = [("tags", *entry) for entry in found]
    for scale in character_scales(images):
        drawn.append(("characters", scale.title, scale.unit, scale.edges, character_values(scale, images)))
    return [
        (title, charts.histogram_chart(title, unit, {what: histogram(values, edges)}, labels=MARKS.get(title)))
        for what, title, unit, edges, values in drawn
        if values
    ]


def _heat(findings: Findings) -> Array:
    images = [picture.labels for picture in findings.pictures]
    width, height = images[0].width, images[0].height
    rows = max(4, min(64, round(32 * height / width)))
    return heat_map(images, 32, rows)


def _identity_chart(findings: Findings, splits: Sequence[str]) -> Markup:
    entries = count_identities(picture.labels for picture in findings.pictures)[:MAX_IDENTITIES]
    places = ("first", "second", "third", "fourth")
    rows = [
        (e.identity, float(e.boxes), "leak" if len(e.splits) > 1 else places[splits.index(e.splits[0]) % 4])
        for e in entries
    ]
    return charts.bar_chart("Labels per identity", rows) if rows else Markup()


def _character_chart(findings: Findings) -> Markup:
    counts = count_characters(picture.labels for picture in findings.pictures)
    shown = {c: n for c, n in counts.items() if not c.isspace()}
    return charts.column_chart("Characters on tags", shown) if shown else Markup()


def _pixel_charts(findings: Findings) -> list[tuple[str, Markup]]:
    """One chart a feature, those that separate most first."""
    order = list(PIXEL_FEATURES)
    separation = findings.comparison.pictures if findings.comparison else None
    if separation is not None:
        order = [name for name, _ in separation.by_feature]
    result = []
    for name in order:
        series = {"drawn": findings.drawn.pictures.of(PIXEL_FEATURES, name)}
        if findings.real is not None:
            series["real"] = findings.real.pictures.of(PIXEL_FEATURES, name)
        edges = edges_over(series, BINS)
        histograms = {who: histogram(values, edges) for who, values in series.items()}
        result.append((name, charts.histogram_chart(name, "", histograms)))
    return result


@dataclass(frozen=True, slots=True)
class Told:
    """One comparison in words and as a chart."""

    what: str
    separation: Separation | None
    verdict: str
    chart: Markup


def _separations(comparison: Comparison | None) -> list[Told]:
    if comparison is None:
        return []
    pairs = (("Whole pictures", comparison.pictures), ("Tags", comparison.tags))
    return [Told(what, found, verdict(found), _feature_chart(found)) for what, found in pairs]


def verdict(separation: Separation | None) -> str:
    """What an AUC means, in a sentence."""
    if separation is None:
        return "Too few to say: at least eight on each side, from two photos, are needed."
    if separation.low <= 0.5 and separation.high - separation.low > WIDE:
        return "Too little to say: the interval is wide."
    if separation.low <= 0.5:
        return "They can't be told apart with what was measured."
    if separation.auc <= AIM:
        return "They are hard to tell apart."
    return "They are told apart in part." if separation.auc <= 0.8 else "They are easily told apart."


def _feature_chart(separation: Separation | None) -> Markup:
    """The features that separate most; to the right: larger in drawn pictures."""
    if separation is None:
        return Markup()
    rows = [(name, min(value, 0.5), value, max(value, 0.5)) for name, value in separation.by_feature[:8]]
    return charts.interval_chart(rows)


@dataclass(frozen=True, slots=True)
class Seams:
    """One measure of paste detectability, ready to be shown."""

    chart: Markup
    rows: Sequence[BlendRow]
    control: Separation | None
    verdict: str
    headline: Separation | None


@dataclass(frozen=True, slots=True)
class Pastes:
    """Both measures of paste detectability; None where nothing was measured.

    Attributes:
        tags: pasted tags against real ones.
        against_real: how many real tags there were.
        negatives: negative pastes against untouched places.
        found: what was left out there.
    """

    tags: Seams | None
    against_real: AgainstReal | None
    negatives: Seams | None
    found: Detectability | None


def _seams(found: Detectability | None, against_real: AgainstReal | None) -> Pastes | None:
    tags = _measured(against_real.rows, against_real.control) if against_real else None
    negatives = _measured(found.rows, found.control) if found else None
    return Pastes(tags, against_real, negatives, found) if against_real or negatives else None


def _measured(rows: Sequence[BlendRow], control: Separation | None) -> Seams | None:
    if not rows:
        return None
    named = [
        (row.subject if row.blend == "all" else f"· {row.blend.replace('_', ' ')}", row.separation) for row in rows
    ]
    lines = [(name, s.low, s.auc, s.high) for name, s in (*named, ("control: no paste", control)) if s is not None]
    chart = charts.interval_chart(lines, aim=AIM) if lines else Markup()
    headline = rows[0].separation
    return Seams(chart, rows, control, verdict(headline), headline)


def _provenance(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The card's short facts, each in a line; what is shown elsewhere or long is left out."""
    shown: list[tuple[str, str]] = []
    for key, value in card.items():
        if key in SHOWN_ELSEWHERE:
            continue
        if isinstance(value, Mapping):
            text = ", ".join(f"{name} {part}" for name, part in value.items())
        elif isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, list | tuple):
            text = ", ".join(str(part) for part in value)
        else:
            text = str(value)
        shown.append((key.replace("_", " "), text))
    return shown


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() if value else ""
