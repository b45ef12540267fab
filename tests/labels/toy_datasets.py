"""A small dataset with holes, boxes on all borders, odd sizes, images without objects; and any labelled image."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from hypothesis import strategies as st

from synth.geometry.camera import Intrinsics
from synth.geometry.pose import enlarged, looking, moved, pose_of, turned
from synth.labels.dataset import FORMATS, dataset_counts, finish_dataset, image_path, write_image_labels
from synth.labels.sample import Annotation, Categories, Keypoint, LabelledImage, Mask, Space
from synth.labels.space import camera_extra

KEY_POSE = moved(0.1412, 0.1021, 0.5) @ turned((1.0, 2.0, 3.0), 40.0) @ enlarged(1.25)
CATEGORIES = Categories(("ring", "tag", "key"), ("A", "B", "1", "2"))


def ring_mask(x: int, y: int, width: int, height: int) -> Mask:
    """An ellipse with a hole."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    distance = np.hypot((columns - width / 2) / width, (rows - height / 2) / height) * 2
    return Mask(x, y, (distance <= 1) & (distance > 0.5)).trimmed()


def box_mask(x: int, y: int, width: int, height: int) -> Mask:
    return Mask(x, y, np.ones((height, width), np.bool_))


def of_mask(category: int, mask: Mask, **facts: Any) -> Annotation:
    return Annotation(category, mask.box, mask, **facts)


def toy_images() -> list[LabelledImage]:
    ring = ring_mask(100, 50, 41, 33)
    characters = (
        Annotation(0, (105.0, 55.5, 110.25, 62.0), quad=((105, 55.5), (110, 55.5), (110, 62), (105, 62)), text="A"),
        of_mask(
            1,
            ring_mask(112, 55, 8, 9),
            amodal_box=(111.75, 54.5, 120.25, 64.125),
            quad=((112.5, 55), (120, 55.25), (120, 64), (112, 64)),
            angle_deg=357.5,
            text="B",
            visibility=0.875,
            truncated=False,
            place=(0, 1),
        ),
    )
    return [
        LabelledImage(
            "toy_000000.jpg",
            320,
            240,
            (
                of_mask(0, box_mask(0, 0, 10, 10), truncated=True, identity="XY"),
                of_mask(
                    0,
                    ring,
                    amodal_box=(90.5, 40.0, 150.0, 90.25),
                    circle=(120.5, 66.5, 20.5),
                    quad=((100, 50), (141, 50), (141, 83), (100, 83)),
                    angle_deg=12.5,
                    text="AB12",
                    characters=characters,
                    visibility=0.75,
                    identity="AB12",
                    truncated=False,
                ),
            ),
            "train",
            {"index": 0},
        ),
        LabelledImage(
            "toy_000001.jpg",
            241,
            199,
            (
                of_mask(
                    2,
                    box_mask(200, 150, 41, 49),
                    identity="K",
                    amodal_box=(199.5, 149.25, 262.0, 207.5),
                    visibility=0.625,
                    keypoints=(
                        Keypoint("tip", 210.125, 160.3, True),
                        Keypoint("cut_1", 231.5, 170.1, False),
                        Keypoint("cut_2", 250.75, 180.0, False),
                    ),
                    space=Space(pose_of(KEY_POSE), (-0.01, -0.02, 0.0, 0.05, 0.02, 0.0021)),
                    measures=(("cut_1", 3.0), ("spacing_mm", 3.96)),
                ),
            ),
            "train",
            camera_extra(Intrinsics.of_lens(50.0, 36.0, 241, 199), looking((0.1, -0.4, 0.3), (0.0, 0.0, 0.0)), 0.1),
        ),
        LabelledImage("toy_000002.jpg", 160, 120, (), "train"),
        LabelledImage(
            "toy_000003.jpg",
            333,
            125,
            (
                of_mask(1, ring_mask(3, 5, 30, 30), identity="CD", keypoints=(Keypoint("top", 18.0, 5.5, True),)),
                of_mask(1, box_mask(300, 100, 33, 25), identity="CD", difficult=True),
            ),
            "validation",
        ),
        LabelledImage("toy_000004.jpg", 64, 48, (), "validation"),
    ]


def write_pictures(root: Path, images: list[LabelledImage]) -> None:
    for number, image in enumerate(images):
        pixels = np.full((image.height, image.width, 3), 40 + 9 * number, np.uint8)
        for annotation in image.annotations:
            x0, y0, x1, y1 = (int(v) for v in annotation.box)
            pixels[y0:y1, x0:x1] = 200 - 20 * annotation.category
        path = image_path(root, image.split, image.file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), pixels)


