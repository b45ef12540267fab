"""A canvas that fetches lazily looks like one that was copied at once."""

from __future__ import annotations

import numpy as np
import pytest
from painted_material import drawn_photo

from synth.compositing.canvas import Canvas
from synth.compositing.splice import encode, encode_canvas
from synth.streams import stream


def test_lazy_painting_equals_painting_on_a_copy() -> None:
    rng = stream(0, 0, "canvas")
    for width, height in ((160, 96), (101, 87), (15, 9)):
        photo = drawn_photo(300, 300)
        below = photo[37 : 37 + height, 21 : 21 + width]
        kept, copy, canvas = photo.copy(), below.copy(), Canvas(below)
        for _ in range(30):
            x0, y0 = int(rng.integers(width)), int(rng.integers(height))
            x1, y1 = int(rng.integers(x0, width)) + 1, int(rng.integers(y0, height)) + 1
            part = canvas.part((x0, y0, x1, y1))
            np.testing.assert_array_equal(part, copy[y0:y1, x0:x1])
            if rng.random() < 0.7:
                part[:] = rng.integers(0, 256, 3)
                copy[y0:y1, x0:x1] = part
            if rng.random() < 0.2:
                np.testing.assert_array_equal(canvas.whole(), copy)
        np.testing.assert_array_equal(canvas.whole(), copy)
        np.testing.assert_array_equal(photo, kept)


def test_the_whole_is_an_array_of_its_own() -> None:
    canvas = Canvas(drawn_photo(64, 48))
    first = canvas.whole()
    first[:] = 0
    assert canvas.whole().any()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_canvas_is_encoded_as_its_whole(mirrored: bool, restarts: bool) -> None:
    rng = stream(1, 0, "canvas")
    below = drawn_photo(150, 90)[3:, 5:]
    canvas = Canvas(below[:, ::-1] if mirrored else below)
    for _ in range(6):
        assert encode_canvas(canvas, 90, restarts=restarts) == encode(canvas.whole(), 90, restarts=restarts)
        x, y = int(rng.integers(120)), int(rng.integers(70))
        canvas.part((x, y, x + 25, y + 17))[:] = rng.integers(0, 256, 3)
