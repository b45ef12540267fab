import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.banks.procedural import draw_background
from synth.errors import ConfigError

KINDS = ("noise", "turbulence", "metaballs")
COLOURS = ((20, 40, 60), (120, 160, 90), (230, 210, 190))


@pytest.mark.parametrize("kind", KINDS)
def test_a_fresh_process_draws_equal_bytes(kind):
    here = hashlib.sha256(draw_background(kind, 7, 60.0, 4, COLOURS, 321, 203).tobytes()).hexdigest()
    code = (
        "import sys, hashlib; from synth.banks.procedural import draw_background as d; "
        f"print(hashlib.sha256(d(sys.argv[1], 7, 60.0, 4, {COLOURS!r}, 321, 203).tobytes()).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", code, kind], check=True, capture_output=True, text=True).stdout
    assert there.strip() == here


@settings(max_examples=40)
@given(
    st.sampled_from(KINDS),
    st.integers(0, 2**32 - 1),
    st.floats(1, 400),
    st.integers(1, 8),
    st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=2, max_size=4),
    st.integers(1, 90),
    st.integers(1, 90),
)
def test_any_size_gives_colours_between_those_given(kind, seed, scale, octaves, colours, width, height):
    picture = draw_background(kind, seed, scale, octaves, colours, width, height)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert (picture >= np.min(colours, axis=0)).all()
    assert (picture <= np.max(colours, axis=0)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_differ_and_the_whole_range_is_used(kind):
    grey = ((0, 0, 0), (255, 255, 255))
    pictures = [draw_background(kind, seed, 40.0, 4, grey, 200, 200).astype(float) for seed in range(8)]
    assert min(np.abs(a - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]) > 10
    together = np.stack(pictures)
    assert together.min() < 20
    assert together.max() > 235
    assert 60 < together.mean() < 200


def test_scale_is_the_size_of_the_features():
    grey = ((0, 0, 0), (255, 255, 255))

    def correlation_length(scale):
        rows = draw_background("noise", 3, scale, 1, grey, 512, 512)[..., 0].astype(float)
        rows -= rows.mean()
        power = np.abs(np.fft.rfft(rows, axis=1)) ** 2
        along = np.fft.irfft(power.mean(axis=0))
        return int(np.argmax(along < along[0] / 2))

    small, large = correlation_length(10.0), correlation_length(40.0)
    assert large == pytest.approx(4 * small, rel=0.35)


@pytest.mark.parametrize(
    ("scale", "octaves", "colours"),
    [(0.5, 3, COLOURS), (20.0, 0, COLOURS), (20.0, 3, COLOURS[:1]), (20.0, 3, COLOURS * 2)],
)
def test_values_that_cannot_be_drawn_are_errors(scale, octaves, colours):
    with pytest.raises(ConfigError, match="2 to 4 colours"):
        draw_background("noise", 0, scale, octaves, colours, 32, 32)
