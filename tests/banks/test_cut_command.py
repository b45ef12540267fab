import click.testing
import pytest
from drawn_photos import drawn, ring_photos, save_labelled

from synth.cli.cut import command


@pytest.fixture
def run():
    runner = click.testing.CliRunner()
    return lambda *arguments: runner.invoke(command, [str(a) for a in arguments], catch_exceptions=False)


def test_the_summary_counts_what_was_cut(run, tmp_path):
    photos = ring_photos(tmp_path / "photos", 2)
    photo = drawn("plate", 0)
    save_labelled(photos, "hard", photo.rgb, [(photo.box, "T0", True)])
    (photos / "broken.jpg").write_bytes(b"\xff\xd8")
    done = run(photos, "--out", tmp_path / "bank", "--method", "box")
    assert done.exit_code == 0
    assert "3 tags (3 tag) of 2 identities from 3 photos\n2 usable; 1 marked: 1 difficult\n" in done.stdout
    assert f"look at {tmp_path / 'bank' / 'sheet.png'}" in done.stdout
    assert "broken.jpg" in done.stderr
    assert "1 photo was left out, see above" in done.stderr
    assert "without identity" not in done.stdout
    assert (tmp_path / "bank/sheet.png").is_file()


def test_one_tag_is_named_and_text_may_be_given(run, tmp_path):
    photo = drawn("ring", 0)
    save_labelled(tmp_path / "photos", "one", photo.rgb, [(photo.box, "", False)])
    done = run(tmp_path / "photos", "--out", tmp_path / "bank", "--method", "box", "--text", "ABLF")
    assert "1 tag (1 tag) of 1 identity (ABLF) from 1 photo\n" in done.stdout


def test_a_photo_that_cannot_be_read_counts_as_left_out_once(run, tmp_path):
    photos = ring_photos(tmp_path / "photos", 3)
    half = photos / "photo1.png"
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    done = run(photos, "--out", tmp_path / "bank", "--method", "box")
    assert done.exit_code == 0
    assert "2 tags (2 tag) of 2 identities from 2 photos\n" in done.stdout
    assert "1 photo was left out, see above" in done.stderr
    assert len(set(done.stderr.splitlines())) == len(done.stderr.splitlines())


def test_what_follows_from_tags_without_identity_is_said(run, tmp_path):
    photo = drawn("ring", 0)
    save_labelled(tmp_path / "photos", "one", photo.rgb, [(photo.box, "", False)])
    done = run(tmp_path / "photos", "--out", tmp_path / "bank", "--method", "box")
    assert "1 without identity: nobody knows which of them are the same tag, so a recipe with several" in done.stdout
