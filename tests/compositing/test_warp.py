"""Where a paste lands, to the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from painted_material import drawn_tag

from synth.compositing.warp import Asset, least_scale, place
from synth.errors import RejectedScene
from synth.geometry.homography import apply, jacobian_at, perspective, rotation_deg, scaling, translation
from synth.streams import stream


def an_asset(width: int = 91, height: int = 57) -> Asset:
    rgb, alpha = drawn_tag(width, height)
    return Asset.of(rgb, alpha)


def test_whole_pixel_moves_copy_exactly() -> None:
    asset = an_asset()
    placed = place(asset, translation(37, 11), 400, 300, margin=3)
    assert placed is not None
    height, width = placed.coverage.shape
    y, x = placed.y - 11, placed.x - 37
    np.testing.assert_array_equal(placed.rgb, asset.rgba[y : y + height, x : x + width, :3])
    np.testing.assert_array_equal(placed.coverage, asset.rgba[y : y + height, x : x + width, 3])
    x0, y0, x1, y1 = asset.region
    assert (placed.x, placed.y, width, height) == (37 + x0 - 3, 11 + y0 - 3, x1 - x0 + 6, y1 - y0 + 6)


def test_quarter_turns_are_exact() -> None:
    asset = an_asset()
    height, width = asset.rgba.shape[:2]
    turned = place(asset, translation(0, width) @ rotation_deg(90), 400, 400, margin=0)
    assert turned is not None
    full = np.zeros((400, 400), np.uint8)
    h, w = turned.coverage.shape
    full[turned.y : turned.y + h, turned.x : turned.x + w] = turned.coverage
    np.testing.assert_array_equal(full[:width, :height], np.rot90(asset.rgba[..., 3]))


def test_what_the_canvas_cuts_is_measured_all_the_same() -> None:
    asset, rng = an_asset(), stream(0, 0, "cuts")
    for _ in range(50):
        posture = rotation_deg(rng.uniform(0, 360)) @ scaling(*[rng.uniform(0.4, 1.6)] * 2) @ translation(-65, -48)
        x, y = (int(v) for v in rng.integers(-40, 240, 2))
        cut = place(asset, translation(x, y) @ posture, 200, 200, margin=2)
        whole = place(asset, translation(x + 300, y + 300) @ posture, 800, 800, margin=2)
        assert whole is not None
        if cut is None:
            assert whole.x - 300 + whole.coverage.shape[1] <= 2 + 0 or not _inside(whole.full_box, 300, 200)
            continue
        assert cut.full_area == whole.full_area
        assert cut.full_box == tuple(v - 300 for v in whole.full_box)
        part = np.zeros((800, 800), bool)
        h, w = whole.mask.shape
        part[whole.y : whole.y + h, whole.x : whole.x + w] = whole.mask
        seen = np.zeros((200, 200), bool)
        h, w = cut.mask.shape
        seen[cut.y : cut.y + h, cut.x : cut.x + w] = cut.mask
        np.testing.assert_array_equal(seen, part[300:500, 300:500])


def _inside(box: tuple[float, ...], origin: int, side: int) -> bool:
    return max(box[0], box[1]) < origin + side and min(box[2], box[3]) > origin


def test_the_mask_covers_the_area_that_the_homography_says() -> None:
    rng = stream(1, 0, "areas")
    asset = an_asset()
    edge = np.linspace(0, 2 * np.pi, 721)[:-1]
    height, width = asset.rgba.shape[:2]
    outline = np.stack([width // 2 + 0.5 + 45.5 * np.cos(edge), height // 2 + 0.5 + 28.5 * np.sin(edge)], 1)
    for _ in range(40):
        tilt = rng.uniform(-1, 1, 2) * 0.002
        scale = rng.uniform(0.3, 2.0)
        matrix = (
            translation(400, 400)
            @ rotation_deg(rng.uniform(0, 360))
            @ scaling(scale, scale)
            @ perspective(*tilt)
            @ translation(-65, -48)
        )
        placed = place(asset, matrix, 800, 800, margin=0)
        assert placed is not None
        x, y = apply(matrix, outline).T
        area = abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2
        assert placed.full_area == pytest.approx(area, rel=0.03, abs=8)
        box = (x.min(), y.min(), x.max(), y.max())
        np.testing.assert_allclose(placed.full_box, box, atol=1.6)


def test_what_is_made_smaller_does_not_alias() -> None:
    stripes = np.zeros((240, 240, 3), np.uint8)
    stripes[:, ::2] = 255
    asset = Asset.of(stripes, np.full((240, 240), 255, np.uint8))
    for scale in (0.7, 0.55, 0.4, 0.21, 0.1):
        placed = place(asset, translation(9.3, 8.1) @ rotation_deg(7) @ scaling(scale, scale), 300, 300, margin=0)
        assert placed is not None
        inner = placed.rgb[placed.mask][:, 0].astype(float)
        assert inner.mean() == pytest.approx(127.5, abs=3)
        assert inner.std() < 42


def test_the_smaller_singular_value() -> None:
    rng = stream(2, 0, "maps")
    for _ in range(100):
        moved = rng.normal(0, 1, (2, 2))
        assert least_scale(moved) == pytest.approx(np.linalg.svd(moved, compute_uv=False)[1], abs=1e-9)


def test_the_derivative_of_a_homography() -> None:
    matrix = translation(5, 9) @ rotation_deg(33) @ perspective(0.002, -0.001) @ scaling(1.3, 0.8)
    step = 1e-5
    x, y = apply(matrix, [(30 + step, 40), (30 - step, 40), (30, 40 + step), (30, 40 - step)]).T
    numeric = np.array([[x[0] - x[1], x[2] - x[3]], [y[0] - y[1], y[2] - y[3]]]) / (2 * step)
    np.testing.assert_allclose(jacobian_at(matrix, 30, 40), numeric, atol=1e-6)


@pytest.mark.parametrize(
    "matrix",
    [perspective(-0.02, 0) @ translation(0, 0), scaling(1000, 1000)],
    ids=["behind the camera", "far too large"],
)
def test_degenerate_homographies_are_refused(matrix: np.ndarray) -> None:
    with pytest.raises(RejectedScene):
        place(an_asset(), matrix, 200, 200, margin=0)


def test_what_misses_the_canvas_is_none() -> None:
    assert place(an_asset(), translation(500, 0), 200, 200, margin=5) is None
    assert place(an_asset(), scaling(1e-3, 1e-3), 200, 200, margin=5) is None
