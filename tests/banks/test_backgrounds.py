import os

import cv2
import numpy as np
import pytest
from drawn_photos import drawn, save_labelled

from synth.banks import backgrounds
from synth.banks.backgrounds import scan_photos
from synth.errors import ConfigError


def save(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((60, 80, 3), level, np.uint8)
    picture[:, 40:] //= 2
    assert cv2.imwrite(str(path), picture)


def test_ids_are_relative_and_folders_of_one_name_are_told_apart(tmp_path):
    for site in ("north", "south"):
        save(tmp_path / site / "photos" / "day" / "a.png", 90)
    found = scan_photos([tmp_path / "south/photos", tmp_path / "north/photos"])
    assert [p.id for p in found.photos] == ["north/photos/day/a.png", "south/photos/day/a.png"]
    assert [p.id for p in scan_photos([tmp_path / "south/photos"]).photos] == ["photos/day/a.png"]


def test_a_folder_given_twice_is_an_error(tmp_path):
    save(tmp_path / "a/x.png", 90)
    with pytest.raises(ConfigError, match="given twice"):
        scan_photos([tmp_path / "a", tmp_path / "a/../a"])


def test_what_is_measured_is_in_the_record(tmp_path):
    save(tmp_path / "a/x.png", 200)
    (photo,) = scan_photos([tmp_path / "a"]).photos
    assert (photo.width, photo.height, photo.infrared, photo.annotations) == (80, 60, True, ())
    assert photo.light[:16] == (200,) * 8 + (100,) * 8
    assert photo.palette[0] in {(200,) * 3, (100,) * 3}


def test_hand_labels_are_known(tmp_path):
    photo = drawn("ring", 0)
    save_labelled(tmp_path / "a", "one", photo.rgb, [(photo.box, "ABLF", True)])
    (record,) = scan_photos([tmp_path / "a"]).photos
    (label,) = record.annotations
    assert (label.category, label.text, label.identity, label.difficult) == ("tag", "ABLF", "ABLF", True)
    assert label.box == pytest.approx(photo.box, abs=1.0)


def test_the_cache_is_used_until_the_file_changes(tmp_path, monkeypatch):
    path, cache = tmp_path / "a/x.png", tmp_path / "cache"
    save(path, 200)
    first = scan_photos([tmp_path / "a"], cache)
    with monkeypatch.context() as patch:
        patch.setattr(backgrounds, "read_picture", lambda path: pytest.fail("decoded again"))
        assert scan_photos([tmp_path / "a"], cache) == first
    save(path, 120)
    os.utime(path, ns=(1, 1))
    changed = scan_photos([tmp_path / "a"], cache)
    assert changed == scan_photos([tmp_path / "a"])
    assert changed != first
    for note in cache.iterdir():
        note.write_text("{")
    assert scan_photos([tmp_path / "a"], cache) == changed
    assert {p.name for p in (tmp_path / "a").iterdir()} == {"x.png"}


def test_a_linked_photo_goes_by_its_name_in_the_folder(tmp_path):
    save(tmp_path / "store/ab12.png", 90)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.png").symlink_to(tmp_path / "store/ab12.png")
    (photo,) = scan_photos([tmp_path / "photos"]).photos
    assert (photo.id, photo.path) == ("photos/a.png", str(tmp_path / "store/ab12.png"))
