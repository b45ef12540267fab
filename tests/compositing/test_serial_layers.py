"""Drawn tags on a canvas: their characters' labels against pixels, and what shows through them."""

from __future__ import annotations

import itertools

import cv2
import msgspec
import numpy as np
import pytest
from painted_material import InMemory, a_spec, drawn_photo

from synth.banks.faces_of_tags import measure_face
from synth.compositing.composite import composite
from synth.compositing.warp import matrix_of
from synth.errors import RejectedScene
from synth.geometry.homography import perspective, rotation_deg, scaling, translation
from synth.labels.sample import CHARACTERS_38, Annotation
from synth.scene.placement import as_matrix9
from synth.scene.spec import Blend, BlobLayer, PhotoBackground, SerialLayer
from synth.serials.drawing import draw_serial
from synth.serials.faces import open_face
from synth.serials.tag import (
    ArcPath,
    BandBody,
    BareBody,
    Body,
    CutoutBody,
    DiscBody,
    Hole,
    Inscription,
    LabelBody,
    Light,
    LinePath,
    Marking,
    Material,
    PlateBody,
    SerialTag,
)

SIDE = 300
TEXT = "AB1/C-2"
INK = (0, 0, 0)
HARD = Blend("hard", 0.0)
replace = msgspec.structs.replace


def text(path: LinePath | ArcPath, written: str = TEXT, cap: float = 8.0, copy: int | None = 0) -> Inscription:
    return Inscription(written, "liberation-sans-bold", cap, path, INK, copy=copy)


BODIES: dict[str, tuple[Body, tuple[Inscription, ...]]] = {
    "plate": (PlateBody(50.0, 20.0, 2.0), (text(LinePath()),)),
    "label": (LabelBody(50.0, 20.0, 1.0, 30.0, 15.0), (text(LinePath(v_mm=1.0)),)),
    "disc": (
        DiscBody(44.0),
        (replace(text(ArcPath(17.0, middle_deg=30.0), cap=6.0), tracking=0.15), text(LinePath(), "250", 5.0, None)),
    ),
    "band": (
        BandBody(36.0, 24.0, 1.5, 15.0, worn=False),
        tuple(text(LinePath(u_mm=u, turn_deg=90.0), "A7-X", 7.0, copy) for copy, u in enumerate((-26.0, -4.0, 18.0))),
    ),
    "bare": (BareBody(), (text(LinePath(turn_deg=10.0)),)),
}


@pytest.fixture(scope="module")
def material() -> InMemory:
    made = InMemory(characters=CHARACTERS_38)
    made.add_photo("flat", np.full((SIDE, SIDE, 3), (225, 230, 220), np.uint8))
    made.add_photo("black", np.zeros((SIDE, SIDE, 3), np.uint8))
    made.add_photo("white", np.full((SIDE, SIDE, 3), 255, np.uint8))
    made.add_photo("drawn", drawn_photo(SIDE, SIDE))
    made.add_tag("paper", *_written_paper(), text="OLD", identity="OLD")
    face, why = measure_face(*(np.array(a) for a in (made.tag("paper").rgb, made.tag("paper").alpha)))
    assert face is not None, why
    made.tags["paper"] = type(made.tag("paper"))(
        replace(made.tag("paper").record, face=face), made.tag("paper").rgb, made.tag("paper").alpha
    )
    return made


def _written_paper() -> tuple[np.ndarray, np.ndarray]:
    """A light plate with seven dark bars, cut out with some ground."""
    rgb = np.full((104, 260, 3), 90, np.uint8)
    rgb[30:74, 30:230] = (215, 208, 200)
    for x in range(60, 200, 20):
        rgb[38:66, x : x + 5] = (40, 30, 36)
    alpha = np.zeros(rgb.shape[:2], np.uint8)
    alpha[30:74, 30:230] = 255
    return cv2.GaussianBlur(rgb, (0, 0), 0.8), alpha


def seen(x: float = 150.0, y: float = 150.0, turn: float = 12.0, scale: float = 4.0) -> np.ndarray:
    return translation(x, y) @ rotation_deg(turn) @ perspective(8e-4, 3e-4) @ scaling(scale, scale)


def tag_of(kind: str, *, opacity: float = 1.0, marking: str = "printed") -> SerialTag:
    body, inscriptions = BODIES[kind]
    serial = "".join(i.text for i in inscriptions if i.copy == 0)
    plain = Material("silicone" if opacity < 1 else "plastic", (235, 232, 226), gloss=0.0, texture=0.0, opacity=opacity)
    return SerialTag(serial, body, inscriptions, plain, Marking(marking), Light(slope=0.1))


def layer_of(tag: SerialTag, matrix: np.ndarray | None = None, **known: object) -> SerialLayer:
    matrix = seen() if matrix is None else matrix
    return SerialLayer("design", "ring", tag, as_matrix9(matrix), HARD, **known)  # type: ignore[arg-type]


