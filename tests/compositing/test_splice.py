"""Spliced files are, byte for byte, those that are encoded as a whole."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from painted_material import InMemory, a_spec, a_tag, drawn_photo, drawn_tag

from synth.compositing.caches import derived_from
from synth.compositing.composite import composed, composite, lies_on_grid
from synth.compositing.splice import EncodedPhoto, encode, spliced, whole_mcus
from synth.scene.spec import CameraEffects, PhotoBackground, ProceduralBackground
from synth.streams import stream


def decoded(file: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)


def test_100_random_splices_equal_whole_encodes() -> None:
    photo, rng = drawn_photo(520, 410), stream(0, 0, "splices")
    for quality in (35, 75, 90, 100):
        encoded = EncodedPhoto.of(whole_mcus(photo), quality)
        for _ in range(25):
            columns, rows = (int(v) for v in rng.integers(1, 14, 2))
            width, height = 16 * columns, 16 * rows
            x, y = 16 * int(rng.integers(32 - columns + 1)), 16 * int(rng.integers(25 - rows + 1))
            picture = photo[y : y + height, x : x + width].copy()
            touched = []
            for _ in range(int(rng.integers(0, 4))):
                x0, x1 = sorted(int(v) for v in rng.integers(-9, width + 9, 2))
                y0, y1 = sorted(int(v) for v in rng.integers(-9, height + 9, 2))
                part = picture[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
                part[:] = rng.integers(0, 256, part.shape).astype(np.uint8)
                touched.append((x0, y0, x1, y1))
            whole = encode(picture, quality, restarts=True)
            file = spliced(
                encoded, x, y, (width, height), touched, lambda r, p=picture: p[r[1] : r[3], r[0] : r[2]], quality
            )
            assert file == whole
            np.testing.assert_array_equal(decoded(whole), decoded(encode(picture, quality)))


@pytest.fixture
def material() -> InMemory:
    made = InMemory()
    made.add_tag("tag", *drawn_tag())
    made.add_photo("photo", drawn_photo(700, 500))
    return made


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_first_and_the_hundredth_file_of_a_spec_are_equal(material: InMemory, mirrored: bool) -> None:
    """The first is encoded as a whole, later ones are spliced."""
    crop = PhotoBackground("photo", 64, 48, mirrored)
    spec = a_spec(crop, (a_tag(material, "tag", 99, 130, "seamless_normal"),), (320, 256))
    files = [composed(spec, material).jpeg for _ in range(8)]
    kept = derived_from(material).encoded_photo(material, crop, 90, 320 * 256)
    assert kept is not None
    assert len(set(files)) == 1
    assert files[0] == encode(composite(spec, material).image, 90, restarts=True)


OFF_GRID = {
    "off the grid": {"background": PhotoBackground("photo", 60, 48)},
    "odd size": {"size": (310, 256)},
    "camera": {"camera": CameraEffects(exposure=1.1)},
    "drawn": {"background": ProceduralBackground("noise", 4, 60.0, 3, ((20, 30, 40), (200, 190, 170)))},
}


@pytest.mark.parametrize("change", OFF_GRID.values(), ids=OFF_GRID.keys())
def test_everything_else_is_encoded_plainly(material: InMemory, change: dict[str, object]) -> None:
    values: dict[str, object] = {"background": PhotoBackground("photo", 64, 48), "size": (320, 256)} | change
    spec = a_spec(layers=(a_tag(material, "tag", 99, 130),), **values)  # type: ignore[arg-type]
    assert not lies_on_grid(spec)
    files = {composed(spec, material).jpeg for _ in range(8)}
    assert files == {encode(composite(spec, material).image, 90)}


def test_the_quality_of_the_spec_counts(material: InMemory) -> None:
    sizes = []
    for quality in (30, 60, 90):
        spec = a_spec(PhotoBackground("photo", 64, 48), (), (320, 256), jpeg_quality=quality)
        sizes.append(len(composed(spec, material).jpeg))
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.6 * sizes[-1]
