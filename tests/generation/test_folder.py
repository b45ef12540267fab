from __future__ import annotations

import os
import subprocess
import sys

import pytest

from synth.errors import AssetError, ConfigError
from synth.generation.folder import Beginning, begin, differences, locked, read_beginning, require_same, sweep


def test_two_runs_never_share_a_folder(tmp_path):
    root = tmp_path / "set"
    with (
        locked(root, shared=False),
        pytest.raises(ConfigError, match=rf"another run \(process {os.getpid()}\)"),
        locked(root, shared=True),
    ):
        pass
    with locked(root, shared=True), locked(root, shared=True):
        pass


def test_the_lock_of_a_killed_run_is_taken_over(tmp_path):
    script = (
        f"import sys, time; sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path; from synth.generation.folder import locked\n"
        f"with locked(Path({str(tmp_path)!r}) / 'set', shared=False): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ConfigError, match="another run"), locked(tmp_path / "set", shared=False):
            pass
        holder.kill()
    with locked(tmp_path / "set", shared=False):
        pass


def test_a_foreign_folder_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigError, match=r"holds thesis\.tex and was not begun"), locked(tmp_path, shared=False):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "set").write_text("x")
    with (
        pytest.raises(AssetError, match="a file stands where a folder is needed"),
        locked(tmp_path / "set", shared=False),
    ):
        pass


def test_sweep_deletes_strays_only(tmp_path):
    kept = (
        "images/train/rings_000003.jpg",
        "labels/train/rings_000003.txt",
        "images/train/rings-b_000004.jpg",
        "VOCdevkit/VOC2012/labelmap.txt",
    )
    strays = (
        "images/train/rings_000004.jpg",
        "labels/train/rings_000004.txt",
        "VOCdevkit/VOC2012/Annotations/rings_000004.xml",
        "images/test/.rings_000003.jpg.77.tmp",
        ".work/parts/.00000000-00000025.jsonl.77.tmp",
    )
    for name in (*kept, *strays):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    sweep(tmp_path, "rings", {3})
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == set(kept)


BEGINNING = Beginning({"seed": 3, "tags": [{"bank": "a"}]}, ("coco",), {"numpy": "1.26.4"}, {"photos/1.jpg": "aa"})


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"recipe": {"seed": 4, "tags": [{"bank": "a"}]}}, r"another recipe \(seed was 3, is 4\)"),
        ({"recipe": {"seed": 3, "tags": [{"bank": "b"}]}}, r"another recipe \(tags.0.bank was a, is b\)"),
        ({"formats": ("coco", "voc")}, r"other label formats \(formats was"),
        ({"versions": {"numpy": "2.0.0"}}, r"other versions \(numpy was 1.26.4, is 2.0.0\)"),
        ({"material": {"photos/1.jpg": "bb"}}, r"other material \(photos/1.jpg was aa, is bb\)"),
    ],
)
def test_a_folder_is_continued_only_with_what_it_was_begun_with(tmp_path, other, message):
    begin(tmp_path, BEGINNING)
    require_same(tmp_path, BEGINNING)
    assert read_beginning(tmp_path) == BEGINNING
    changed = Beginning(*(other.get(name, getattr(BEGINNING, name)) for name in BEGINNING.__struct_fields__))
    with pytest.raises(ConfigError, match=message + ".*--fresh"):
        require_same(tmp_path, changed)


def test_differences_names_each_value_once():
    before = {"a": [1, {"b": 2}], "c": 3, "gone": 4}
    after = {"a": [1, {"b": 9}], "c": 3, "new": 5}
    assert differences(before, after) == ["a.1.b was 2, is 9", "gone was 4, is absent", "new was absent, is 5"]
    assert differences(before, before) == []
