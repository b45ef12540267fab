"""How well SynthTIGER's boxes fit its characters: `python synthtiger_boxes.py COUNT`, in the folder of its material.

Each character is drawn alone on the picture's grid, as SynthTIGER itself draws it; its tight box is that of the pixels
that it covers to the half. Words have no shadow, border or depth, so that ink is all there is. Prints a line of JSON.
"""

# ruff: noqa: T201
from __future__ import annotations

import json
import sys

import numpy as np
import synthtiger
from synthtiger_words import Words


def tight_box(alpha: np.ndarray) -> tuple[int, int, int, int] | None:
    """Half-open box of the pixels that are covered to the half."""
    ys, xs = np.nonzero(alpha > 127)
    return (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(xs) else None


def iou(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Of two boxes (x0, y0, x1, y1)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def main() -> None:
    """Measures and prints."""
    synthtiger.set_global_random_seed(1)
    words = Words({"style_share": 0})
    ious, edges, lost = [], [], 0
    while len(ious) < int(sys.argv[1]):
        word, characters, _text, _behind = words.draw_word()
        for character in characters:
            x, y, w, h = character.bbox
            reported = tuple(int(v) for v in (x, y, x + w, y + h))
            tight = tight_box(character.output(bbox=word.bbox)[..., 3])
            if tight is None:
                lost += 1
                continue
            ious.append(iou(reported, tight))
            edges.append([abs(a - b) for a, b in zip(reported, tight, strict=True)])
    print(json.dumps({"ious": ious, "edges": np.array(edges).tolist(), "lost": lost}))


if __name__ == "__main__":
    main()
