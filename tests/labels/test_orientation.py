import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.labels.orientation import turn_angle_deg, turn_annotation, turn_box, turn_mask, turn_pixels, turn_point
from synth.labels.sample import Annotation, Mask

WIDTH, HEIGHT = 13, 9
BACK = {6: 8, 8: 6}  # the others are their own inverse

orientations = st.integers(1, 8)
laws = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def sides(orientation: int) -> tuple[int, int]:
    return (HEIGHT, WIDTH) if orientation >= 5 else (WIDTH, HEIGHT)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    x, y = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
    return (x, y, draw(st.integers(x + 1, WIDTH)), draw(st.integers(y + 1, HEIGHT)))


@laws
@given(orientation=orientations, box=boxes())
def test_a_box_turns_with_its_pixels(orientation: int, box: tuple[int, int, int, int]) -> None:
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = 1
    shown = Mask.from_full(turn_pixels(pixels, orientation))
    assert turn_box(box, WIDTH, HEIGHT, orientation) == shown.box
    mask = Mask(box[0], box[1], pixels[box[1] : box[3], box[0] : box[2]].astype(np.bool_))
    assert turn_mask(mask, WIDTH, HEIGHT, orientation) == shown


@laws
@given(orientation=orientations, box=boxes(), angle=st.floats(0, 359.9))
def test_turning_back_restores_everything(orientation: int, box: tuple[int, int, int, int], angle: float) -> None:
    pixels = np.arange((box[3] - box[1]) * (box[2] - box[0])).reshape(box[3] - box[1], -1) % 3 == 0
    quad = ((box[0], box[1]), (box[2], box[1] + 0.5), (box[2], box[3]), (box[0] + 0.25, box[3]))
    old = Annotation(
        0,
        box,
        mask=Mask(box[0], box[1], pixels),
        amodal_box=(box[0] - 3, box[1], box[2], box[3] + 4),
        circle=(box[0] + 0.5, box[1], 2.0),
        quad=quad,
        text="AB",
        characters=(Annotation(1, box, quad=quad),),
    )
    turned = turn_annotation(old, WIDTH, HEIGHT, orientation)
    assert turn_annotation(turned, *sides(orientation), BACK.get(orientation, orientation)) == old
    again = turn_angle_deg(turn_angle_deg(angle, orientation), BACK.get(orientation, orientation))
    assert np.cos(np.radians(again - angle)) > 1 - 1e-12


@pytest.mark.parametrize(
    ("orientation", "angle"), [(1, 30), (2, 330), (3, 210), (4, 150), (5, 60), (6, 300), (7, 240), (8, 120)]
)
def test_an_angle_follows_two_marks_that_stand_above_one_another(orientation: int, angle: float) -> None:
    """Upright points from the lower mark to the upper one, before and after."""
    lower, upper = (6.0, 5.0), (6.0 - 2 * np.sin(np.pi / 6), 5.0 - 2 * np.cos(np.pi / 6))
    (x0, y0), (x1, y1) = (turn_point(point, WIDTH, HEIGHT, orientation) for point in (lower, upper))
    seen = np.degrees(np.arctan2(-(x1 - x0), -(y1 - y0)))
    assert np.cos(np.radians(turn_angle_deg(30, orientation) - seen)) > 1 - 1e-12
    assert turn_angle_deg(30, orientation) == pytest.approx(angle)
