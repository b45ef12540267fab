"""A seam is found where there is one, and not where there is none."""

import cv2
import numpy as np
import pytest

from synth.inspection.detectability import paste_detectability
from synth.inspection.pastes import DrawnImage, pastes_of
from synth.inspection.seams import MARGIN_PX, SEAM_FEATURES, Outline
from synth.labels.sample import Annotation, LabelledImage, Mask
from synth.scene.spec import (
    Blend,
    BlobLayer,
    CameraEffects,
    GlyphLimits,
    ImageSpec,
    PatchLayer,
    PhotoBackground,
    Stroke,
    StrokeLayer,
    TagLayer,
)
from synth.streams import stream

SIZE = 200
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def no_bank(_tag):
    return None


def moved(x, y):
    return (1.0, 0.0, float(x), 0.0, 1.0, float(y), 0.0, 0.0, 1.0)


def landscape(rng, size=SIZE):
    """A picture with the spectrum of a photo, grain, and the blocks of JPEG."""
    fy, fx = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size), indexing="ij")
    spectrum = 1.0 / (np.hypot(fx, fy) + 1.0 / size) ** 1.3
    planes = [np.fft.ifft2(np.fft.fft2(rng.normal(size=(size, size))) * spectrum).real for _ in range(3)]
    planes = [p / p.std() for p in planes]
    pixels = 120 + 35 * planes[0][..., None] + 6 * np.stack(planes, axis=2) + rng.normal(0, 3, (size, size, 3))
    encoded = cv2.imencode(".jpg", np.clip(pixels, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def spec_of(index, layers, photo):
    return ImageSpec(
        index=index,
        attempt=0,
        seed=0,
        split="train",
        file_name=f"p_{index:06d}.jpg",
        width_px=SIZE,
        height_px=SIZE,
        background=PhotoBackground(photo, 0, 0),
        kept_annotations=False,
        layers=layers,
        min_visibility=0.0,
        glyph_limits=GlyphLimits(),
        camera=CameraEffects(),
        jpeg_quality=92,
    )


def dataset(tmp_path, count, pasted, blend="hard"):
    """Pictures that say that a patch was pasted, and on which `pasted(ground, other)` decides what is there."""
    pixels, images = {}, []
    for k in range(count):
        rng = stream(11, k, "landscapes")
        ground, other = landscape(rng), landscape(rng)
        cx, cy = rng.integers(50, 150, 2)
        outline = tuple((float(cx + a * 26), float(cy + b * 20)) for a, b in ((-1, -1), (1, -0.8), (1, 1), (-0.9, 1)))
        mask = np.zeros((SIZE, SIZE), np.uint8)
        cv2.fillPoly(mask, [np.round(np.array(outline)).astype(np.int32)], 1)
        spec = spec_of(k, (PatchLayer("other", outline, IDENTITY, Blend(blend)),), f"photo{k // 2}")
        made = pasted(ground, other, mask)
        made = cv2.imdecode(cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, 92])[1], cv2.IMREAD_COLOR)
        pixels[spec.file_name] = made
        images.append(DrawnImage(tmp_path, LabelledImage(spec.file_name, SIZE, SIZE), spec))
    return images, lambda image: pixels[image.spec.file_name]


def test_a_hard_paste_is_found_and_the_control_is_not(tmp_path):
    images, read = dataset(tmp_path, 120, lambda ground, other, mask: np.where(mask[..., None] > 0, other, ground))
    found = paste_detectability(images, read, no_bank, seed=3)
    row = found.row("hard")
    assert row.separation.auc > 0.9
    assert row.pastes == row.images == 120 - found.without_place
    assert found.control.low <= 0.5 <= found.control.high
    assert found.row("feather") is None


def unchanged(ground, _other, _mask):
    return ground


def test_no_paste_is_not_found(tmp_path):
    images, read = dataset(tmp_path, 120, unchanged, "seamless_normal")
    separation = paste_detectability(images, read, no_bank, seed=3).row().separation
    assert separation.low <= 0.5 <= separation.high


def test_a_blurred_paste_is_given_away_by_its_grain(tmp_path):
    def soft(ground, other, mask):
        smooth = cv2.GaussianBlur(ground, (0, 0), 1.5)
        return np.where(mask[..., None] > 0, smooth, ground)

    images, read = dataset(tmp_path, 60, soft)
    separation = paste_detectability(images, read, no_bank, seed=3).row().separation
    assert separation.low > 0.9
    assert dict(separation.by_feature)["pixel grain inside against outside"] < 0.05


