"""What is drawn on a picture lies where it belongs, and nowhere else."""

import numpy as np
import pytest
from PIL import ImageColor

from synth.inspection.enlargements import MAX_ZOOM, enlarged, zooms_of
from synth.inspection.selection import Picture, choose
from synth.inspection.sheet import (
    Layout,
    colour_of,
    contact_sheet,
    label_of,
    labelled_picture,
)
from synth.labels.sample import Annotation, Categories, LabelledImage, Mask
from synth.streams import stream

CATEGORIES = Categories(("ring", "plate"))
SIZE = 160


def noise(seed=0, size=SIZE):
    return stream(seed, 0, "noise").integers(0, 60, (size, size, 3)).astype(np.uint8)


def drawn_pixels(image, annotations, negatives=()):
    shown = np.asarray(labelled_picture(image, annotations, CATEGORIES, image.shape[1], negatives))
    return shown, (shown != image).any(axis=2)


def test_a_box_is_drawn_round_its_pixels_and_hides_none():
    image = noise()
    shown, changed = drawn_pixels(image, [Annotation(1, (60.0, 70.0, 110.0, 95.0))])
    colour = ImageColor.getrgb(colour_of(1))
    assert not changed[70:95, 60:110].any()
    frame = np.zeros((SIZE, SIZE), bool)
    frame[68:97, 58:112] = True
    frame[70:95, 60:110] = False
    assert (shown[frame] == colour).all()
    dark = np.zeros((SIZE, SIZE), bool)
    dark[67:98, 57:113] = True
    chip = np.zeros((SIZE, SIZE), bool)
    chip[45:68, 57:113] = True
    assert not (changed & ~dark & ~chip).any()
    assert (shown[chip] == colour).all(axis=1).any()


def test_a_label_at_the_upper_edge_goes_below_and_stays_inside():
    image = noise()
    shown, changed = drawn_pixels(image, [Annotation(0, (140.0, 4.0, 158.0, 20.0), text="ABLF", visibility=0.5)])
    colour = ImageColor.getrgb(colour_of(0))
    chip = (shown[24:40] == colour).all(axis=2)
    assert chip.any()
    assert not changed[45:].any()


def test_a_mask_is_outlined_on_its_own_edge():
    mask = np.zeros((SIZE, SIZE), bool)
    mask[80:120, 50:100] = True
    found = Mask.from_full(mask)
    _, changed = drawn_pixels(noise(), [Annotation(0, found.box, mask=found)])
    assert not changed[83:117, 53:97].any()
    assert changed[80, 60:90].all()
    assert changed[85:115, 50].all()


def test_unlabelled_pastes_are_dashed():
    mask = np.zeros((SIZE, SIZE), bool)
    mask[40:80, 40:120] = True
    _, changed = drawn_pixels(noise(), [], [Mask.from_full(mask)])
    assert 0.3 < changed[40, 42:118].mean() < 0.7
    assert not changed[42:78, 42:118].any()


def test_a_picture_is_scaled_with_its_boxes():
    image = np.zeros((100, 200, 3), np.uint8)
    shown = np.asarray(labelled_picture(image, [Annotation(0, (50.0, 40.0, 90.0, 60.0))], CATEGORIES, 100))
    assert shown.shape == (50, 100, 3)
    assert tuple(shown[25, 24]) == ImageColor.getrgb(colour_of(0))
    assert tuple(shown[25, 35]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("known", "label"),
    [
        ({}, "ring"),
        ({"identity": "bird 7"}, "bird 7"),
        ({"text": "ABLF", "identity": "ABLF"}, "ABLF"),
        ({"text": "ABLF", "identity": "bird 7"}, "ABLF (bird 7)"),
        ({"text": "ABLF", "visibility": 0.62}, "ABLF · 62 %"),
        ({"text": "ABLF", "visibility": 1.0}, "ABLF"),
    ],
)
def test_labels_say_what_is_known(known, label):
    assert label_of(Annotation(0, (0.0, 0.0, 1.0, 1.0), **known), CATEGORIES) == label