def write_toy(root: Path, formats: tuple[str, ...] = FORMATS) -> list[LabelledImage]:
    """Writes the toy dataset as generation would."""
    images = toy_images()
    write_pictures(root, images)
    for image in images:
        write_image_labels(root, image, CATEGORIES, formats)
    card = {"name": "toy", "formats": list(formats), **dataset_counts(images, CATEGORIES)}
    finish_dataset(root, images, CATEGORIES, card, formats)
    return images


@st.composite
def labelled_images(draw: st.DrawFn, categories: int = 3, split: str = "train") -> LabelledImage:
    """Any labelled image whose objects lie inside it."""
    width, height = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    objects = draw(st.lists(annotations(width, height, categories), max_size=4))
    extra = draw(st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=2))
    return LabelledImage("a.jpg", width, height, tuple(objects), split, extra)


@st.composite
def annotations(draw: st.DrawFn, width: int, height: int, categories: int, depth: int = 1) -> Annotation:
    mask = None
    if draw(st.booleans()):
        x0, x1 = sorted(draw(st.lists(st.integers(0, width), min_size=2, max_size=2, unique=True)))
        y0, y1 = sorted(draw(st.lists(st.integers(0, height), min_size=2, max_size=2, unique=True)))
        bits = draw(st.lists(st.booleans(), min_size=(x1 - x0) * (y1 - y0), max_size=(x1 - x0) * (y1 - y0)))
        pixels = np.array(bits, np.bool_).reshape(y1 - y0, x1 - x0)
        pixels[0, 0] = True
        mask = Mask(x0, y0, pixels)
    inner = annotations(width, height, categories, depth - 1)
    finite = st.floats(-1e6, 1e6)
    point = st.tuples(finite, finite)
    return Annotation(
        category=draw(st.integers(0, categories - 1)),
        box=mask.box if mask else draw(boxes(width, height)),
        mask=mask,
        amodal_box=draw(st.none() | boxes(2 * width, 2 * height)),
        circle=draw(st.none() | st.tuples(finite, finite, finite)),
        quad=draw(st.none() | st.tuples(point, point, point, point)),
        angle_deg=draw(st.none() | st.floats(0, 360, exclude_max=True)),
        text=draw(st.none() | st.text(min_size=1, max_size=6)),
        characters=tuple(draw(st.lists(inner, max_size=2))) if depth else (),
        visibility=draw(st.none() | st.floats(0, 1)),
        identity=draw(st.none() | st.text(min_size=1, max_size=6)),
        truncated=draw(st.none() | st.booleans()),
        difficult=draw(st.booleans()),
        place=draw(st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9))),
        keypoints=draw(keypoints()),
        space=draw(st.none() | spaces()),
        measures=draw(measures()),
    )


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=4)


def keypoints() -> st.SearchStrategy[tuple[Keypoint, ...]]:
    """Points with distinct names, in the picture or not."""
    near = st.floats(-100, 100) | st.sampled_from((0.0, 1.0, 5.5))
    one = st.builds(Keypoint, NAMES, near, near, st.booleans())
    return st.lists(one, max_size=3, unique_by=lambda point: point.name).map(tuple)


def measures() -> st.SearchStrategy[tuple[tuple[str, float], ...]]:
    one = st.tuples(NAMES, st.floats(-1e6, 1e6))
    return st.lists(one, max_size=3, unique_by=lambda pair: pair[0]).map(tuple)


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Any turn, any scale from a tenth to ten."""
    axis = draw(st.tuples(*[st.integers(-9, 9)] * 3).filter(any))
    place = draw(st.tuples(*[st.floats(-100, 100)] * 3))
    size = draw(st.tuples(*[st.floats(0, 10)] * 3))
    pose = moved(*place) @ turned(axis, draw(st.floats(0, 360))) @ enlarged(draw(st.floats(0.1, 10)))
    return Space(pose_of(pose), (-size[0], -size[1], -size[2], *size))


@st.composite
def boxes(draw: st.DrawFn, width: int, height: int) -> tuple[float, float, float, float]:
    """Boxes inside (0, 0, width, height), with awkward fractions."""
    x0 = draw(st.floats(0, width, exclude_max=True))
    y0 = draw(st.floats(0, height, exclude_max=True))
    x1 = draw(st.floats(math.nextafter(x0, math.inf), width))
    y1 = draw(st.floats(math.nextafter(y0, math.inf), height))
    return (x0, y0, x1, y1)
