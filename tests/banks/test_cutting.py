import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_photos import drawn, mask_iou, ring_photos, save_labelled

from synth.banks.bank import read_bank
from synth.banks.cutouts import CutOptions
from synth.banks.cutting import cut_tags
from synth.banks.outlines import soft_mask
from synth.banks.sheet import write_sheets
from synth.errors import ConfigError
from synth.labels.photos import LabelledPhoto, LabelledPhotos, read_labelled_photos
from synth.labels.pictures import read_picture
from synth.labels.sample import Annotation, Categories, LabelledImage, Mask


def digests(bank: Path) -> dict[str, str]:
    files = sorted(p for p in bank.rglob("*") if p.is_file())
    return {p.relative_to(bank).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def cut(photos: Path, out: Path, options: CutOptions | None = None):
    return cut_tags(read_labelled_photos(photos), out, options)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return ring_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def cut_once(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("cut") / "rings"
    outcome = cut(photos, out)
    write_sheets(outcome.bank)
    return out


@pytest.fixture
def bank(cut_once, tmp_path):
    return Path(shutil.copytree(cut_once, tmp_path / "rings"))


def test_two_fresh_processes_write_equal_bytes(photos, cut_once, tmp_path):
    code = (
        "import sys, cv2; cv2.setNumThreads(int(sys.argv[3])); from synth.cli.cut import command; "
        "command.main([sys.argv[1], '--out', sys.argv[2]], standalone_mode=False)"
    )
    for run, threads in (("a", "1"), ("b", "2")):
        out = tmp_path / run / "rings"
        subprocess.run([sys.executable, "-c", code, str(photos), str(out), threads], check=True, capture_output=True)
        assert digests(out) == digests(cut_once)


def test_a_cutout_is_the_photo_itself_with_its_context(photos, bank):
    for tag in read_bank(bank).tags:
        photo = read_picture(photos / tag.photo)
        (x, y), (w, h) = tag.origin, tag.size
        assert np.array_equal(read_picture(bank / tag.file), photo[y : y + h, x : x + w])
        x0, y0, x1, y1 = tag.box
        reach = [max(24, 0.25 * (b - a)) for a, b in ((x0, x1), (y0, y1))]
        assert x <= max(0, x0 - reach[0])
        assert y <= max(0, y0 - reach[1])
        assert x + w >= min(photo.shape[1], x1 + reach[0])
        assert y + h >= min(photo.shape[0], y1 + reach[1])


def test_the_record_knows_text_identity_and_photo(photos, bank):
    tags = read_bank(bank).tags
    assert [(t.id, t.text, t.identity, t.category) for t in tags] == [
        (f"rings/photo{i}-1", f"T{i}", f"T{i}", "tag") for i in range(3)
    ]
    assert [t.photo_sha256 for t in tags] == [
        hashlib.sha256((photos / f"photo{i}.png").read_bytes()).hexdigest() for i in range(3)
    ]
    assert all(t.usable and t.mask_from == "fitted" and not t.infrared and t.quad is None for t in tags)


def test_running_again_cuts_nothing_and_changes_nothing(photos, bank):
    before = digests(bank)
    outcome = cut(photos, bank)
    write_sheets(outcome.bank)
    assert outcome.fresh == 0
    assert digests(bank) == before


def test_an_interrupted_cut_goes_on(photos, cut_once, tmp_path):
    out = tmp_path / "rings"

    class Interrupted(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        cut_tags(read_labelled_photos(photos), out, on_progress=stop)
    outcome = cut(photos, out)
    write_sheets(outcome.bank)
    assert outcome.fresh == 1
    assert digests(out) == digests(cut_once)


def edit(bank: Path, name: str) -> np.ndarray:
    """Corrects a mask as a paint program would: RGBA, another shape."""
    path = bank / "masks" / name
    height, width = read_picture(path).shape[:2]
    mask = np.zeros((height, width), np.uint8)
    mask[height // 3 : height // 2, width // 3 : width // 2] = 255
    cv2.imwrite(str(path), cv2.merge([mask, mask, mask, np.full_like(mask, 255)]))
    return mask


def test_an_edited_mask_is_believed_and_never_overwritten(photos, bank):
    mask = edit(bank, "photo1-1.png")
    written = (bank / "masks/photo1-1.png").read_bytes()
    rows, columns = np.nonzero(mask)
    for again in range(3):
        tag = read_bank(bank).tags[1]
        assert tag.mask_from == "edited"
        assert tag.mask_box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert (bank / "masks/photo1-1.png").read_bytes() == written
        if again == 1:
            shutil.rmtree(bank / ".cut")
        cut(photos, bank)
    assert [t.mask_from for t in read_bank(bank).tags] == ["fitted", "edited", "fitted"]


def test_an_edited_mask_survives_other_options_but_not_another_box(photos, bank, tmp_path):
    edit(bank, "photo1-1.png")
    outcome = cut(photos, bank, CutOptions(min_side_px=20.0))
    assert [t.mask_from for t in outcome.bank.tags] == ["fitted", "edited", "fitted"]
    moved = Path(shutil.copytree(photos, tmp_path / "moved"))
    box = drawn("ring", 1).box
    wider = (box[0] - 9, box[1], box[2] + 9, box[3])
    save_labelled(moved, "photo1", drawn("ring", 1).rgb, [(wider, "T1", False)])
    kept = (bank / "masks/photo1-1.png").read_bytes()
    outcome = cut(moved, bank, CutOptions(min_side_px=20.0))
    assert (bank / "masks/photo1-1.edited-1.png").read_bytes() == kept
    assert any("photo1-1.edited-1.png" in problem for problem in outcome.problems)
    assert outcome.bank.tags[1].mask_from == "fitted"


def test_a_mask_that_does_not_fit_is_a_problem_not_a_crash(photos, bank):
    cv2.imwrite(str(bank / "masks/photo0-1.png"), np.full((5, 5), 255, np.uint8))
    outcome = cut(photos, bank)
    assert any("5 x 5" in problem for problem in outcome.problems)
    assert outcome.bank.tags[0].reasons == ("mask uncertain",)
    assert not outcome.bank.tags[0].usable


def one_photo(tmp_path: Path, annotations, rgb=None) -> LabelledPhotos:
    rgb = drawn("plate", 5).rgb if rgb is None else rgb
    path = tmp_path / "one.png"
    cv2.imwrite(str(path), rgb[..., ::-1])
    labels = LabelledImage("one.png", rgb.shape[1], rgb.shape[0], tuple(annotations))
    return LabelledPhotos(Categories(("tag",)), (LabelledPhoto(path, labels, None),), ())


def test_a_polygon_is_believed(tmp_path):
    photo = drawn("plate", 5)
    height, width = photo.rgb.shape[:2]
    truth = soft_mask(photo.points, width, height) >= 128
    quad = tuple((float(x), float(y)) for x, y in photo.points[::24])
    label = Annotation(0, photo.box, mask=Mask.from_full(truth), quad=quad)
    (tag,) = cut_tags(one_photo(tmp_path, [label]), tmp_path / "b").bank.tags
    (x, y), (w, h) = tag.origin, tag.size
    mask = read_picture(tmp_path / "b" / tag.mask_file)[..., 0]
    assert tag.mask_from == "polygon"
    assert mask_iou(mask, truth[y : y + h, x : x + w] * 255) > 0.99
    assert np.add(tag.quad, (x, y)) == pytest.approx(np.array(quad))


def test_reasons_are_told(tmp_path):
    rgb = cv2.GaussianBlur(drawn("plate", 5).rgb, (0, 0), 6)
    box = drawn("plate", 5).box
    labels = [
        Annotation(0, box, difficult=True),
        Annotation(0, (0.0, 10.0, 60.0, 40.0), truncated=True),
        Annotation(0, (70.0, 10.0, 77.0, 14.0)),
    ]
    hard, cut_off, small = cut_tags(one_photo(tmp_path, labels, rgb), tmp_path / "b").bank.tags
    assert {"difficult", "blurred"} <= set(hard.reasons)
    assert "truncated" in cut_off.reasons
    assert "too small" in small.reasons
    assert not any(tag.usable for tag in (hard, cut_off, small))


def test_method_box_takes_the_whole_box(tmp_path):
    photo = drawn("plate", 5)
    options = CutOptions(method="box")
    (tag,) = cut_tags(one_photo(tmp_path, [Annotation(0, photo.box)]), tmp_path / "b", options).bank.tags
    assert tag.mask_from == "box"
    assert tag.usable
    assert np.add(tag.mask_box, tag.origin * 2) == pytest.approx(np.array(photo.box), abs=1.0)


def test_a_photo_that_vanishes_is_one_problem(tmp_path, photos):
    labelled = read_labelled_photos(Path(shutil.copytree(photos, tmp_path / "p")))
    (tmp_path / "p/photo1.png").write_bytes(b"")
    (tmp_path / "p/photo2.png").unlink()
    outcome = cut_tags(labelled, tmp_path / "b")
    assert [tag.id for tag in outcome.bank.tags] == ["b/photo0-1"]
    assert len(outcome.problems) == 2
    assert "photo1.png" in outcome.problems[0]
    assert "photo2.png" in outcome.problems[1]


def test_no_labelled_photo_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="no photo has a labelled tag"):
        cut_tags(one_photo(tmp_path, []), tmp_path / "b")


def test_bank_json_is_what_it_says(bank):
    document = json.loads((bank / "bank.json").read_text())
    assert (document["format"], document["version"], document["name"]) == ("synth-tag-bank", 1, "rings")
    assert document["categories"] == ["tag"]
    assert len(document["tags"]) == 3


def test_pages_of_the_sheet_that_are_no_longer_needed_go(bank):
    (bank / "sheet-2.png").write_bytes(b"old")
    (path,) = write_sheets(read_bank(bank))
    assert path == bank / "sheet.png"
    assert not (bank / "sheet-2.png").exists()
    assert read_picture(path).shape[2] == 3


@pytest.mark.parametrize("method", ["auto", "box"])
@pytest.mark.parametrize(
    "box", [(40.0, 40.0, 41.0, 41.0), (40.3, 40.3, 40.4, 40.4), (0.0, 0.0, 0.5, 0.2), (99.9, 79.9, 100.0, 80.0)]
)
def test_a_speck_is_marked_and_nothing_else_is_lost(tmp_path, method, box):
    photo = drawn("ring", 0)
    ring_photos(tmp_path / "photos", 1)
    speck = tmp_path / "photos/speck.png"
    cv2.imwrite(str(speck), np.ascontiguousarray(photo.rgb[:80, :100]))
    labelled = read_labelled_photos(tmp_path / "photos")
    tag = LabelledPhoto(speck, LabelledImage("speck.png", 100, 80, (Annotation(0, box),)), None)
    others = tuple(one for one in labelled.photos if one.path != speck)
    outcome = cut_tags(LabelledPhotos(labelled.categories, (*others, tag), ()), tmp_path / "bank", CutOptions(method))
    write_sheets(outcome.bank)
    ring, small = read_bank(tmp_path / "bank").tags
    assert ring.usable
    assert "too small" in small.reasons
    x0, y0, x1, y1 = small.mask_box
    (left, top) = small.origin
    assert (x1 - x0, y1 - y0) == (1, 1)
    assert left + x0 <= box[0] < box[2] <= left + x1
    assert top + y0 <= box[1] < box[3] <= top + y1


def test_a_bank_of_other_photos_is_not_replaced_unless_asked(photos, bank, tmp_path):
    before = digests(bank)
    elsewhere = tmp_path / "other"
    save_labelled(elsewhere, "new", drawn("ring", 7).rgb, [(drawn("ring", 7).box, "N", False)])
    with pytest.raises(ConfigError, match=r"3 of the 3 tags .*photo0.png, photo1.png, photo2.png.*--replace"):
        cut(elsewhere, bank)
    assert digests(bank) == before
    more = Path(shutil.copytree(photos, tmp_path / "more"))
    shutil.copytree(elsewhere, more, dirs_exist_ok=True)
    assert len(cut(more, bank).bank.tags) == 4
    assert len(cut_tags(read_labelled_photos(elsewhere), bank, replace=True).bank.tags) == 1