@pytest.mark.parametrize("box", [(0.0, 0.0, 12.0, 8.0), (300.0, 200.0, 380.0, 300.0), (395.0, 398.0, 400.0, 400.0)])
def test_enlargements_have_the_asked_size_and_hold_the_box(box):
    image = np.zeros((400, 400, 3), np.uint8)
    image[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = 255
    crop, zoom = enlarged(image, box, 200, 90)
    assert crop.size == (200, 90)
    assert zoom <= MAX_ZOOM
    area = (box[2] - box[0]) * (box[3] - box[1]) * zoom**2
    assert np.asarray(crop)[..., 0].sum() / 255 == pytest.approx(area, rel=0.12)


def test_small_tags_are_enlarged_rather_than_large_ones():
    image = np.zeros((400, 400, 3), np.uint8)
    boxes = [(0.0, 0.0, 300.0, 300.0), (10.0, 10.0, 40.0, 20.0), (100.0, 100.0, 150.0, 120.0)]
    zooms = zooms_of(image, [Annotation(0, box) for box in boxes], (), 300, 100)
    assert len(zooms) == 2
    assert all(zoom >= 2 for _, zoom in zooms)
    assert sum(picture.width for picture, _ in zooms) + 8 <= 300


def pictures(count):
    """Every second one is labelled; the label's size, visibility and split follow the index."""
    made = []
    for k in range(count):
        side = 10.0 + k
        annotation = Annotation(0, (5.0, 5.0, 5.0 + side, 5.0 + side), visibility=1.0 - k / (2 * count))
        labels = LabelledImage(
            f"{k:03d}.jpg", SIZE, SIZE, (annotation,) if k % 2 else (), ("train", "test")[k % 3 == 0]
        )
        made.append(Picture(None, labels))
    return made


def test_the_choice_holds_extremes_every_split_and_empty_pictures_once_each():
    found = pictures(90)
    sections = choose(found, 40, seed=1)
    names = [pick.picture.labels.file_name for section in sections for pick in section.picks]
    assert len(names) == len(set(names))
    assert 30 <= len(names) <= 42
    by_title = {section.title: section.picks for section in sections}
    assert len(by_title["At random"]) == 10
    random = {pick.picture.labels.file_name for pick in by_title["At random"]}
    smallest = [f"{k:03d}.jpg" for k in range(1, 90, 2) if f"{k:03d}.jpg" not in random][:5]
    assert [pick.picture.labels.file_name for pick in by_title["Smallest"]] == smallest
    assert {pick.picture.labels.split for pick in by_title["Every split"]} == {"train", "test"}
    assert not any(pick.picture.labels.annotations for pick in by_title["Without a tag"])
    assert sections == choose(found, 40, seed=1)
    assert sections != choose(found, 40, seed=2)


def test_a_few_pictures_are_shown_once():
    sections = choose(pictures(3), 40, seed=0)
    assert sum(len(section.picks) for section in sections) == 3


def test_the_sheet_is_an_even_grid_of_all_pictures():
    layout = Layout(columns=3, cell=200, strip=60)
    sections = choose(pictures(12), 12, seed=0)
    white = np.full((SIZE, SIZE, 3), 255, np.uint8)
    sheet = np.asarray(contact_sheet("Title", "below", sections, CATEGORIES, lambda _: white, layout=layout))
    assert sheet.shape[1] == layout.width
    columns = np.flatnonzero((sheet == 255).all(axis=2).sum(axis=0) > sheet.shape[0] / 5)
    left = [layout.margin + k * (layout.cell + layout.gap) for k in range(3)]
    assert set(columns) <= {x for start in left for x in range(start, start + layout.cell)}
    assert columns.min() >= layout.margin
    for margin in (sheet[:, : layout.margin - 1], sheet[layout.margin + 96 :, -layout.margin :]):
        assert (margin == margin[0, 0]).all()


def test_a_lone_tag_is_enlarged_with_and_without_its_characters():
    image = np.full((200, 200, 3), 90, np.uint8)
    quad = ((90.0, 90.0), (100.0, 92.0), (98.0, 110.0), (88.0, 108.0))
    character = Annotation(0, (88.0, 90.0, 100.0, 110.0), quad=quad, text="A")
    tag = Annotation(0, (60.0, 80.0, 140.0, 120.0), characters=(character,))
    (plain, zoom), (drawn, _) = zooms_of(image, [tag], (), 300, 100)
    assert len(np.unique(np.asarray(plain))) == 1
    changed = np.argwhere((np.asarray(plain) != np.asarray(drawn)).any(axis=2))
    low, high = changed.min(axis=0), changed.max(axis=0) + 1
    assert (high - low)[1] <= 12 * zoom + 16
    outside = np.array([drawn.height, drawn.width]) / 2 + (np.array([110.0, 94.0]) - 100) * zoom
    np.testing.assert_allclose(high[0], outside[0], atol=2)
    assert changed.shape[0] < 0.3 * drawn.width * drawn.height


def test_tags_among_others_are_enlarged_once():
    image = np.full((300, 300, 3), 90, np.uint8)
    character = Annotation(0, (12.0, 12.0, 20.0, 24.0), text="A")
    tags = [
        Annotation(0, (10.0, 10.0, 50.0, 30.0), characters=(character,)),
        Annotation(0, (200.0, 200.0, 250.0, 220.0)),
    ]
    (drawn, _), (plain, _) = zooms_of(image, tags, (), 300, 100)
    assert len(np.unique(np.asarray(drawn))) > 1
    assert len(np.unique(np.asarray(plain))) == 1
