"""Serials as they are dealt to scenes, and tags as they are drawn from designs."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from scene_material import catalogue, photo_record, recipe, tag_record

from synth.assets import recipe_path
from synth.banks.records import PhotoAnnotation
from synth.banks.tag_face import TagFace, TextLine
from synth.errors import AssetError, ConfigError, RejectedScene
from synth.generation.material import fonts_of
from synth.geometry.homography import scaling, translation
from synth.labels.sample import CHARACTERS_38
from synth.scene.designs import Design
from synth.scene.recipe import Recipe
from synth.scene.recipe_files import load_recipe
from synth.scene.sampling import SceneSampler
from synth.scene.serial_draws import DesignSampler, dealers_of
from synth.scene.spec import ImageSpec, SerialLayer, TagLayer
from synth.serials.drawing import draw_serial
from synth.serials.faces import open_face
from synth.serials.layout import extent_mm
from synth.serials.tag import Light, Marking, Material, PlateBody, SerialTag, Wear
from synth.serials.type_case import TypeCase
from synth.streams import stream

FONTS = Path(__file__).resolve().parents[2] / "fonts"
CODE = "[ABC][0-9]{3}"
PLATE = {"kind": "plate"}


def serials(*designs: dict[str, object], **changes: object) -> Recipe:
    given = [{"name": f"design-{k}", "text": CODE, "body": PLATE, **design} for k, design in enumerate(designs)]
    placement = {"count_weights": {1: 1, 2: 1}, "truncation": {"share": 0}}
    return recipe(**{"serials": given, "tags": [], "placement": placement, **changes})


def draw(made: SceneSampler, count: int) -> list[ImageSpec]:
    specs = []
    for index in range(count):
        for attempt in range(50):
            try:
                specs.append(made.sample(index, attempt))
                break
            except RejectedScene:
                continue
    assert len(specs) == count
    return specs


def labelled(spec: ImageSpec) -> list[SerialLayer]:
    return [layer for layer in spec.layers if isinstance(layer, SerialLayer) and layer.labelled]


def test_no_serial_comes_twice_and_each_is_legal_and_stays_in_its_split() -> None:
    both = serials({"weight": 3}, {"body": {"kind": "disc"}, "weight": 1}, count=600)
    splits = defaultdict(set)
    seen: Counter[str] = Counter()
    designs: Counter[str] = Counter()
    for spec in draw(SceneSampler(both, catalogue(tags=[])), 600):
        for layer in labelled(spec):
            assert re.fullmatch(CODE, layer.serial.text)
            seen[layer.serial.text] += 1
            splits[spec.split].add(layer.serial.text)
            designs[layer.design] += 1
    assert max(seen.values()) == 1
    assert sum(map(len, splits.values())) == len(seen) > 700
    assert abs(designs["design-0"] / len(seen) - 0.75) < 0.06


def test_what_a_real_tag_says_is_never_dealt() -> None:
    texts = [f"A{n:03d}" for n in range(0, 1000, 2)]
    tags = [msgspec.structs.replace(tag_record(n), text=text, identity=text) for n, text in enumerate(texts)]
    hand = PhotoAnnotation("tag", (0.0, 0.0, 9.0, 9.0), text="B001", identity="B001")
    photos = [photo_record(n, annotations=(hand,) if n == 0 else ()) for n in range(9)]
    listed = [*texts, *(f"B{n:03d}" for n in range(1000))]
    changed = serials({"text": {"serials": listed}, "weight": 9}, tags=["bank"], count=300)
    drawn = set()
    kinds: Counter[type] = Counter()
    for spec in draw(SceneSampler(changed, catalogue(tags, photos)), 300):
        drawn |= {layer.serial.text for layer in labelled(spec)}
        kinds.update(type(layer) for layer in spec.layers)
    assert kinds[TagLayer] > 10
    assert len(drawn) > 300
    assert not drawn & {*texts, "B001"}
    assert drawn <= set(listed)


def test_serials_do_not_depend_on_the_number_of_images() -> None:
    few, many = serials({}, count=40), serials({}, count=80)
    forwards, backwards = SceneSampler(few, catalogue(tags=[])), SceneSampler(many, catalogue(tags=[]))
    again = [spec.to_json() for spec in draw(backwards, 80)]
    assert [spec.to_json() for spec in draw(forwards, 40)] == again[:40]


@pytest.mark.parametrize("splits", [{"train": 1}, {"train": 0.6, "validation": 0.3, "test": 0.1}, {"b": 1, "a": 7}])
def test_the_number_of_a_scene_in_its_split_is_counted(splits: dict[str, float]) -> None:
    names = tuple(splits)
    sampler = SceneSampler(serials({}, splits=splits), catalogue(tags=[], splits=names))
    before: Counter[str] = Counter()
    found = {}
    for scene in range(2500):
        split = sampler.split_of(scene)
        found[scene] = before[split]
        before[split] += 1
    asked = stream(0, 0, "scenes").permutation(2500).tolist()
    assert {scene: sampler._order.ordinal(scene) for scene in asked} == found
    assert sampler._order.most(2500) == {name: before[name] for name in sampler.deck.splits.items}


def test_the_bound_for_many_images_is_no_less_than_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = SceneSampler(serials({}), catalogue(tags=[]))
    exact = [sampler._order.most(n) for n in range(1000, 200_000, 7919)]
    monkeypatch.setattr("synth.scene.split_order.COUNTED", 700)
    for counts, n in zip(exact, range(1000, 200_000, 7919), strict=True):
        bound = sampler._order.most(n)
        assert all(0 <= bound[name] - counts[name] <= 40 for name in counts)
    assert sum(sampler._order.most(10**12).values()) >= 10**12


@pytest.mark.parametrize(
    ("designs", "changes", "says"),
    [
        ([{"text": "[AB][0-9]"}], {"count": 100}, r"design 'design-0': \d+ images of split .* allow more"),
        ([{"text": "A[0-9]{3}"}, {"text": "[AB][0-9]{3}"}], {"count": 9}, r"both allow 'A\d{3}'.* two splits"),
        ([{"text": "A|B"}], {"count": 1}, "2 serials are legal and not taken, fewer than the 3 splits"),
        ([{"text": "[0-9]{120}"}], {"count": 3}, r"'\d{120}' is too long for its plate: .* mm of room; make"),
        ([{"body": {"kind": "cutout"}}], {"count": 3, "tags": ["bank"]}, "no cut-out whose writing can be replaced"),
    ],
)  # fmt: skip
def test_what_cannot_be_dealt_or_set_is_refused_in_one_line(designs, changes, says) -> None:
    tags = None if changes.get("tags") else []
    with pytest.raises(ConfigError, match=says) as refused:
        draw(SceneSampler(serials(*designs, **changes), catalogue(tags=tags)), 3)
    assert "\n" not in str(refused.value)


def test_a_serial_that_may_come_again_begins_again() -> None:
    few = serials({"text": {"pattern": "[AB][0-9]", "unique": False}}, count=200)
    splits = defaultdict(Counter)
    for spec in draw(SceneSampler(few, catalogue(tags=[])), 200):
        splits[spec.split].update(layer.serial.text for layer in labelled(spec))
    texts = [text for counts in splits.values() for text in counts]
    assert len(texts) == len(set(texts)) == 20
    assert sum(map(Counter.total, splits.values())) > 200


def test_blank_negatives_of_a_design_have_neither_text_nor_label() -> None:
    blank = serials({}, negatives={"count_weights": {3: 1}, "kinds": {"blank": 1}}, count=30)
    found = 0
    for spec in draw(SceneSampler(blank, catalogue(tags=[])), 30):
        for layer in spec.layers:
            if isinstance(layer, SerialLayer) and not layer.labelled:
                found += 1
                assert (layer.serial.text, layer.serial.inscriptions) == ("", ())
    assert found > 40


def sampler_of(design: dict[str, object]) -> DesignSampler:
    made = Design.model_validate({"name": "d", "text": CODE, **design})
    return DesignSampler(made, dealers_of((made,), {"train": 1.0}, 0, ())[0], TypeCase(()))


SIZE, LENGTH = (0.1, 4096), (0, 4096)


def ends(low: float, high: float, end: int) -> list[float]:
    return [(low, high)[end]] * 2


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
@pytest.mark.parametrize(
    ("body", "setting"),
    [("plate", "line"), ("plate", "arc"), ("label", "vertical"), ("disc", "arc"), ("disc", "line"), ("band", "line"),
     ("bare", "line"), ("bare", "arc")],
)  # fmt: skip
def test_the_wildest_designs_draw_what_can_be_read_again(body: str, setting: str, end: int) -> None:
    lengths = ["width", "height", "diameter", "length", "bend_radius"]
    names = {
        "plate": ["width", "height", "corner", "thickness"],
        "label": ["width", "height", "corner", "bend_radius"],
        "disc": ["diameter", "thickness"],
        "band": ["diameter", "length", "wall"],
        "bare": [],
    }[body]
    shape: dict[str, object] = {"kind": body}
    for name in names:
        shape[f"{name}_range_mm"] = ends(*(SIZE if name in lengths else LENGTH), end)
    if body in ("label", "band"):
        shape["tilt_range_deg"] = ends(-60, 60, end)
    if body != "bare":
        shape["edge"] = {"share": end, "inset_range_mm": ends(0, 100, end), "width_range_mm": ends(0.1, 100, end)}
    if body == "plate":
        shape["strip"] = {"width_mm": SIZE[end], "colour": [0, 0, 255]}
        shape["fastening"] = {"count_weights": {4: 1}, "diameter_range_mm": ends(*SIZE, end), "screw_share": end}
    share = ends(0, 1, end)
    design = {
        "body": shape,
        "lettering": {
            "stretch_range": ends(0.2, 4, end),
            "tracking_range": ends(-0.2, 3, end),
            "slant_range_deg": ends(-30, 30, end),
            "boldness_range": ends(-0.06, 0.15, end),
            "outline_share": end,
            "outline_range": ends(0.001, 0.3, end),
        },
        "setting": {
            "kind": setting,
            "lines": 1 + end,
            "fill_range": ends(0.05, 0.3, end),
            **({} if body == "bare" else {"offset_range": ends(-0.5, 0.5, end)}),
            "turn_weights": {(-360, 360)[end]: 1},
            "radius_range": ends(0.1, 1, end),
            "middle_range_deg": ends(-3600, 3600, end),
            "inside_share": end,
        },
        "words": [] if body == "bare" else [{"texts": ["AB"], "at": ends(-0.5, 0.5, end), "radius": end,
                                             "cap_height_range_mm": ends(*SIZE, end)}],
        "look": {
            "paints": [{"body": [*ends(0, 255, end), 0], "ink": [*ends(0, 255, end), 0]}],
            "jitter": (0, 64)[end],
            **{f"{name}_range": share for name in ("gloss", "texture", "opacity", "strength", "relief")},
            "softness_range_mm": ends(0, 256, end),
        },
        "lamps": {"slope_range": share, "glare_share": 1, "glare_range": share, "shadow_share": 1,
                  "shadow_range": share},
        "ageing": {"ink_loss_range": share, "scratches_range": ends(0, 200, end), "scratch_depth_range": share,
                   "dirt_range": share},
    }  # fmt: skip
    sampler, read = sampler_of(design), 0
    refusals: list[str] = []
    for number in range(30):
        try:
            tag = sampler.sample(stream(0, number, "tag"), "train", number, blank=number % 5 == 4).serial
        except RejectedScene as rejected:
            refusals.append(str(rejected.__cause__))
            continue
        read += 1
        assert msgspec.json.decode(msgspec.json.encode(tag), type=SerialTag) == tag
    assert read >= 6
    assert all(re.match(r"design 'd': .*(too long|do not fit|no room)", said) for said in refusals)


@pytest.mark.parametrize(
    "change",
    [
        {"setting": {"fill_range": [0, 0]}},
        {"body": {"kind": "plate", "width_range_mm": [1e-6, 1e-6]}},
        {"body": {"kind": "band", "diameter_range_mm": [9000, 9000]}},
    ],
)
def test_a_design_that_no_spec_could_hold_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"greater than|less than"):
        sampler_of({"body": PLATE, **change})


def test_a_border_that_leaves_no_room_is_one_clear_line() -> None:
    edge = {"share": 1, "inset_range_mm": [20, 20]}
    for body in ("plate", "label", "disc", "band"):
        with pytest.raises(ConfigError, match=r"design 'd': .* no room .*edge"):
            sampler_of({"body": {"kind": body, "edge": edge}}).require_possible()
    with pytest.raises(ConfigError, match=r"design 'design-0': .* no room .*edge") as refused:
        SceneSampler(serials({"body": {"kind": "plate", "edge": edge}}), catalogue(tags=[]))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("design", "reason"),
    [
        ({"text": "A{30}|B[0-9]{2}", "body": {"kind": "plate", "width_range_mm": [20, 200]}, "min_cap_px": 20},
         "a serial is too long for its body"),
        ({"body": {"kind": "plate", "edge": {"share": 0.5, "inset_range_mm": [20, 20]}}}, "no room for text on a body"),
    ],
)  # fmt: skip
def test_what_only_some_draws_have_no_room_for_is_drawn_again(design: dict[str, object], reason: str) -> None:
    sampler, reasons, drawn = sampler_of(design), Counter[str](), 0
    sampler.require_possible()
    for number in range(60):
        try:
            sampler._drawn(
                stream(0, number, "tag"), sampler.dealer.grammar.serial(sampler.dealer.grammar.count - 1), None, None
            )
            drawn += 1
        except RejectedScene as rejected:
            reasons[rejected.reason] += 1
    assert set(reasons) == {reason}
    assert min(reasons[reason], drawn) > 10


def test_a_long_serial_is_as_small_as_min_cap_px_allows() -> None:
    long = {"text": "[0-9]{100}", "body": PLATE, "size_range_px": [100, 400]}
    for number in range(20):
        tag = sampler_of({**long, "min_cap_px": 5}).sample(stream(0, number, "tag"), "train", number)
        assert 5 <= tag.cap_mm * 400 / 100 < 8
    with pytest.raises(ConfigError, match=r"too long for its plate: .* mm of room; make"):
        sampler_of({**long, "min_cap_px": 20}).require_possible()


def touches(tag: SerialTag) -> bool:
    """Whether a letter of horizontal text lies on a hole or a screw of its plate."""
    assert isinstance(tag.body, PlateBody)
    for inscription in tag.inscriptions:
        length, height = extent_mm(inscription, TypeCase(()))
        if inscription.path.turn_deg:
            length, height = height, length
        for hole in (*tag.body.holes, *tag.body.screws):
            du, dv = abs(hole.u_mm - inscription.path.u_mm), abs(hole.v_mm - inscription.path.v_mm)
            if math.hypot(max(du - length / 2, 0), max(dv - height / 2, 0)) < hole.diameter_mm / 2:
                return True
    return False


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize("size", [(100, 30), (30, 100), (60, 60)])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_text_stays_off_holes_and_screws(count: int, size: tuple[int, int], turn: int) -> None:
    body = {
        "kind": "plate",
        "width_range_mm": [size[0]] * 2,
        "height_range_mm": [size[1]] * 2,
        "fastening": {"count_weights": {count: 1}, "diameter_range_mm": [3, 6]},
    }
    setting = {"fill_range": [0.3, 0.9], "turn_weights": {turn: 1}}
    sampler, caps = sampler_of({"body": body, "setting": setting, "min_cap_px": 1}), []
    for number in range(40):
        tag = sampler.sample(stream(0, number, "tag"), "train", number)
        assert len(tag.serial.body.holes) + len(tag.serial.body.screws) == count
        assert not touches(tag.serial)
        caps.append(tag.cap_mm)
    assert min(caps) > 2
    upright = [(hole.u_mm == 0) for hole in (*tag.serial.body.holes, *tag.serial.body.screws)]
    assert all(upright) == (count == 1 or (count == 2 and size[0] < size[1]))


def test_a_cutout_gets_neither_light_nor_wear_that_nothing_reads() -> None:
    line = TextLine(0.0, 0.0, 60.0, 20.0)
    face = TagFace((1, 0, 75, 0, 1, 95, 0, 0, 1), 80, 40, 0, 0, 20, (line,), (9, 9, 9), (200, 190, 60), 0.8, 1.0)
    record = msgspec.structs.replace(tag_record(0), face=face)
    sampler = sampler_of({"body": {"kind": "cutout"}})
    for number in range(9):
        tag = sampler.sample(stream(0, number, "tag"), "train", number, record).serial
        assert (tag.light, tag.wear) == (Light(), Wear())
        assert (tag.material, tag.marking) == (Material("plastic", face.paper), Marking("printed", softness_mm=0.8))
        assert [i.ink for i in tag.inscriptions] == [face.ink]


def test_words_on_a_strip_are_drawn_where_there_is_one() -> None:
    body = {"kind": "plate", "strip": {"share": 0.5, "width_mm": 10, "colour": [0, 0, 255]}}
    words = [{"texts": ["RO"], "at": [-0.45, 0], "cap_height_range_mm": [3, 3], "on_strip": True}]
    sampler, found = sampler_of({"body": body, "words": words}), Counter[bool]()
    for number in range(60):
        tag = sampler.sample(stream(0, number, "tag"), "train", number).serial
        has_words = any(i.text == "RO" for i in tag.inscriptions)
        assert has_words == bool(tag.body.fields)
        found[has_words] += 1
    assert min(found[True], found[False]) > 15


def own_font(tmp_path: Path) -> str:
    path = tmp_path / "Brand.ttf"
    path.write_bytes((FONTS / "LiberationSans-Bold.ttf").read_bytes())
    return str(path)


def with_face(face: str, **design: object) -> Recipe:
    return serials({"lettering": {"faces": {face: 1}}, **design}, characters=[*CHARACTERS_38, *"Ж漢ẞ"])


def test_a_font_file_is_named_by_its_base_name_and_used(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = with_face(own_font(tmp_path))
    monkeypatch.chdir(tmp_path)
    for face in (own_font(tmp_path), "Brand.ttf"):
        (font,) = fonts_of(with_face(face))
        assert (font.name, Path(font.path)) == ("Brand.ttf", tmp_path / "Brand.ttf")
    cards = msgspec.structs.replace(catalogue(tags=[]), fonts=fonts_of(changed))
    monkeypatch.chdir("/")
    used = {
        i.face for spec in draw(SceneSampler(changed, cards), 9) for k in labelled(spec) for i in k.serial.inscriptions
    }
    assert used == {"Brand.ttf"}
    shipped = draw(SceneSampler(with_face("liberation-sans-bold"), catalogue(tags=[])), 9)
    mine = draw(SceneSampler(changed, cards), 9)
    renamed = [spec.to_json().decode().replace("Brand.ttf", "liberation-sans-bold") for spec in mine]
    assert renamed == [spec.to_json().decode() for spec in shipped]
    (tmp_path / "Brand.ttf").write_bytes((FONTS / "OSP-DIN.ttf").read_bytes())
    with pytest.raises(AssetError, match="not the font that it was"):
        draw(SceneSampler(changed, cards), 1)


def test_fonts_that_cannot_serve_are_refused_in_one_line(tmp_path) -> None:
    good, bad = own_font(tmp_path), tmp_path / "bad.ttf"
    bad.write_bytes(b"no font at all" * 9)
    (tmp_path / "more").mkdir()
    twin = tmp_path / "more" / "Brand.ttf"
    twin.write_bytes((FONTS / "OSP-DIN.ttf").read_bytes())
    both = serials({"lettering": {"faces": {good: 1}}}, {"lettering": {"faces": {str(twin): 1}}})
    for changed, error, says in (
        (with_face(good, text="[AЖ漢]{3}"), AssetError, "Brand.*lacks 漢"),
        (with_face(str(bad)), AssetError, "bad.ttf"),
        (with_face(str(tmp_path / "none.ttf")), AssetError, "none.ttf"),
        (with_face("roboto-bold"), AssetError, "no face 'roboto-bold'; there are .*roboto-condensed-bold"),
        (with_face("seven-segment", words=[{"texts": ["ẞ"], "cap_height_range_mm": [2, 3]}]), AssetError, "lacks ẞ"),
        (both, ConfigError, "have one name; rename one of them"),
    ):
        with pytest.raises(error, match=says) as refused:
            fonts_of(changed)
        assert "\n" not in str(refused.value)


def test_copies_and_lines_are_numbered_in_reading_order() -> None:
    band = {"body": {"kind": "band"}, "setting": {"copies": 3, "lines": 2}, "text": "[0-9]{4}-[0-9]{3}"}
    for number in range(20):
        tag = sampler_of(band).sample(stream(0, number, "tag"), "train", number).serial
        for copy in range(3):
            run = [i for i in tag.inscriptions if i.copy == copy]
            assert "".join(i.text for i in run) == tag.text
            assert [i.start for i in run] == [0, 5]
        assert [i.copy for i in tag.inscriptions] == [0, 0, 1, 1, 2, 2]
        middles = np.array([i.path.u_mm for i in tag.inscriptions[::2]])
        assert np.all(np.abs(np.diff(np.sort(middles))) > 1)


def test_words_that_would_stick_out_of_their_body_are_one_clear_line() -> None:
    words = [{"texts": ["RO"], "at": [-0.45, 0.0], "cap_height_range_mm": [20, 24]}]
    with pytest.raises(
        ConfigError, match=r"design 'd': text 'RO' is too long for its plate: it needs .* make the body"
    ):
        sampler_of({"body": PLATE, "words": words}).require_possible()


@pytest.mark.parametrize("name", ["ring-serials", "implant-chips", "number-plates-serial"])
def test_every_letter_of_the_worked_recipes_lies_on_its_body(name: str) -> None:
    for design in load_recipe(recipe_path(name)).serials:
        (dealer,) = dealers_of((design,), {"train": 1.0}, 0, ())
        sampler = DesignSampler(design, dealer, TypeCase(()))
        for number in range(25):
            drawn = sampler.sample(stream(7, number, "tag"), "train", number)
            x0, y0, x1, y1 = drawn.extent
            scale = 900 / max(x1 - x0, y1 - y0)
            matrix = translation(480 - scale * (x0 + x1) / 2, 480 - scale * (y0 + y1) / 2) @ scaling(scale, scale)
            shown = draw_serial(drawn.serial, matrix, 960, 960, 0, open_face)
            assert shown is not None
            body = np.zeros((960, 960), np.uint8)
            rows, columns = shown.coverage.shape
            body[shown.y : shown.y + rows, shown.x : shown.x + columns] = shown.coverage >= 128
            # at a limb the finest strokes cover no pixel to the half
            body = cv2.dilate(body, np.ones((3, 3), np.uint8))
            letters = [character.mask.to_full(960, 960) for character in shown.characters]
            assert letters
            assert not any((letter & (body == 0)).any() for letter in letters)
