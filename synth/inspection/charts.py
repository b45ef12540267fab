"""Charts as inline SVG: no script, no request, colours from the page's own custom properties (light and dark).

Every chart has a title and a sentence that says what it shows, for readers who do not see it. All text is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np
from markupsafe import Markup

from synth.inspection.statistics import Array, Histogram

Place = Callable[[float], float]
WIDTH, HEIGHT = 420, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 34


def number(value: float) -> str:
    """A number as it stands at an axis: thin and without needless digits."""
    if value != 0 and abs(value) < 0.01:
        return f"{value:.1g}"
    text = f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "\u2212")


def histogram_chart(
    title: str, unit: str, series: Mapping[str, Histogram], *, labels: Mapping[float, str] | None = None
) -> Markup:
    """Bars for one series; for two, shares of each (their counts may differ a lot) as bars and an outline.

    Args:
        title: what is counted.
        unit: of the horizontal axis.
        series: by name; all with the same edges.
        labels: at the horizontal axis, by value; else five round places.
    """
    first = next(iter(series.values()))
    shares = len(series) > 1
    heights = {name: h.shares * 100 if shares else h.counts.astype(np.float64) for name, h in series.items()}
    top = max(float(h.max()) for h in heights.values()) or 1.0
    ticks = _ticks(top)
    top = max(top, ticks[-1])
    low, high = float(first.edges[0]), float(first.edges[-1])

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    parts = [_grid(ticks, y, "%" if shares else "")]
    for order, (name, heights_of) in enumerate(heights.items()):
        draw = _bars if order == 0 else _outline
        parts.append(draw(name, series[name], heights_of, x, y))
    marks = labels if labels is not None else {v: number(v) for v in _round_places(low, high)}
    parts += [
        f'<text class="tick" x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{escape(text)}</text>'
        for value, text in marks.items()
    ]
    parts.append(f'<text class="unit" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{escape(unit)}</text>')
    counts = ", ".join(f"{name}: {int(h.counts.sum())} values" for name, h in series.items())
    return _svg(WIDTH, HEIGHT, f"Histogram: {title}. {counts}.", "".join(parts))


def heat_map_chart(title: str, cells: Array) -> Markup:
    """A map of the frame; the fullest cell has the full colour."""
    rows, columns = cells.shape
    top = float(cells.max()) or 1.0
    size = 12
    parts = [f'<rect class="plate" width="{columns * size}" height="{rows * size}"/>']
    for r, c in np.argwhere(cells > 0):
        share = float(cells[r, c]) / top
        parts.append(
            f'<rect class="heat" x="{c * size}" y="{r * size}" width="{size}" height="{size}" '
            f'fill-opacity="{max(share, 0.02):.2f}"/>'
        )
    sentence = f"Heat map: {title}. {cells.sum():.0f} boxes; the fullest cell holds {top:.2f}."
    return _svg(columns * size, rows * size, sentence, "".join(parts))


def interval_chart(rows: Sequence[tuple[str, float, float, float]], *, aim: float | None = None) -> Markup:
    """Values in [0, 1] with their intervals, one line each.

    Args:
        rows: (name, low, value, high).
        aim: values up to here are good; drawn as a band from 0.5.
    """
    line, left, width = 26, 190, 560
    height = len(rows) * line + 34

    def x(value: float) -> float:
        return left + value * (width - left - 66)

    bottom = height - 28
    parts = []
    if aim is not None:
        parts.append(f'<rect class="aim" x="{x(0.4):.1f}" y="6" width="{x(aim) - x(0.4):.1f}" height="{bottom - 6}"/>')
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        kind = "zero" if value == 0.5 else "grid"
        parts.append(f'<line class="{kind}" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="6" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x(value):.1f}" y="{bottom + 16}" text-anchor="middle">{value:g}</text>')
    for k, (name, low, value, high) in enumerate(rows):
        y = 6 + (k + 0.5) * line
        parts.append(f'<text class="name" x="{left - 12}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<line class="span" x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<circle class="dot" cx="{x(value):.1f}" cy="{y:.1f}" r="4.5"/>')
        parts.append(f'<text class="value" x="{width - 4}" y="{y + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    sentence = "; ".join(f"{name}: {value:.2f}, from {low:.2f} to {high:.2f}" for name, low, value, high in rows)
    return _svg(width, height, f"Areas under the curve. {sentence}.", "".join(parts))


def column_chart(title: str, counts: Mapping[str, int]) -> Markup:
    """Columns with a name of one or two characters below each."""
    ticks = _ticks(float(max(counts.values(), default=1)))
    step = (WIDTH - LEFT - RIGHT) / max(len(counts), 12)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / ticks[-1] * (HEIGHT - TOP - BOTTOM)

    parts = [_grid(ticks, y, "")]
    for k, (name, count) in enumerate(counts.items()):
        x = LEFT + k * step
        parts.append(
            f'<rect class="bar first" x="{x + 0.8:.1f}" y="{y(count):.1f}" width="{step - 1.6:.1f}" '
            f'height="{y(0) - y(count):.1f}"><title>{escape(name)}: {count}</title></rect>'
            f'<text class="tick" x="{x + step / 2:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )
    sentence = f"{title}: " + "; ".join(f"{name} {count}" for name, count in counts.items())
    return _svg(WIDTH, HEIGHT, sentence, "".join(parts))


def bar_chart(title: str, rows: Sequence[tuple[str, float, str]]) -> Markup:
    """Horizontal bars.

    Args:
        title: what is counted.
        rows: (name, length, class): "first", "second", ... choose the colour.
    """
    line, left, width = 20, 150, 420
    top = max((value for _, value, _ in rows), default=1.0) or 1.0
    parts = []
    for k, (name, value, kind) in enumerate(rows):
        y = k * line
        length = value / top * (width - left - 56)
        shown = name if len(name) <= 22 else f"{name[:21]}…"
        parts.append(f'<text class="name" x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(shown)}</text>')
        parts.append(
            f'<rect class="bar {kind}" x="{left}" y="{y + 3}" width="{max(length, 1):.1f}" height="{line - 6}"/>'
        )
        parts.append(f'<text class="value" x="{left + length + 6:.1f}" y="{y + 14}">{number(value)}</text>')
    sentence = f"{title}: " + "; ".join(f"{name} {number(value)}" for name, value, _ in rows)
    return _svg(width, max(len(rows) * line, line), sentence, "".join(parts))


def _svg(width: float, height: float, sentence: str, body: str) -> Markup:
    return Markup(  # noqa: S704 every string of the body went through `escape`
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(sentence)}">'
        f"<title>{escape(sentence)}</title>{body}</svg>"
    )


def _grid(ticks: Sequence[float], y: Place, suffix: str) -> str:
    return "".join(
        f'<line class="{"zero" if value == 0 else "grid"}" x1="{LEFT}" x2="{WIDTH - RIGHT}" '
        f'y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{number(value)}{suffix}</text>'
        for value in ticks
    )


def _bars(name: str, source: Histogram, heights: Array, x: Place, y: Place) -> str:
    bars = []
    for k, height in enumerate(heights):
        if height > 0:
            low, high = float(source.edges[k]), float(source.edges[k + 1])
            hint = f"{name}, {number(low)} to {number(high)}: {int(source.counts[k])}"
            bars.append(
                f'<rect class="bar first" x="{x(low) + 0.5:.1f}" y="{y(height):.1f}" '
                f'width="{max(x(high) - x(low) - 1, 0.5):.1f}" height="{y(0) - y(height):.1f}">'
                f"<title>{escape(hint)}</title></rect>"
            )
    return "".join(bars)


def _outline(name: str, source: Histogram, heights: Array, x: Place, y: Place) -> str:
    path = f"M{x(float(source.edges[0])):.1f},{y(0):.1f}"
    for k, height in enumerate(heights):
        path += f"V{y(float(height)):.1f}H{x(float(source.edges[k + 1])):.1f}"
    return f'<path class="outline second" d="{path}V{y(0):.1f}"><title>{escape(name)}</title></path>'


def _ticks(top: float) -> list[float]:
    """Round values from 0 to at least `top`, at most six."""
    step = _round_step(top / 4)
    return [k * step for k in range(int(np.ceil(top / step - 1e-9)) + 1)]


def _round_places(low: float, high: float) -> list[float]:
    step = _round_step((high - low) / 5)
    start = int(np.ceil(low / step - 1e-9))
    return [k * step for k in range(start, int(np.floor(high / step + 1e-9)) + 1)]


def _round_step(rough: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, ... (and of their tenths) that is not below `rough`."""
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(power * m for m in (1, 2, 5, 10) if power * m >= rough * (1 - 1e-9)))
