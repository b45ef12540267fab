"""The page is whole, asks nothing of anybody, and says what the dataset says."""

import itertools
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import cv2
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from lxml import etree, html

from synth.cli.look import command, headlines
from synth.errors import LabelError
from synth.inspection.against_real import AgainstReal
from synth.inspection.charts import bar_chart, column_chart, heat_map_chart, histogram_chart, interval_chart, number
from synth.inspection.comparison import compare, study_drawn, study_real
from synth.inspection.counterparts import RealTag, RealTags
from synth.inspection.detectability import BlendRow, paste_detectability
from synth.inspection.look import RealPhotos, look, pictures_of
from synth.inspection.manifest import read_specs
from synth.inspection.pastes import DrawnImage
from synth.inspection.report import Findings, html_report, verdict
from synth.inspection.selection import Picture
from synth.inspection.separation import Separation
from synth.inspection.statistics import histogram
from synth.labels.dataset import finish_dataset, image_path, read_dataset, write_image_labels
from synth.labels.sample import Annotation, Categories, LabelledImage, Mask
from synth.scene.spec import (
    Blend,
    CameraEffects,
    GlyphLimits,
    ImageSpec,
    PatchLayer,
    PhotoBackground,
    TagLayer,
)
from synth.streams import stream

SIZE = 128
CATEGORIES = Categories(("ring <b>&amp;</b>",))
COUNT = 24
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def picture(rng, grain=3.0, size=SIZE):
    rough = cv2.resize(rng.integers(40, 216, (9, 9, 3)).astype(np.uint8), (size, size), interpolation=cv2.INTER_LINEAR)
    return np.clip(rough + rng.normal(0, grain, rough.shape), 0, 255).astype(np.uint8)


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])


def labelled_image(index, rng):
    split = ("train", "test")[index % 4 == 3]
    x, y = (int(v) for v in rng.integers(20, 60, 2))
    mask = Mask(x, y, np.ones((24, 40), np.bool_))
    tag = Annotation(0, mask.box, mask=mask, text="A<B", identity=f"{split}-{index % 3}", visibility=1.0, angle_deg=0.0)
    return LabelledImage(f"r_{index:06d}.jpg", SIZE, SIZE, (tag,) if index % 3 else (), split, {"index": index})


