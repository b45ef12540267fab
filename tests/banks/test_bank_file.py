import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_photos import ring_photos

from synth.banks.bank import mask_box, png_bytes, read_bank
from synth.banks.cutouts import CutOptions
from synth.banks.cutting import cut_tags
from synth.errors import AssetError
from synth.labels.photos import read_labelled_photos

WHOLE_BOXES = CutOptions(method="box")


@pytest.fixture(scope="module")
def cut_once(tmp_path_factory):
    home = tmp_path_factory.mktemp("bank")
    cut_tags(read_labelled_photos(ring_photos(home / "photos", 2)), home / "rings", WHOLE_BOXES)
    return home / "rings"


@pytest.fixture
def bank(cut_once, tmp_path):
    return Path(shutil.copytree(cut_once, tmp_path / "rings"))


def rewrite(bank: Path, change) -> None:
    document = json.loads((bank / "bank.json").read_text())
    change(document)
    (bank / "bank.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(version=2), "version 2"),
        (lambda d: d.pop("version"), "version None"),
        (lambda d: d.update(format="other"), "not a tag bank"),
        (lambda d: d.update(more=1), "not a tag bank"),
        (lambda d: d["tags"][0].pop("box"), "not a tag bank"),
        (lambda d: d["tags"].append(d["tags"][0]), "two tags have the id"),
        (lambda d: d.update(categories=["plate"]), "the bank knows plate"),
        (lambda d: d["tags"][0].update(file="../x.png"), "outside the bank"),
        (lambda d: d["tags"][0].update(mask_file="/etc/x.png"), "outside the bank"),
    ],
)
def test_a_wrong_document_is_one_clear_line(bank, change, said):
    rewrite(bank, change)
    with pytest.raises(AssetError, match=said) as error:
        read_bank(bank)
    assert "\n" not in str(error.value)
    assert "bank.json" in str(error.value)


def test_a_broken_document_is_named(bank):
    (bank / "bank.json").write_text("{")
    with pytest.raises(AssetError, match="not a tag bank"):
        read_bank(bank)


def test_a_folder_without_bank_says_how_to_make_one(tmp_path):
    with pytest.raises(AssetError, match="synth cut PHOTOS --out"):
        read_bank(tmp_path)


@pytest.mark.parametrize("name", ["cutouts/photo0-1.png", "masks/photo1-1.png"])
def test_a_missing_file_is_named(bank, name):
    (bank / name).unlink()
    with pytest.raises(AssetError, match=name):
        read_bank(bank)


def test_a_changed_cutout_is_refused(bank):
    cv2.imwrite(str(bank / "cutouts/photo0-1.png"), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(AssetError, match="only masks may be edited"):
        read_bank(bank)


@pytest.mark.parametrize(
    ("mask", "said"), [(np.zeros((9, 9), np.uint8), "empty"), (np.full((9, 9), 255, np.uint8), "9 x 9")]
)
def test_a_mask_that_cannot_be_is_refused(bank, mask, said):
    cv2.imwrite(str(bank / "masks/photo0-1.png"), mask)
    with pytest.raises(AssetError, match=said):
        read_bank(bank)


def test_mask_box_is_half_open():
    mask = np.zeros((10, 12), np.uint8)
    mask[3:5, 7:9] = 128
    mask[6, 2] = 127
    assert mask_box(mask) == (7.0, 3.0, 9.0, 5.0)


def test_png_gives_the_pixels_back():
    rng = np.random.Generator(np.random.PCG64(3))
    rgb = rng.integers(0, 256, (7, 5, 3), np.uint8)
    back = cv2.imdecode(np.frombuffer(png_bytes(rgb), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(back[..., ::-1], rgb)