def test_measuring_twice_and_in_another_order_is_the_same(tmp_path):
    images, read = dataset(tmp_path, 24, lambda ground, other, mask: np.where(mask[..., None] > 0, other, ground))
    once = paste_detectability(images, read, no_bank, seed=3)
    assert once == paste_detectability(images, read, no_bank, seed=3)
    assert once.row().pastes == paste_detectability(images[::-1], read, no_bank, seed=3).rows[0].pastes


def test_images_per_blend_bounds_what_is_opened(tmp_path):
    images, read = dataset(tmp_path, 30, unchanged)
    opened = []

    def counted(image):
        opened.append(image.spec.file_name)
        return read(image)

    paste_detectability(images, counted, no_bank, seed=0, images_per_blend=12)
    assert len(opened) == len(set(opened)) == 12


def test_features_do_not_see_brightness_and_are_symmetric():
    rng = stream(6, 0, "outline")
    mask = np.zeros((60, 70), np.bool_)
    mask[10:40, 15:60] = True
    outline = Outline.of(Mask(0, 0, mask))
    assert (outline.width, outline.height) == (45 + 2 * MARGIN_PX, 30 + 2 * MARGIN_PX)
    picture = rng.integers(60, 120, (100, 100, 3)).astype(np.uint8)
    first, brighter = outline.measure(picture, 8, 16), outline.measure(picture + np.uint8(50), 8, 16)
    light = outline.light(picture, 8, 16), outline.light(picture + np.uint8(50), 8, 16)
    np.testing.assert_allclose(light[0], light[1], atol=1e-9)
    assert first.shape == (len(SEAM_FEATURES),)
    assert np.isfinite(first).all()
    np.testing.assert_allclose(first, brighter, atol=1e-9)
    assert Outline.of(Mask(0, 0, np.ones((4, 4), np.bool_))) is None


def test_pastes_are_where_the_spec_says():
    patch = PatchLayer("p", ((0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)), moved(30, 40), Blend("feather", 2.0))
    blob = BlobLayer(((100.0, 100.0), (130.0, 100.0), (130.0, 130.0)), (1, 2, 3), (1.0, 1.0), 0.0, Blend("hard"))
    tag = TagLayer("b/t-0", moved(150, 20), Blend("gaussian", 1.0))
    blank = TagLayer("b/t-0", moved(150, 90), Blend("gaussian", 1.0), blank=True, labelled=False)
    grass = StrokeLayer((Stroke((170.0, 90.0), (171.0, 95.0), (172.0, 100.0), 2.0, 1.0, (0, 90, 0)),))
    labels = LabelledImage("p_000000.jpg", SIZE, SIZE, (Annotation(0, (150.0, 20.0, 180.0, 40.0)),))
    image = DrawnImage(None, labels, spec_of(0, (patch, blob, tag, blank, grass), "photo"))
    alpha = {"b/t-0": np.full((20, 30), 255, np.uint8)}
    found = pastes_of(image, alpha.__getitem__)
    assert [(p.kind, p.blend) for p in found.whole] == [("patch", "feather"), ("blob", "hard"), ("tag", "gaussian")]
    assert found.whole[0].mask.box == pytest.approx((30, 40, 50, 50), abs=1)
    assert found.whole[2].mask == Mask(150, 20, np.ones((20, 30), np.bool_))
    assert [p.is_alone for p in found.whole] == [True, True, True]
    assert [p.tag for p in found.whole] == ["", "", "b/t-0"]
    assert found.touched[90:110, 150:180].all()
    assert not found.touched[60:80, 60:80].any()
    assert pastes_of(image, no_bank) is None


def test_a_paste_with_another_beside_it_is_not_alone():
    def patch(x):
        return PatchLayer("p", ((0, 0), (20, 0), (20, 10), (0, 10)), moved(x, 40), Blend("hard"))

    image = DrawnImage(
        None, LabelledImage("p.jpg", SIZE, SIZE), spec_of(0, (patch(30), patch(58), patch(120)), "photo")
    )
    assert [p.is_alone for p in pastes_of(image, no_bank).whole] == [False, False, True]


def test_without_the_bank_labelled_masks_come_from_the_labels():
    mask = Mask(60, 50, np.ones((20, 40), np.bool_))
    labels = LabelledImage("p_000000.jpg", SIZE, SIZE, (Annotation(0, mask.box, mask=mask),))
    image = DrawnImage(None, labels, spec_of(0, (TagLayer("b/t-0", IDENTITY, Blend("hard")),), "photo"))
    (paste,) = pastes_of(image, no_bank).whole
    assert (paste.mask, paste.kind) == (mask, "tag")