def spec_of(image, index):
    outline = ((70.0, 70.0), (100.0, 72.0), (98.0, 100.0), (71.0, 98.0))
    layers = [PatchLayer("other", outline, IDENTITY, Blend("feather", 2.0))]
    layers += [TagLayer("b/t", IDENTITY, Blend("feather", 2.0)) for _ in image.annotations]
    return ImageSpec(
        index,
        0,
        7,
        image.split,
        image.file_name,
        SIZE,
        SIZE,
        PhotoBackground(f"photos/p{index % 6}.jpg", 0, 0),
        False,
        tuple(layers),
        0.3,
        GlyphLimits(),
        CameraEffects(),
        95,
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    root = tmp_path_factory.mktemp("set")
    images, lines = [], []
    for index in range(COUNT):
        rng = stream(3, index, "report")
        image = labelled_image(index, rng)
        write(image_path(root, image.split, image.file_name), picture(rng))
        write_image_labels(root, image, CATEGORIES, ("voc",))
        images.append(image)
        lines.append(b'{"sha256":"00","spec":' + spec_of(image, index).to_json() + b"}\n")
    (root / "manifest.jsonl").write_bytes(b"".join(lines))
    card = {
        "name": "rings & <co>",
        "rejections": {"no room": 3},
        "recipe": {"count": COUNT},
        "versions": {"synth": "1"},
    }
    finish_dataset(root, images, CATEGORIES, card, ("voc", "coco"))
    return root


def no_bank(_tag):
    return None


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    photos = []
    for k in range(12):
        write(folder / f"q{k}.jpg", picture(stream(4, k, "real"), grain=12.0, size=200))
        labels = LabelledImage(f"q{k}.jpg", 200, 200, (Annotation(0, (60.0, 60.0, 110.0, 90.0)),))
        photos.append(Picture(folder / f"q{k}.jpg", labels))
    return RealPhotos("q", tuple(photos))


@pytest.fixture(scope="module")
def page(dataset, real, tmp_path_factory):
    out = tmp_path_factory.mktemp("look")
    return look(read_dataset(dataset), out, tag_alpha=no_bank, real_tags=None, real=real, count=14, seed=0)


def test_the_page_is_valid_and_makes_no_request(page):
    text = page.page.read_text("utf-8")
    parser = etree.HTMLParser(recover=False)
    tree = etree.fromstring(text.encode(), parser)
    complaints = [e.message for e in parser.error_log if not re.search(r"Tag (svg|\w+) invalid", e.message)]
    assert complaints == []
    addresses = [v for e in tree.iter() for k, v in e.attrib.items() if k in ("src", "href", "xlink:href", "srcset")]
    assert addresses
    assert all(a.startswith(("data:image/jpeg;base64,", "#")) or a == "sheet.png" for a in addresses)
    assert not re.search(r"url\(|@import|<script|<link|https?://", text)


def test_the_page_can_be_read_without_seeing_it(page):
    tree = html.fromstring(page.page.read_text("utf-8"))
    assert tree.get("lang") == "en"
    assert all(image.get("alt") is not None for image in tree.iter("img"))
    assert all(chart.get("aria-label") for chart in tree.iter("svg"))
    assert {a.get("href")[1:] for a in tree.xpath("//nav//a")} <= {e.get("id") for e in tree.iter() if e.get("id")}
    levels = [int(e.tag[1]) for e in tree.iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_the_page_says_what_the_dataset_says(page, dataset):
    tree = html.fromstring(page.page.read_text("utf-8"))
    tiles = {dt.text: dt.getnext().text.strip() for dt in tree.xpath("//dl[@class='tiles']//dt")}
    images = read_dataset(dataset).images
    assert tiles["Pictures"] == str(COUNT)
    assert tiles["Tags"] == str(sum(len(i.annotations) for i in images))
    assert tiles["Pictures without a tag"] == str(sum(not i.annotations for i in images))
    rows = {r[0].text_content(): [c.text_content() for c in r[1:]] for r in tree.xpath("//section[@id='labels']//tr")}
    train = [i for i in images if i.split == "train"]
    assert rows["train"][:3] == [
        str(len(train)),
        str(sum(bool(i.annotations) for i in train)),
        str(sum(not i.annotations for i in train)),
    ]
    assert rows["no room"] == ["3"]
    assert rows["feather"] == [tiles["Tags"], str(COUNT)]
    assert "rings & <co>" in tree.text_content()


def words(page):
    return " ".join(html.fromstring(page.page.read_text("utf-8")).text_content().split())


@pytest.mark.parametrize(
    ("count", "lies"), [(1, "1 of the bank’s tags lies in a photo"), (0, "0 of the bank’s tags lie")]
)
def test_too_few_real_tags_are_said_to_be_too_few(dataset, tmp_path, count, lies):
    mask = Mask(0, 0, np.ones((4, 4), np.bool_))
    tags = RealTags({"b/t": "g"}, (RealTag("b/t", "g", tmp_path, mask),) * count, lambda image, _spec: image)
    seen = look(read_dataset(dataset), tmp_path, tag_alpha=no_bank, real_tags=tags, real=None, count=8, seed=0)
    assert seen.against_real.rows == ()
    assert lies in words(seen)
    (line, *_) = (line for line in headlines(seen))
    assert line == f"pasted against real tags: too few ({count} with a known photo to compare with; 8 are needed)"


def test_pasted_against_real_comes_first(dataset, tmp_path):
    row = BlendRow("pasted against real tags", "all", Separation(0.7, 0.6, 0.8, (9, 9), (("grain", 0.2),)), None, 9, 9)
    measured = AgainstReal((row, replace(row, blend="hard")), None, 20, 12, 3)
    seen = look(read_dataset(dataset), tmp_path, tag_alpha=no_bank, real_tags=None, real=None, count=8, seed=0)
    assert next(iter(headlines(replace(seen, against_real=measured)))) == (
        "pasted against real tags: AUC 0.70 (0.60 to 0.80), told most by: grain"
    )
    assert "Pasted tags against real tags" not in words(seen)
    shown = SimpleNamespace(page=tmp_path / "again.html")
    shown.page.write_text(html_report(replace(findings_of(dataset), against_real=measured)), "utf-8")
    tree = html.fromstring(shown.page.read_text("utf-8"))
    headings = [e.text_content() for e in tree.xpath("//section[@id='pastes']//h3")]
    assert headings == ["Pasted tags against real tags", "Negative pastes against untouched places"]
    assert "12 real tags served; 3 of 9 comparisons needed one made smaller" in words(shown)
    assert "grain smaller, 0.20" in words(shown)


def findings_of(dataset):
    read_back = read_dataset(dataset)
    pictures = pictures_of(read_back)
    images = [DrawnImage(p.path, p.labels, p.spec) for p in pictures]
    return Findings(
        title="t",
        pictures=pictures,
        categories=read_back.categories,
        card={},
        gallery=[],
        drawn=study_drawn(pictures, lambda p: picture(stream(9, p.labels.extra["index"], "p")), count=8, seed=0),
        real=None,
        real_name="",
        real_count=0,
        comparison=None,
        crops=([], []),
        against_real=None,
        detectability=paste_detectability(
            images, lambda i: picture(stream(9, i.spec.index, "p")), no_bank, seed=0, images_per_blend=12
        ),
    )


def test_labels_are_text_and_never_markup(page):
    tree = html.fromstring(page.page.read_text("utf-8"))
    assert tree.xpath("//co") == []
    assert tree.find(".//title").text.startswith("rings & <co>")
    assert any("A<B" in (image.get("alt") or "") for image in tree.iter("img"))


def test_looking_twice_gives_the_same_bytes(page, dataset, real, tmp_path):
    again = look(read_dataset(dataset), tmp_path, tag_alpha=no_bank, real_tags=None, real=real, count=14, seed=0)
    assert again.page.read_bytes() == page.page.read_bytes()
    assert again.sheet.read_bytes() == page.sheet.read_bytes()


def test_a_real_set_with_more_grain_is_told_apart_by_it(page):
    assert page.real_separation.auc > 0.95
    assert page.real_separation.by_feature[0][0] in ("noise", "sharpness", "spectrum slope")


def test_one_source_is_not_told_apart(dataset):
    pictures = pictures_of(read_dataset(dataset))
    more = [Picture(SimpleNamespace(index=k), LabelledImage(f"s{k}.jpg", SIZE, SIZE)) for k in range(60)]

    def read(p):
        return picture(stream(9, p.path.index, "same"))

    first = study_real(more[:30], read, piece=(SIZE, SIZE), count=30, seed=0)
    second = study_drawn(more[30:], read, count=30, seed=0)
    found = compare(first, second, seed=0)
    assert found.pictures.low <= 0.5 <= found.pictures.high
    assert found.tags is None
    assert len(pictures) == COUNT


def test_a_dataset_without_manifest_or_card_can_be_looked_at(dataset, tmp_path):
    plain = read_dataset(dataset)
    bare = type(plain)(tmp_path, plain.categories, plain.images[:8], {}, {
        (image.split, image.file_name): plain.path(image) for image in plain.images
    })  # fmt: skip
    seen = look(bare, tmp_path / "look", tag_alpha=no_bank, real_tags=None, real=None, count=8, seed=0)
    assert seen.detectability is None
    assert seen.real_separation is None
    assert "Paste detectability" not in seen.page.read_text("utf-8")


def test_an_empty_dataset_is_one_clear_line(tmp_path):
    empty = SimpleNamespace(root=tmp_path, categories=CATEGORIES, images=(), card={}, path=None)
    with pytest.raises(LabelError, match="no labelled picture"):
        look(empty, tmp_path, tag_alpha=no_bank, real_tags=None, real=None, count=8, seed=0)


def test_a_damaged_manifest_names_its_line(dataset, tmp_path):
    good = (dataset / "manifest.jsonl").read_bytes().splitlines()[0]
    (tmp_path / "manifest.jsonl").write_bytes(good + b"\n" + good[:80] + b"\n")
    with pytest.raises(LabelError, match=r"manifest\.jsonl, line 2: expected"):
        read_specs(tmp_path)
    assert list(read_specs(dataset)) == [f"r_{k:06d}.jpg" for k in range(COUNT)]
    entry = msgspec.json.decode(good)
    entry["spec"]["colour"] = 1
    (tmp_path / "manifest.jsonl").write_bytes(json.dumps(entry).encode())
    with pytest.raises(LabelError, match="colour"):
        read_specs(tmp_path)


def test_the_command_prints_where_it_wrote(dataset, tmp_path):
    done = CliRunner().invoke(command, [str(dataset), "--out", str(tmp_path), "--count", "8"], catch_exceptions=False)
    assert done.exit_code == 0
    first, second = done.output.splitlines()[:2]
    assert (first, second) == (str(tmp_path / "sheet.png"), str(tmp_path / "index.html"))
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("auc", "low", "high", "words"),
    [
        (0.62, 0.41, 0.84, "Too little"),
        (0.51, 0.46, 0.56, "can't be told apart"),
        (0.58, 0.53, 0.62, "hard to tell"),
        (0.75, 0.7, 0.8, "in part"),
        (0.97, 0.95, 0.99, "easily"),
    ],
)
def test_a_verdict_claims_no_more_than_its_interval(auc, low, high, words):
    assert words in verdict(Separation(auc, low, high, (50, 50), ()))


def bars(chart):
    return html.fromstring(str(chart)).xpath("//rect[contains(@class, 'bar')]")


def test_bars_are_as_high_as_their_counts():
    counted = histogram([0.5] * 4 + [1.5] * 2 + [3.5], [0.0, 1.0, 2.0, 3.0, 4.0])
    heights = [float(bar.get("height")) for bar in bars(histogram_chart("t", "px", {"tags": counted}))]
    assert len(heights) == 3
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert heights[1] == pytest.approx(2 * heights[2], abs=0.2)


def test_two_sets_are_drawn_as_shares():
    edges = [0.0, 1.0, 2.0]
    few, many = histogram([0.5, 1.5], edges), histogram([0.5] * 300 + [1.5] * 100, edges)
    chart = str(histogram_chart("t", "", {"drawn": few, "real": many}))
    (outline,) = html.fromstring(chart).xpath("//path")
    levels = [float(v) for v in re.findall(r"V([\d.]+)", outline.get("d"))]
    base = levels[-1]
    (first, second) = (float(bar.get("height")) for bar in bars(chart))
    assert first == second
    assert base - levels[0] == pytest.approx(1.5 * first, abs=0.3)
    assert base - levels[1] == pytest.approx(0.5 * first, abs=0.3)


def test_charts_hold_what_they_are_given_and_escape_it():
    cells = np.array([[0.0, 2.0], [1.0, 0.0]])
    heat = html.fromstring(str(heat_map_chart("t", cells))).xpath("//rect[@class='heat']")
    assert [(r.get("x"), r.get("y"), float(r.get("fill-opacity"))) for r in heat] == [
        ("12", "0", 1.0),
        ("0", "12", 0.5),
    ]
    rows = html.fromstring(str(interval_chart([("a<b", 0.4, 0.5, 0.6), ("c", 0.9, 0.95, 1.0)], aim=0.6)))
    assert len(rows.xpath("//circle")) == 2
    assert "a<b" in rows.text_content()
    assert len(bars(bar_chart("t", [("x&y", 3.0, "first"), ("z", 1.0, "leak")]))) == 2
    assert len(bars(column_chart("t", {"<": 3, "B": 1}))) == 2
    assert "<<" not in str(column_chart("t", {"<": 3}))


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1234, "1,234"), (0.25, "0.25"), (-3, "−3"), (99.5, "99.5"), (0.001, "0.001")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text
