import numpy as np
import pytest
from drawn_photos import drawn, mask_iou

from synth.banks.outlines import outline_points, rectangle, soft_mask
from synth.banks.segmentation import fit_outline


@pytest.mark.parametrize(("kind", "mean", "worst"), [("ring", 0.95, 0.88), ("plate", 0.92, 0.75), ("disc", 0.95, 0.85)])
def test_fitted_masks_agree_with_the_drawn_tags(kind, mean, worst):
    found = []
    for index in range(8):
        photo = drawn(kind, index)
        height, width = photo.rgb.shape[:2]
        fit = fit_outline(photo.rgb, photo.box)
        found.append(mask_iou(soft_mask(fit.points, width, height), soft_mask(photo.points, width, height)))
        assert fit.is_plausible
    assert np.mean(found) >= mean
    assert min(found) >= worst


def test_a_slanted_ring_keeps_leg_and_ground_out():
    photo = drawn("ring", 3)
    height, width = photo.rgb.shape[:2]
    fitted = soft_mask(fit_outline(photo.rgb, photo.box).points, width, height) >= 128
    truth = soft_mask(photo.points, width, height) >= 128
    assert np.count_nonzero(fitted & ~truth) < 0.06 * np.count_nonzero(truth)


def test_a_picture_without_any_edge_is_not_plausible():
    flat = np.full((120, 160, 3), 130, np.uint8)
    assert not fit_outline(flat, (40.0, 40.0, 120.0, 80.0)).is_plausible


@pytest.mark.parametrize("box", [(0.0, 0.0, 60.0, 30.0), (0.0, 0.0, 160.0, 120.0), (80.0, 60.0, 83.0, 62.0)])
def test_boxes_at_the_border_or_tiny_or_whole_give_a_finite_outline(box):
    fit = fit_outline(drawn("plate", 0).rgb[:120, :160], box)
    assert np.isfinite(fit.points).all()


def test_equal_pixels_give_equal_outlines():
    photo = drawn("plate", 2)
    first, second = (fit_outline(photo.rgb.copy(), photo.box) for _ in range(2))
    assert first.points.tobytes() == second.points.tobytes()


@pytest.mark.parametrize("size", [(40.0, 20.0), (33.3, 57.1)])
@pytest.mark.parametrize("angle", [0.0, 17.0, -33.0])
def test_soft_mask_covers_the_area_of_its_polygon(size, angle):
    points = outline_points(rectangle(np.array([50.2, 48.7]), *size, angle)[None])[0]
    covered = soft_mask(points, 100, 100).astype(float).sum() / 255
    assert covered == pytest.approx(size[0] * size[1], rel=0.02)


def test_four_equal_bows_make_a_disc():
    points = outline_points(rectangle(np.zeros(2), 2**0.5, 2**0.5, 12.0, 0.2071)[None])[0]
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.ones(len(points)), abs=0.03)
