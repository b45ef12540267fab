"""Pasted tags are told from real ones by what pasting leaves behind, and by nothing else."""

import cv2
import msgspec
import numpy as np
import pytest

from synth.banks.records import TagRecord
from synth.inspection.against_real import MIN_TAGS, against_real
from synth.inspection.counterparts import (
    BLOCK_PX,
    RealTag,
    counterpart,
    groups_of,
    photos_by_digest,
    real_tags,
)
from synth.inspection.pastes import DrawnImage
from synth.labels.sample import Annotation, LabelledImage, Mask
from synth.scene.spec import Blend, CameraEffects, GlyphLimits, ImageSpec, PhotoBackground, TagLayer
from synth.streams import stream

SIZE, TAG, QUALITY = 160, (24, 60), 92
TAGS = 40


def encoded(picture):
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def scene(rng, size=SIZE):
    """Rough ground with grain and, on it, a lighter tag with grain: as a camera would see it."""
    fy, fx = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size), indexing="ij")
    rough = np.fft.ifft2(np.fft.fft2(rng.normal(size=(size, size))) / (np.hypot(fx, fy) + 1 / size) ** 1.3).real
    ground = 100 + 20 * rough / rough.std()
    x, y = (int(v) for v in rng.integers(30, size - 100, 2))
    mask = np.zeros((size, size))
    mask[y : y + TAG[0], x : x + TAG[1]] = 1
    soft = cv2.GaussianBlur(mask, (0, 0), 0.8)
    seen = ground * (1 - soft) + (ground * 0.3 + 150) * soft
    pixels = np.repeat(seen[..., None], 3, axis=2) + rng.normal(0, 3, (size, size, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8), Mask(x, y, np.ones(TAG, np.bool_)), ground


def record(number, **known):
    values = {
        "id": f"b/t-{number}",
        "file": "",
        "mask_file": "",
        "category": "tag",
        "text": None,
        "identity": f"i{number}",
        "photo": f"{number}.png",
        "photo_sha256": f"sha{number}",
        "box": (0.0, 0.0, 1.0, 1.0),
        "origin": (0, 0),
        "size": (1, 1),
        "mask_box": (0.0, 0.0, 1.0, 1.0),
        "mask_from": "fitted",
        "quad": None,
        "angle_deg": None,
        "infrared": False,
        "brightness": 0.0,
        "tag_brightness": 0.0,
        "contrast": 0.0,
        "sharpness_px": 0.0,
        "noise": 0.0,
        "height_in_photo": 0.0,
        "usable": True,
        "reasons": (),
    }
    return TagRecord(**(values | known))


def spec_of(index, tag, mask, blend="feather", size=SIZE):
    matrix = (1.0, 0.0, float(mask.x), 0.0, 1.0, float(mask.y), 0.0, 0.0, 1.0)
    return ImageSpec(
        index=index,
        attempt=0,
        seed=0,
        split="train",
        file_name=f"p_{index:06d}.jpg",
        width_px=size,
        height_px=size,
        background=PhotoBackground("photo", 0, 0),
        kept_annotations=False,
        layers=(TagLayer(tag, matrix, Blend(blend)),),
        min_visibility=0.0,
        glyph_limits=GlyphLimits(),
        camera=CameraEffects(),
        jpeg_quality=QUALITY,
    )


def alpha(_tag):
    return np.full(TAG, 255, np.uint8)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """(photos by path, what the bank's records say about them)."""
    folder = tmp_path_factory.mktemp("photos")
    photos, records, paths = {}, [], {}
    for k in range(TAGS):
        picture, mask, _ = scene(stream(1, k, "real"))
        path = folder / f"{k}.png"
        photos[path], paths[f"sha{k}"] = picture, path
        records.append(record(k, origin=(mask.x, mask.y)))
    return photos, real_tags(records, alpha, paths, lambda picture, _spec: encoded(picture))


def measure(bank, drawn, count=80, blend="feather"):
    """Tells pictures that `drawn(rng)` makes, as if the tag had been pasted, from the bank's."""
    photos, tags = bank
    pixels, images = {}, []
    for k in range(count):
        picture, mask = drawn(stream(2, k, "drawn"))
        spec = spec_of(k, f"b/t-{k % TAGS}", mask, blend)
        pixels[spec.file_name] = encoded(picture)
        images.append(DrawnImage(None, LabelledImage(spec.file_name, SIZE, SIZE, (Annotation(0, mask.box),)), spec))
    return against_real(images, lambda i: pixels[i.spec.file_name], alpha, tags, photos.__getitem__, seed=0)


def test_tags_as_a_camera_sees_them_are_not_told_from_real_ones(bank):
    found = measure(bank, lambda rng: scene(rng)[:2])
    separation = found.headline.separation
    assert separation.low <= 0.5 <= separation.high
    assert found.control.low <= 0.5 <= found.control.high
    assert (found.real_tags, found.compared_tags, found.shrunk) == (TAGS, TAGS, 0)
    assert found.headline.pastes == 80


def smooth_tag(rng):
    picture, mask, _ = scene(rng)
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.5)
    return np.where(mask.to_full(SIZE, SIZE)[..., None], smooth, picture), mask


def old_rim(rng):
    """The mask is three px too large: a dark rim of the old ground comes along."""
    picture, mask, _ = scene(rng)
    full = mask.to_full(SIZE, SIZE).astype(np.uint8)
    rim = cv2.dilate(full, np.ones((7, 7), np.uint8)) - full
    return np.where(rim[..., None] > 0, np.uint8(40), picture), mask


