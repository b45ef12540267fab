from __future__ import annotations

import hashlib
import json
import shutil

import cv2
import numpy as np
import pytest
from small_material import make_material

from synth.errors import AssetError, ConfigError, SynthError
from synth.generation.replay import replay_image
from synth.generation.run import generate
from synth.generation.set_aside import SetAside, keep_aside
from synth.scene.recipe_files import load_recipe
from synth.scene.spec import TagLayer

COUNT = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(dataset folder, material folder)."""
    folder = make_material(tmp_path_factory.mktemp("material"))
    root = tmp_path_factory.mktemp("made") / "set"
    recipe = load_recipe(folder / "recipe.yaml", [f"count={COUNT}", "placement.count_weights={1: 1}"])
    assert generate(recipe, root).present == COUNT
    return root, folder


@pytest.fixture
def own(made, tmp_path):
    """A copy of both that a test may spoil; what it was made from has moved."""
    shutil.copytree(made[0], tmp_path / "set")
    shutil.copytree(made[1], tmp_path / "moved")
    return tmp_path / "set", tmp_path / "moved"


def first_tag_layer(root) -> int:
    layers = replay_image(root, 0).spec.layers
    return next(number for number, layer in enumerate(layers) if isinstance(layer, TagLayer) and layer.labelled)


def test_every_image_comes_again_byte_for_byte(made):
    for index in range(COUNT):
        again = replay_image(made[0], index)
        picture = made[0] / "images" / again.spec.split / again.spec.file_name
        assert again.is_same
        assert again.remarks == ()
        assert again.jpeg == picture.read_bytes()


def test_a_changed_value_makes_a_variant_and_changes_nothing_else(made):
    layer = first_tag_layer(made[0])
    plain = replay_image(made[0], 0)
    variant = replay_image(made[0], 0, changes=[f"layers.{layer}.gain=[0.5, 0.5, 0.5]"])
    assert variant.is_variant
    assert not variant.is_same
    assert variant.spec.layers[layer].gain == (0.5, 0.5, 0.5)
    assert [a.box for a in variant.annotations] == [a.box for a in plain.annotations]
    assert variant.jpeg != plain.jpeg
    assert not replay_image(made[0], 0, changes=[f"jpeg_quality={plain.spec.jpeg_quality}"]).is_variant


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("layers.0.blend.kind=glue", "not an image spec of this version: Invalid enum value 'glue'"),
        ("layers.99.blend.kind=hard", "layers has no part '99'"),
        ("colour=red", "unknown field `colour`"),
        ("camera.motion_px=1e9", r"<= 512.*camera.motion_px"),
        ("jpeg_quality=500", r"<= 100.*jpeg_quality"),
        ("camera.downsample=0", r">= 1.*camera.downsample"),
        ("camera.noise_seed=-1", r">= 0.*camera.noise_seed"),
        ("camera.exposure=1e300", r"<= 1000.*camera.exposure"),
        ("camera.exposure=.nan", "cannot stand in a spec"),
        ("width_px=-5", r">= 1.*width_px"),
        ("split=2024-01-01", r"--set split=2024-01-01: the value"),
        ("split=2024-13-45", r"--set split=2024-13-45: the value"),
    ],
)
def test_an_impossible_change_is_explained(made, change, message):
    with pytest.raises(ConfigError, match=message):
        replay_image(made[0], 0, changes=[change])


def test_an_image_that_is_not_there(made):
    with pytest.raises(ConfigError, match="holds no image 12"):
        replay_image(made[0], COUNT)


def test_an_unfinished_folder_can_be_replayed(own):
    (own[0] / "manifest.jsonl").unlink()
    assert replay_image(own[0], 7).is_same


def test_material_at_another_place(own):
    """Without `.work/`, as a set that was sent to somebody is."""
    root, moved = own
    shutil.rmtree(root / ".work")
    with pytest.raises(ConfigError, match=r"catalogue\.json.*--tags.*--photos"):
        replay_image(root, 3)
    assert replay_image(root, 3, tags=[moved / "bank"], photos=[moved / "photos"]).is_same
    with pytest.raises(AssetError, match=r"which is not in the material.*--photos"):
        replay_image(root, 3, tags=[moved / "bank"])


def test_what_differs_is_named(own):
    root, moved = own
    layer = first_tag_layer(root)
    tag = replay_image(root, 0).spec.layers[layer].tag
    pixels = moved / "bank" / "cutouts" / f"{tag.split('/')[1]}.png"
    cv2.imwrite(str(pixels), 255 - cv2.imread(str(pixels)))
    again = replay_image(root, 0, tags=[moved / "bank"], photos=[moved / "photos"])
    assert not again.is_same
    assert any(remark.startswith(f"not as it was: {tag} was") for remark in again.remarks)
    x0, y0, x1, y1 = again.annotations[0].box
    changed = next(remark for remark in again.remarks if "pixels differ" in remark)
    a0, b0, a1, b1 = map(int, changed.split("within (")[1].rstrip(")").split(","))
    assert a0 < x1
    assert x0 < a1
    assert b0 < y1
    assert y0 < b1


def test_a_picture_that_was_painted_over_is_told_from_a_replay_that_differs(own):
    root, _ = own
    spec = replay_image(root, 5).spec
    path = root / "images" / spec.split / spec.file_name
    cv2.imwrite(str(path), np.zeros((spec.height_px, spec.width_px, 3), np.uint8))
    again = replay_image(root, 5)
    assert again.is_same
    assert len(again.remarks) == 1
    assert "was changed since it was made" in again.remarks[0]
    path.unlink()
    assert "is missing" in replay_image(root, 5).remarks[0]


def test_another_version_is_named(own):
    root, moved = own
    shutil.rmtree(root / ".work")
    card = json.loads((root / "card.json").read_bytes())
    card["versions"]["numpy"] = "0.9"
    (root / "card.json").write_text(json.dumps(card))
    lines = (root / "manifest.jsonl").read_text().splitlines()
    entry = json.loads(lines[2]) | {"sha256": hashlib.sha256(b"other").hexdigest()}
    (root / "manifest.jsonl").write_text("\n".join([*lines[:2], json.dumps(entry), *lines[3:]]) + "\n")
    again = replay_image(root, 2, tags=[moved / "bank"], photos=[moved / "photos"])
    assert not again.is_same
    assert any(remark.startswith("not as it was: numpy was 0.9, is ") for remark in again.remarks)


def test_an_image_that_was_set_aside_is_tried_again(own):
    root, _ = own
    spec = replay_image(root, 4).spec.to_dict() | {"index": 77}
    keep_aside(root, SetAside(77, "the worker was killed", spec))
    assert replay_image(root, 77).spec.index == 77
    keep_aside(root, SetAside(78, "all 50 draws were refused", None))
    with pytest.raises(SynthError, match="image 78 was set aside before anything was drawn: all 50 draws"):
        replay_image(root, 78)
