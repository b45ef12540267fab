"""Angles: one representative in [0, 360)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.geometry.rotation import wrap_deg

angles = st.floats(-1e6, 1e6)


@given(angles)
def test_wrapping_keeps_the_direction(angle: float) -> None:
    wrapped = wrap_deg(angle)
    assert 0 <= wrapped < 360
    assert math.cos(math.radians(wrapped)) == pytest.approx(math.cos(math.radians(angle)), abs=1e-8)
    assert math.sin(math.radians(wrapped)) == pytest.approx(math.sin(math.radians(angle)), abs=1e-8)
    assert wrap_deg(wrapped) == wrapped


@pytest.mark.parametrize("angle", [-1e-20, -0.0, 360.0, -360.0, 720.0])
def test_edges_of_the_circle(angle: float) -> None:
    assert wrap_deg(angle) == 0.0
    assert math.copysign(1, wrap_deg(angle)) == 1.0
