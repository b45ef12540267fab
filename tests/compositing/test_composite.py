"""Labels against pixels: what is labelled is what was painted, to the pixel."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from painted_material import InMemory, a_spec, a_tag, drawn_photo, drawn_tag

from synth.banks.records import PhotoAnnotation
from synth.compositing.composite import composed, composite
from synth.errors import AssetError, RejectedScene
from synth.geometry.boxes import box_area
from synth.labels.sample import Annotation
from synth.scene.spec import (
    Blend,
    BlobLayer,
    CameraEffects,
    GlyphLimits,
    PatchLayer,
    PhotoBackground,
    ProceduralBackground,
    Stroke,
    StrokeLayer,
)
from synth.streams import stream

FLAT = PhotoBackground("flat", 0, 0)
TEAL = (0, 128, 128)
SQUARE = ((0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0))


@pytest.fixture(scope="module")
def material() -> InMemory:
    made = InMemory()
    for width, height in ((91, 57), (40, 40), (33, 71), (120, 29)):
        rgb, alpha = drawn_tag(width, height)
        rgb = np.maximum(rgb, 20).astype(np.uint8)
        made.add_tag(f"{width}x{height}", rgb, alpha, text=f"T{width}", identity=f"I{width}")
    quad = ((20.0, 20.0), (111.0, 20.0), (111.0, 77.0), (20.0, 77.0))
    rgb, alpha = drawn_tag()
    made.add_tag("upright", rgb, alpha, quad=quad, angle_deg=0.0, category="plate")
    made.add_photo("flat", np.full((300, 300, 3), TEAL, np.uint8))
    label = PhotoAnnotation("ring", (100.0, 60.0, 160.0, 110.0), text="REAL", identity="R", difficult=True)
    made.add_photo("labelled", drawn_photo(400, 400), (label,))
    made.add_photo("night", np.repeat(drawn_photo(300, 300)[:, :, :1], 3, axis=2), infrared=True)
    return made


def changed(image: np.ndarray) -> np.ndarray:
    return (image != TEAL).any(axis=2)


def full_mask(annotation: Annotation, side: int = 300) -> np.ndarray:
    assert annotation.mask is not None
    return annotation.mask.to_full(side, side)


def test_on_200_random_specs_mask_and_box_are_exactly_the_changed_pixels(material: InMemory) -> None:
    rng = stream(0, 0, "specs")
    names = [name for name in material.tags if "x" in name]
    made, cut, odd = 0, 0, 0
    while made < 200:
        layer = a_tag(
            material,
            names[int(rng.integers(len(names)))],
            float(rng.uniform(-10, 310)),
            float(rng.uniform(-10, 310)),
            scale=float(rng.uniform(0.25, 1.7)),
            turn_deg=float(rng.uniform(0, 360)),
            mirrored=bool(rng.random() < 0.3),
            tilt=(float(rng.uniform(-0.002, 0.002)), 0.0),
        )
        try:
            sample = composite(a_spec(FLAT, (layer,), (300, 300)), material)
        except RejectedScene:
            continue
        made += 1
        (annotation,) = sample.annotations
        pixels = changed(sample.image)
        np.testing.assert_array_equal(full_mask(annotation), pixels)
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        assert annotation.box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert annotation.visibility is not None
        assert annotation.truncated == (annotation.visibility < 1.0)
        cut += bool(annotation.truncated)
        odd += (annotation.box[2] - annotation.box[0]) % 2 == 1
    assert cut > 25
    assert odd > 50


@pytest.mark.parametrize(
    "kind", ["hard", "feather", "gaussian", "seamless_normal", "seamless_mixed", "seamless_monochrome"]
)
def test_the_label_does_not_depend_on_the_blend(material: InMemory, kind: str) -> None:
    def labelled(chosen: str) -> tuple[Annotation, ...]:
        layers = (
            a_tag(material, "91x57", 120, 130, chosen, turn_deg=33),
            a_tag(material, "40x40", 150, 140, chosen, turn_deg=10),
            a_tag(material, "33x71", 2, 200, chosen, blur_px=0.8),
        )
        return composite(a_spec(FLAT, layers, (300, 300)), material).annotations

    assert labelled(kind) == labelled("hard")


def test_visibility_is_what_others_leave_over(material: InMemory) -> None:
    """Each tag painted alone gives its full mask; what later layers cover is taken away, exactly."""
    rng = stream(1, 0, "piles")
    for _ in range(25):
        layers = [
            a_tag(
                material,
                name,
                float(rng.uniform(60, 240)),
                float(rng.uniform(60, 240)),
                turn_deg=float(rng.uniform(0, 360)),
                scale=float(rng.uniform(0.7, 1.5)),
            )
            for name in ("91x57", "120x29", "33x71", "40x40")
        ]
        alone = [full_mask(composite(a_spec(FLAT, (layer,), (300, 300)), material).annotations[0]) for layer in layers]
        try:
            annotations = composite(a_spec(FLAT, tuple(layers), (300, 300)), material).annotations
        except RejectedScene:
            continue
        for n, annotation in enumerate(annotations):
            left = alone[n] & ~np.any([*alone[n + 1 :], np.zeros_like(alone[n])], axis=0)
            np.testing.assert_array_equal(full_mask(annotation), left)
            assert annotation.visibility == pytest.approx(left.sum() / alone[n].sum())
            assert annotation.truncated is False


def test_the_amodal_box_is_that_of_the_tag_on_a_larger_canvas(material: InMemory) -> None:
    for x, y in ((5, 100), (298, 30), (150, -8), (120, 290)):
        small = composite(a_spec(FLAT, (a_tag(material, "91x57", x, y, turn_deg=20),), (300, 300)), material)
        inside = a_tag(material, "91x57", 150, 150, turn_deg=20)
        whole = composite(a_spec(FLAT, (inside,), (300, 300)), material).annotations[0]
        amodal = small.annotations[0].amodal_box
        assert amodal is not None
        assert amodal == tuple(v + s for v, s in zip(whole.box, (x - 150, y - 150) * 2, strict=True))
        assert small.annotations[0].truncated
        visible = small.annotations[0].mask.area / whole.mask.area  # type: ignore[union-attr]
        assert small.annotations[0].visibility == pytest.approx(visible)


OCCLUDERS = {
    "strokes": StrokeLayer((Stroke((100.0, 200.0), (150.0, 150.0), (200.0, 100.0), 14.0, 6.0, (90, 110, 60)),)),
    "feather": StrokeLayer(
        (Stroke((60.0, 200.0), (150.0, 150.0), (260.0, 90.0), 40.0, 9.0, (220, 220, 210), 0.2, 2.0),)
    ),
    "patch": PatchLayer("labelled", SQUARE, (1.0, 0, 140, 0, 1, 120, 0, 0, 1), Blend("feather", 2.0), occludes=True),
    "blob": BlobLayer(
        ((130.0, 130.0), (190.0, 135.0), (160.0, 190.0)), (90, 60, 50), (0.7, 1.2), 30.0, Blend("gaussian", 1.0)
    ),
    "blank tag": None,
}  # fmt: skip


@pytest.mark.parametrize("name", OCCLUDERS)
def test_what_lies_in_front_hides(material: InMemory, name: str) -> None:
    front = OCCLUDERS[name] or a_tag(material, "40x40", 150, 150, blank=True, labelled=False, gain=(0.6, 0.7, 0.6))
    tag = a_tag(material, "91x57", 150, 150, scale=1.5)
    alone = composite(a_spec(FLAT, (tag,), (300, 300)), material)
    both = composite(a_spec(FLAT, (tag, front), (300, 300)), material)
    only = composite(a_spec(FLAT, (front,), (300, 300)), material)
    assert only.annotations == ()
    (annotation,) = both.annotations
    assert annotation.visibility is not None
    assert 0.2 < annotation.visibility < 0.99
    left = full_mask(annotation)
    taken = full_mask(alone.annotations[0]) & ~left
    assert not (full_mask(annotation) & ~full_mask(alone.annotations[0])).any()
    assert changed(only.image)[taken].all()
    reached = (both.image != alone.image).any(axis=2)
    assert reached[taken].mean() > 0.98
    assert box_area(annotation.box) <= box_area(alone.annotations[0].box)


def test_a_patch_that_is_no_occluder_may_not_cover_a_tag(material: InMemory) -> None:
    patch = msgspec.structs.replace(OCCLUDERS["patch"], occludes=False)
    tag = a_tag(material, "91x57", 150, 150)
    composite(a_spec(FLAT, (patch, tag), (300, 300)), material)
    with pytest.raises(RejectedScene, match="a negative covers a tag"):
        composite(a_spec(FLAT, (tag, patch), (300, 300)), material)


def test_too_little_of_a_tag_is_refused(material: InMemory) -> None:
    layers = (a_tag(material, "91x57", 150, 150), a_tag(material, "40x40", 150, 150, scale=1.1))
    visible = composite(a_spec(FLAT, layers, (300, 300)), material).annotations[0].visibility
    assert visible is not None
    composite(a_spec(FLAT, layers, (300, 300), min_visibility=visible - 1e-6), material)
    with pytest.raises(RejectedScene, match="tag hidden"):
        composite(a_spec(FLAT, layers, (300, 300), min_visibility=visible + 1e-6), material)
    with pytest.raises(RejectedScene, match="tag hidden"):
        composite(a_spec(FLAT, (a_tag(material, "40x40", -90, 100),), (300, 300)), material)
    assert composite(a_spec(FLAT, (a_tag(material, "40x40", -90, 100, labelled=False),), (300, 300)), material)


def test_an_annotation_says_what_is_known(material: InMemory) -> None:
    layers = (a_tag(material, "91x57", 80, 80), a_tag(material, "upright", 200, 200, turn_deg=90))
    ring, plate = composite(a_spec(FLAT, layers, (300, 300)), material).annotations
    assert (ring.category, ring.text, ring.identity, ring.quad, ring.angle_deg) == (1, "T91", "I91", None, None)
    assert (plate.category, plate.text, plate.identity) == (2, "ABLF", "ABLF")
    assert plate.angle_deg == pytest.approx(90)
    assert plate.quad is not None
    np.testing.assert_allclose(plate.quad[0], (171.5, 245.5), atol=1e-9)
    np.testing.assert_allclose(plate.quad[1], (171.5, 154.5), atol=1e-9)
    blank = composite(a_spec(FLAT, (a_tag(material, "91x57", 80, 80, blank=True),), (300, 300)), material)
    assert blank.annotations[0].text is None


def test_a_mirror_image_keeps_the_reading_order_and_has_no_upright(material: InMemory) -> None:
    layer = a_tag(material, "upright", 150, 150, mirrored=True)
    (annotation,) = composite(a_spec(FLAT, (layer,), (300, 300)), material).annotations
    assert annotation.angle_deg is None
    assert annotation.quad is not None
    np.testing.assert_allclose(annotation.quad[0], (195.5, 121.5), atol=1e-9)
    np.testing.assert_allclose(annotation.quad[1], (104.5, 121.5), atol=1e-9)


@pytest.mark.parametrize("turn", [0, 15, 123, 250, 359])
def test_upright_turns_with_the_tag(material: InMemory, turn: float) -> None:
    layer = a_tag(material, "upright", 150, 150, turn_deg=turn, scale=0.7)
    (annotation,) = composite(a_spec(FLAT, (layer,), (300, 300)), material).annotations
    assert annotation.angle_deg is not None
    assert (annotation.angle_deg - turn + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_camera_effects_leave_the_labels_alone(material: InMemory) -> None:
    layer = a_tag(material, "91x57", 100, 130, turn_deg=33)
    camera = CameraEffects(defocus_px=1.5, motion_px=5.0, vignette=0.3, exposure=0.8, shot_noise=2.0, downsample=1.4)
    plain, taken = (
        composite(a_spec(FLAT, (layer,), (300, 300), camera=c), material) for c in (CameraEffects(), camera)
    )
    assert plain.annotations == taken.annotations
    assert (plain.image != taken.image).any()


def test_hand_labels_of_the_background_are_carried_over(material: InMemory) -> None:
    def kept(x: int, y: int, mirrored: bool = False, side: int = 256) -> tuple[Annotation, ...]:
        crop = PhotoBackground("labelled", x, y, mirrored)
        return composite(a_spec(crop, (), (side, side), kept_annotations=True), material).annotations

    (annotation,) = kept(64, 32)
    assert annotation.box == (36, 28, 96, 78)
    assert (annotation.category, annotation.text, annotation.identity) == (1, "REAL", "R")
    assert (annotation.truncated, annotation.difficult) == (False, True)
    assert kept(64, 32, mirrored=True)[0].box == (256 - 96, 28, 256 - 36, 78)
    (cut,) = kept(112, 80)
    assert cut.box == (0, 0, 48, 30)
    assert cut.amodal_box == (-12, -20, 48, 30)
    assert cut.truncated
    assert kept(144, 96) == ()
    assert kept(0, 0, side=96) == ()
    crop = PhotoBackground("labelled", 64, 32)
    assert composite(a_spec(crop, (), (256, 256)), material).annotations == ()


def test_a_layer_over_a_hand_label_is_refused(material: InMemory) -> None:
    crop = PhotoBackground("labelled", 64, 32)
    for x, y, refused in ((60, 60, True), (200, 200, False), (60, 118, False), (60, 93, True)):
        spec = a_spec(crop, (a_tag(material, "40x40", x, y),), (256, 256), kept_annotations=True)
        if refused:
            with pytest.raises(RejectedScene, match="hand label covered"):
                composite(spec, material)
        else:
            assert len(composite(spec, material).annotations) == 2


def test_lost_writing_is_refused(material: InMemory) -> None:
    limits = GlyphLimits(min_contrast=0.5, max_clipped=0.15)
    material.add_photo("dark", np.full((300, 300, 3), 3, np.uint8))
    dark = PhotoBackground("dark", 0, 0)
    kept = a_spec(dark, (a_tag(material, "91x57", 150, 150, "feather"),), (300, 300), glyph_limits=limits)
    composite(kept, material)
    rgb, alpha = drawn_tag()
    rgb = np.where(rgb == (110, 90, 70), (225, 222, 210), rgb).astype(np.uint8)
    material.add_tag("white round white", rgb, alpha)
    layer = a_tag(material, "white round white", 150, 150, "seamless_normal")
    with pytest.raises(RejectedScene, match="glyph contrast lost"):
        composite(a_spec(dark, (layer,), (300, 300), glyph_limits=limits), material)
    bright = a_tag(material, "91x57", 150, 150, gain=(1.2, 1.2, 1.2))
    with pytest.raises(RejectedScene, match="clipped"):
        composite(a_spec(dark, (bright,), (300, 300), glyph_limits=GlyphLimits(0.0, 0.15)), material)
    unlabelled = a_tag(material, "white round white", 150, 150, "seamless_normal", labelled=False)
    composite(a_spec(dark, (unlabelled,), (300, 300), glyph_limits=limits), material)


@pytest.mark.parametrize(
    "change",
    [
        {"gain": (0.7, 0.8, 0.9)},
        {"offset": (11.0, 0.0, -6.0)},
        {"grey": True},
        {"blur_px": 1.2},
        {"noise": 3.0},
        {"blank": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_way_of_fitting_acts_inside_the_mask_alone(material: InMemory, change: dict[str, object]) -> None:
    plain, fitted = (
        composite(a_spec(FLAT, (a_tag(material, "91x57", 150, 150, **c),), (300, 300)), material) for c in ({}, change)
    )
    differs = (plain.image != fitted.image).any(axis=2)
    assert differs.any()
    assert not (differs & ~full_mask(plain.annotations[0])).any()


def test_gain_and_offset_are_exact(material: InMemory) -> None:
    layers = [
        a_tag(material, "91x57", 150, 150, **c) for c in ({}, {"gain": (0.5, 1.0, 1.1), "offset": (7.0, 7.0, 7.0)})
    ]
    plain, fitted = (composite(a_spec(FLAT, (layer,), (300, 300)), material) for layer in layers)
    mask = full_mask(plain.annotations[0])
    expected = np.clip(np.rint(plain.image[mask] * np.array([0.5, 1.0, 1.1]) + 7.0), 0, 255)
    np.testing.assert_array_equal(fitted.image[mask], expected)


def test_a_grey_tag_has_grey_grain(material: InMemory) -> None:
    layer = a_tag(material, "91x57", 150, 150, "feather", grey=True, noise=4.0)
    image = composite(a_spec(PhotoBackground("night", 0, 0), (layer,), (300, 300)), material).image.astype(int)
    assert (np.ptp(image, axis=2) == 0).all()


def test_a_grey_photo_gets_grey_noise(material: InMemory) -> None:
    spec = a_spec(PhotoBackground("night", 0, 0), (), (300, 300), camera=CameraEffects(shot_noise=4.0))
    assert (np.ptp(composite(spec, material).image.astype(int), axis=2) == 0).all()


def test_a_patch_is_copied_from_its_photo(material: InMemory) -> None:
    outline = ((50.0, 60.0), (90.0, 60.0), (90.0, 100.0), (50.0, 100.0))
    layer = PatchLayer("labelled", outline, (1.0, 0, 30, 0, 1, 20, 0, 0, 1), Blend("hard"))
    image = composite(a_spec(FLAT, (layer,), (300, 300)), material).image
    np.testing.assert_array_equal(image[80:120, 80:120], material.photo("labelled")[60:100, 50:90])
    assert changed(image).sum() <= 40 * 40


def test_a_blob_is_shaded_along_its_direction(material: InMemory) -> None:
    outline = ((100.0, 100.0), (200.0, 100.0), (200.0, 200.0), (100.0, 200.0))
    layer = BlobLayer(outline, (100, 80, 60), (0.5, 1.5), 90.0, Blend("hard"))
    image = composite(a_spec(FLAT, (layer,), (300, 300)), material).image.astype(int)
    assert changed(image).sum() == 100 * 100
    assert image[199, 150].tolist() == pytest.approx([50, 40, 30], abs=1)
    assert image[100, 150].tolist() == pytest.approx([149, 120, 90], abs=1)
    assert np.ptp(image[100:200, 100:200], axis=1).max() <= 1


def test_backgrounds_are_cropped_mirrored_or_drawn(material: InMemory) -> None:
    photo = material.photo("labelled")[48:248, 32:232]
    for mirrored in (False, True):
        image = composite(a_spec(PhotoBackground("labelled", 32, 48, mirrored), (), (200, 200)), material).image
        np.testing.assert_array_equal(image, photo[:, ::-1] if mirrored else photo)
    drawn = ProceduralBackground("turbulence", 5, 50.0, 4, ((10, 20, 30), (220, 210, 200)))
    sample = composite(a_spec(drawn, (a_tag(material, "40x40", 90, 70),), (200, 150)), material)
    assert sample.image.shape == (150, 200, 3)
    assert len(sample.annotations) == 1


def test_a_photo_smaller_than_the_crop_is_explained(material: InMemory) -> None:
    with pytest.raises(AssetError, match=r"flat: a crop of 640x640 px at \(0, 0\).*300x300"):
        composite(a_spec(FLAT), material)


def test_photos_and_cutouts_are_never_written_to(material: InMemory) -> None:
    before = {name: hashlib.sha256(p).hexdigest() for name, p in material.photos.items()}
    layer = a_tag(material, "91x57", 100, 100, "seamless_mixed", noise=3.0)
    camera = CameraEffects(vignette=0.5, read_noise=3.0)
    composite(a_spec(PhotoBackground("labelled", 0, 0), (layer,), (400, 400), camera=camera), material)
    assert {name: hashlib.sha256(p).hexdigest() for name, p in material.photos.items()} == before


SCENE = """
import sys; sys.path.insert(0, {folder!r})
import hashlib
from test_composite import every_layer
from painted_material import InMemory
print(hashlib.sha256(every_layer()).hexdigest())
"""


def every_layer() -> bytes:
    made = InMemory()
    made.add_tag("tag", *drawn_tag())
    made.add_photo("labelled", drawn_photo(400, 400))
    kinds = ("hard", "feather", "gaussian", "seamless_normal", "seamless_mixed", "seamless_monochrome")
    tags = [
        a_tag(made, "tag", 60 + 130 * (n % 3), 90 + 150 * (n // 3), kind, turn_deg=40.0 * n, noise=2.0, blur_px=0.5)
        for n, kind in enumerate(kinds)
    ]
    fronts = [layer for layer in OCCLUDERS.values() if layer is not None]
    rain = CameraEffects(defocus_px=0.9, motion_px=3.0, exposure=1.2, shot_noise=2.0, vignette=0.2)
    spec = a_spec(PhotoBackground("labelled", 0, 0), (*tags, *fronts), (400, 400), camera=rain)
    return composed(spec, made).jpeg


def test_another_process_makes_the_same_bytes() -> None:
    script = SCENE.format(folder=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(every_layer()).hexdigest()


def test_provenance_replays_the_picture(material: InMemory) -> None:
    spec = a_spec(FLAT, (a_tag(material, "91x57", 100, 120, "seamless_normal"),), (300, 300))
    sample = composite(spec, material)
    again = type(spec).from_json(msgspec.json.encode(sample.provenance["spec"]))
    assert again == spec
    np.testing.assert_array_equal(composite(again, material).image, sample.image)
    assert replace(sample.annotations[0]) == composite(again, material).annotations[0]


@pytest.mark.parametrize("kind", ["seamless_normal", "seamless_mixed", "seamless_monochrome"])
def test_surroundings_come_along_with_seamless_blends_and_are_not_labelled(material: InMemory, kind: str) -> None:
    bare, held = (
        composite(a_spec(FLAT, (a_tag(material, "91x57", 150, 150, kind, context_px=c),), (300, 300)), material)
        for c in (0.0, 9.0)
    )
    before = composite(a_spec(FLAT, (), (300, 300)), material).image
    mask = bare.annotations[0].mask
    assert mask is not None
    assert held.annotations == bare.annotations
    reach = cv2.dilate(mask.to_full(300, 300).astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    changed = (held.image != before).any(axis=2)
    assert not (changed & ~reach).any()
    assert np.count_nonzero(changed) > np.count_nonzero((bare.image != before).any(axis=2))