def painted(material: InMemory, *layers: object, photo: str = "flat") -> tuple[np.ndarray, tuple[Annotation, ...]]:
    sample = composite(a_spec(PhotoBackground(photo, 0, 0), tuple(layers), (SIDE, SIDE)), material)  # type: ignore[arg-type]
    return sample.image.astype(np.int64), sample.annotations


def full(annotation: Annotation) -> np.ndarray:
    assert annotation.mask is not None
    return annotation.mask.to_full(SIDE, SIDE)


def ink_share(with_text: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Share of each pixel that black ink covers."""
    return 1.0 - with_text.sum(axis=2) / np.maximum(without.sum(axis=2), 1)


@pytest.mark.parametrize("kind", BODIES)
def test_masks_of_characters_are_the_pixels_that_ink_covers_by_half(material: InMemory, kind: str) -> None:
    tag = tag_of(kind)
    image, (annotation,) = painted(material, layer_of(tag))
    blank, _ = painted(material, layer_of(replace(tag, inscriptions=()), labelled=False))
    share = ink_share(image, blank)
    masks = [full(character) for character in annotation.characters]
    union = np.logical_or.reduce(masks)
    assert union.sum() > 300
    assert share[union].min() > 0.40
    assert share[~union].max() < 0.60
    assert not any((a & b).any() for a, b in itertools.combinations(masks, 2))
    for number, character in enumerate(annotation.characters):
        rows, columns = np.flatnonzero(masks[number].any(axis=1)), np.flatnonzero(masks[number].any(axis=0))
        assert character.box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert character.visibility is not None
        reach = np.array(character.amodal_box) - character.box
        assert reach[:2].max() < 1
        assert reach[2:].min() > -1
        if kind != "band":  # near a limb the tips of letters are too thin to fill half a pixel
            assert np.abs(reach).max() < 1.5
        assert 0 < character.visibility <= 1
        assert not character.truncated
        assert full(annotation)[masks[number]].mean() > 0.99


def test_a_real_tag_gets_the_new_text_and_keeps_its_paper(material: InMemory) -> None:
    face = material.tag("paper").record.face
    assert face is not None
    body = CutoutBody("paper", face.frame, face.width_mm, face.height_mm)
    run = Inscription("C9/X", "liberation-sans-bold", face.cap_height_mm, LinePath(), INK)
    tag = SerialTag("C9/X", body, (run,), Material("plastic", face.paper), Marking("printed", softness_mm=0.3))
    frame = matrix_of(face.frame)
    matrix = translation(150, 150) @ rotation_deg(20) @ scaling(1.2, 1.2) @ translation(-130, -52) @ frame
    image, (annotation,) = painted(material, layer_of(tag, matrix))
    blank, _ = painted(material, layer_of(replace(tag, inscriptions=()), matrix, labelled=False))
    share, union = ink_share(image, blank), np.logical_or.reduce([full(c) for c in annotation.characters])
    assert "".join(c.text or "" for c in annotation.characters) == annotation.text == annotation.identity == "C9/X"
    assert share[union].mean() > 0.7
    assert np.mean((share > 0.5) == union) > 0.995
    assert blank[full(annotation)].min() > 120, "the old writing is gone"
    assert annotation.angle_deg == pytest.approx(20, abs=1.5)


def blob(x0: float, y0: float, x1: float, y1: float) -> BlobLayer:
    return BlobLayer(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), (10, 200, 10), (1.0, 1.0), 0.0, HARD)


@pytest.mark.parametrize("kind", BODIES)
def test_what_lies_over_a_tag_takes_exactly_its_pixels_from_the_characters(material: InMemory, kind: str) -> None:
    layer = layer_of(tag_of(kind))
    _, (whole,) = painted(material, layer)
    covered = np.zeros((SIDE, SIDE), np.bool_)
    covered[100:250, 120:157] = True
    _, (rest,) = painted(material, layer, blob(120, 100, 157, 250))
    np.testing.assert_array_equal(full(rest), full(whole) & ~covered)
    expected = [(c, full(c) & ~covered) for c in whole.characters]
    left = [(c, mask) for c, mask in expected if mask.any()]
    assert [c.place for c in rest.characters] == [c.place for c, _ in left]
    changed = 0
    for after, (before, mask) in zip(rest.characters, left, strict=True):
        np.testing.assert_array_equal(full(after), mask)
        assert after.visibility == pytest.approx(before.visibility * mask.sum() / full(before).sum())
        assert (after.quad, after.angle_deg, after.amodal_box) == (before.quad, before.angle_deg, before.amodal_box)
        changed += not np.array_equal(mask, full(before))
    assert changed


@pytest.mark.parametrize("kind", BODIES)
def test_the_canvas_cuts_characters_as_it_cuts_pixels(material: InMemory, kind: str) -> None:
    tag = tag_of(kind)
    _, (whole,) = painted(material, layer_of(tag))
    for shift_x, shift_y in ((-140, 0), (130, 20), (0, -150), (10, 145)):
        _, (cut,) = painted(material, layer_of(tag, translation(shift_x, shift_y) @ seen()))
        places = {c.place: c for c in whole.characters}
        for character in cut.characters:
            if character.place is None:
                continue
            before = places[character.place]
            old, new = full(before), np.zeros((SIDE, SIDE), np.bool_)
            rows, columns = np.nonzero(old)
            rows, columns = rows + shift_y, columns + shift_x
            inside = (rows >= 0) & (rows < SIDE) & (columns >= 0) & (columns < SIDE)
            new[rows[inside], columns[inside]] = True
            np.testing.assert_array_equal(full(character), new)
            x0, y0, x1, y1 = before.amodal_box
            leaves = x0 + shift_x < 0 or y0 + shift_y < 0 or x1 + shift_x > SIDE or y1 + shift_y > SIDE
            assert character.truncated == leaves
            assert character.visibility == pytest.approx(before.visibility * inside.mean())
        assert cut.truncated


@pytest.mark.parametrize("kind", BODIES)
def test_characters_stand_in_reading_order_and_spell_the_serial(material: InMemory, kind: str) -> None:
    _, (annotation,) = painted(material, layer_of(tag_of(kind)))
    places = [c.place for c in annotation.characters if c.place is not None]
    assert places == sorted(places)
    for copy in {copy for copy, _ in places}:
        run = [c for c in annotation.characters if c.place is not None and c.place[0] == copy]
        assert annotation.text is not None
        for character in run:
            assert character.place is not None
            assert character.text == annotation.text[character.place[1]]
            assert character.category == CHARACTERS_38.index(character.text)
    if kind != "band":
        assert "".join(c.text or "" for c in annotation.characters if c.place) == annotation.text
    words = [c.text for c in annotation.characters if c.place is None]
    assert words == (["2", "5", "0"] if kind == "disc" else [])


def test_the_background_shines_through_a_translucent_disc(material: InMemory) -> None:
    layer = layer_of(tag_of("disc", opacity=0.6, marking="embossed"))
    images = {name: painted(material, layer, photo=name)[0] for name in ("black", "white", "drawn")}
    ground = np.asarray(material.photo("drawn"), np.int64)
    through = (images["white"] - images["black"]) / 255
    expected = images["black"] + through * ground
    assert np.abs(images["drawn"] - expected).max() <= 2
    _, (annotation,) = painted(material, layer)
    inside = cv2.erode(full(annotation).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert 0.2 < np.median(through[inside]) < 0.45
    assert through[inside].max() <= 0.4 + 2 / 255
    assert annotation.circle is None or annotation.circle[2] > 50


def test_writing_without_a_body_changes_the_pixels_of_its_ink_alone(material: InMemory) -> None:
    layer = layer_of(tag_of("bare"))
    drawn = draw_serial(layer.serial, matrix_of(layer.matrix), SIDE, SIDE, 0, open_face)
    assert drawn is not None
    coverage = np.zeros((SIDE, SIDE), np.uint8)
    height, width = drawn.coverage.shape
    coverage[drawn.y : drawn.y + height, drawn.x : drawn.x + width] = drawn.coverage
    for blend in (HARD, Blend("gaussian", 1.0), Blend("feather", 2.0), Blend("seamless_mixed", 0.0)):
        image, (annotation,) = painted(material, replace(layer, blend=blend), photo="drawn")
        changed = (image != material.photo("drawn")).any(axis=2)
        assert not changed[coverage == 0].any()
        assert changed[coverage >= 250].mean() > 0.95
        np.testing.assert_array_equal(full(annotation), coverage >= 128)


def test_a_blank_tag_has_neither_ink_nor_label(material: InMemory) -> None:
    for kind in BODIES:
        blank = replace(tag_of(kind), text="", inscriptions=())
        image, annotations = painted(material, layer_of(blank, labelled=False))
        assert annotations == ()
        if kind == "bare":
            np.testing.assert_array_equal(image, material.photo("flat"))
        elif kind != "band":
            assert image.min() > 150


def test_a_hole_has_no_ink_and_no_character(material: InMemory) -> None:
    """Where a hole goes through a letter, the background shows and the letter's mask has a hole too."""
    tag = tag_of("plate")
    holed = replace(tag, body=replace(BODIES["plate"][0], holes=(Hole(0.5, 0.0, 5.0),)))
    image, (annotation,) = painted(material, layer_of(holed))
    ground = (image == (225, 230, 220)).all(axis=2)
    union = np.logical_or.reduce([full(c) for c in annotation.characters])
    assert not (ground & union).any()
    assert not (union & ~full(annotation)).any()


@pytest.mark.parametrize("labelled", [True, False])
def test_a_tag_beside_the_canvas(material: InMemory, labelled: bool) -> None:
    layer = layer_of(tag_of("plate"), translation(900, 0) @ seen(), labelled=labelled)
    if labelled:
        with pytest.raises(RejectedScene, match="tag hidden"):
            painted(material, layer)
    else:
        np.testing.assert_array_equal(painted(material, layer)[0], material.photo("flat"))


def test_covered_tags_are_refused(material: InMemory) -> None:
    with pytest.raises(RejectedScene, match="tag hidden"):
        painted(material, layer_of(tag_of("plate")), blob(0, 0, SIDE, SIDE))