def dull(rng):
    picture, mask, _ = scene(rng)
    inside = mask.to_full(SIZE, SIZE)
    return np.where(inside[..., None], (picture * 0.75).astype(np.uint8), picture), mask


@pytest.mark.parametrize(
    ("drawn", "names"),
    [
        (smooth_tag, ("pixel grain inside against outside", "noise floor inside against outside")),
        (old_rim, ("bend across against along the outline", "fine texture on the seam", "medium texture on the seam")),
        (dull, ("brightness of the rim against outside",)),
    ],
)
def test_what_gives_a_paste_away_is_named(bank, drawn, names):
    found = measure(bank, drawn)
    assert found.headline.separation.low > 0.9
    alone = dict(found.headline.separation.by_feature)
    assert max(abs(alone[name] - 0.5) for name in names) > 0.45
    assert [row.blend for row in found.rows] == ["all", "feather"]


def test_measuring_twice_is_the_same(bank):
    assert measure(bank, smooth_tag, count=20) == measure(bank, smooth_tag, count=20)


def test_too_few_real_tags_are_no_measurement(bank):
    photos, tags = bank
    few = type(tags)(tags.groups, tags.tags[: MIN_TAGS - 1], tags.photograph_as)
    found = measure((photos, few), lambda rng: scene(rng)[:2], count=12)
    assert (found.rows, found.control, found.headline, found.real_tags) == ((), None, None, MIN_TAGS - 1)


def test_a_counterpart_of_the_same_size_has_the_pixels_of_its_photo():
    photo = stream(3, 0, "photo").integers(0, 256, (400, 500, 3)).astype(np.uint8)
    tag = RealTag("t", "g", None, Mask(300, 210, np.ones(TAG, np.bool_)))
    crop, mask = counterpart(tag, photo, 1.0, spec_of(0, "t", tag.mask))
    assert all(SIZE <= side < SIZE + BLOCK_PX for side in crop.shape[:2])
    x, y = 300 - int(mask.box[0]), 210 - int(mask.box[1])
    assert x % BLOCK_PX == y % BLOCK_PX == 0
    np.testing.assert_array_equal(crop, photo[y : y + crop.shape[0], x : x + crop.shape[1]])
    assert mask.trimmed().pixels.shape == TAG


@pytest.mark.parametrize("corner", [(0, 0), (440, 376)])
def test_a_counterpart_at_the_border_and_in_a_small_photo_is_whole(corner):
    photo = np.zeros((400, 500, 3), np.uint8)
    tag = RealTag("t", "g", None, Mask(*corner, np.ones(TAG, np.bool_)))
    for size in (SIZE, 1000):
        crop, mask = counterpart(tag, photo, 1.0, spec_of(0, "t", tag.mask, size=size))
        assert mask.area == TAG[0] * TAG[1]
        assert max(crop.shape[:2]) < min(size + BLOCK_PX, 501)


def test_a_larger_tag_is_made_smaller_with_its_photo():
    photo = np.zeros((400, 500, 3), np.uint8)
    tag = RealTag("t", "g", None, Mask(200, 150, np.ones((48, 120), np.bool_)))
    photo[150:198, 200:320] = 200
    crop, mask = counterpart(tag, photo, 0.5, spec_of(0, "t", tag.mask))
    assert mask.trimmed().pixels.shape == TAG
    np.testing.assert_array_equal(crop[..., 0] > 100, mask.to_full(crop.shape[1], crop.shape[0]))


def test_sizes_are_matched_with_natural_pixels_first(bank):
    photos, tags = bank
    larger_tags = [RealTag(t.id + "x", t.group, t.photo, Mask(38, 40, np.ones((34, 84), np.bool_))) for t in tags.tags]
    larger = type(tags)(tags.groups, tuple(larger_tags), tags.photograph_as)
    assert measure((photos, larger), lambda rng: scene(rng)[:2], count=12).shrunk == 12
    mixed = type(tags)(tags.groups, (*larger_tags, *tags.tags), tags.photograph_as)
    assert measure((photos, mixed), lambda rng: scene(rng)[:2], count=12).shrunk == 0
    small = [RealTag(t.id, t.group, t.photo, Mask(0, 0, np.ones((12, 30), np.bool_))) for t in tags.tags]
    assert measure((photos, type(tags)(tags.groups, tuple(small), tags.photograph_as)), smooth_tag, 12).rows == ()


def test_groups_join_what_shares_an_identity_or_a_photo():
    shared = [
        record(0, identity="a"),
        record(1, identity="b", photo_sha256="sha0"),
        record(2, identity="b"),
        record(3, identity=None),
        record(4, identity=None, photo_sha256=""),
        record(5, identity=None, photo_sha256=""),
    ]
    groups = groups_of(shared)
    assert len({groups[f"b/t-{k}"] for k in (0, 1, 2)}) == 1
    assert len(set(groups.values())) == 4
    assert len(set(groups_of([msgspec.structs.replace(r, identity="same") for r in shared]).values())) == 1


def test_photos_are_known_by_their_bytes(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"one")
    (tmp_path / "b.jpg").write_bytes(b"two")
    found = photos_by_digest({"gone": tmp_path / "gone.jpg"}, sorted(tmp_path.iterdir()), {"a.jpg"})
    assert list(found.values()) == [tmp_path / "a.jpg"]
    assert len(next(iter(found))) == 64
