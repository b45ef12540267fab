"""Writing: whole or not at all, and a refusal of the disk is one line with a remedy."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import AssetError
from synth.files import explained, sha256, write_atomically


def test_what_was_written_is_read_and_nothing_else_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.bin"
    for data in (b"", b"one", os.urandom(100_000)):
        write_atomically(path, data, durable=len(data) == 3)
        assert path.read_bytes() == data
        assert os.listdir(path.parent) == ["c.bin"]


def test_pieces_are_joined(tmp_path: Path) -> None:
    write_atomically(tmp_path / "c", (bytes([k]) * k for k in range(5)))
    assert (tmp_path / "c").read_bytes() == b"\1\2\2\3\3\3\4\4\4\4"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EROFS, "choose a folder that you may write to"),
        (errno.EIO, "check the path and the disk"),
    ],
)
def test_a_refusal_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    path = tmp_path / "labels.json"
    write_atomically(path, b"old")

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(AssetError, match=f"labels.json: cannot be written .*{os.strerror(number)}.*{remedy}") as caught:
        write_atomically(path, b"new", durable=True)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["labels.json"]


def test_pieces_that_fail_leave_the_old_file_whole(tmp_path: Path) -> None:
    write_atomically(tmp_path / "c", b"old")

    def pieces() -> object:
        yield b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "c", pieces())  # type: ignore[arg-type]
    assert (tmp_path / "c").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["c"]


def test_a_file_where_a_folder_is_needed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(AssetError, match="a file stands where a folder is needed"):
        write_atomically(tmp_path / "a" / "b" / "c", b"")


def test_a_really_full_disk() -> None:
    with pytest.raises(AssetError, match="free some space"), explained(Path("/dev/full")):
        with open("/dev/full", "wb", buffering=0) as file:
            file.write(b"1")


@given(st.binary(max_size=1000))
def test_digest(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("digest") / "f"
    path.write_bytes(data)
    assert sha256(path) == hashlib.sha256(data).hexdigest()
