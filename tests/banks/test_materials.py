import cv2
import numpy as np
import pytest
from drawn_photos import ring_photos

from synth.banks.catalogue import BankUse, build_catalogue
from synth.banks.cutouts import CutOptions
from synth.banks.cutting import cut_tags
from synth.banks.materials import Materials
from synth.errors import AssetError
from synth.labels.photos import read_labelled_photos
from synth.labels.pictures import read_picture

WHOLE_BOXES = CutOptions(method="box")


@pytest.fixture
def home(tmp_path):
    cut_tags(read_labelled_photos(ring_photos(tmp_path / "photos")), tmp_path / "rings", WHOLE_BOXES)
    return tmp_path


def catalogue(home):
    use = BankUse(home / "rings")
    return build_catalogue(banks=[use], distractors=[], photos=[home / "photos"], splits={"all": 1}, seed=0)


def test_pixels_are_those_of_the_files(home):
    materials = Materials(catalogue(home))
    tag = materials.tag("rings/photo0-1")
    assert np.array_equal(tag.rgb, read_picture(home / "rings/cutouts/photo0-1.png"))
    assert np.array_equal(tag.alpha, read_picture(home / "rings/masks/photo0-1.png")[..., 0])
    assert tag.record.text == "T0"
    assert np.array_equal(materials.photo("photos/photo1.png"), read_picture(home / "photos/photo1.png"))
    assert materials.photo_record("photos/photo1.png").width == materials.photo("photos/photo1.png").shape[1]


def test_pixels_are_read_only_and_kept(home):
    materials = Materials(catalogue(home))
    photo = materials.photo("photos/photo0.png")
    assert materials.photo("photos/photo0.png") is photo
    with pytest.raises(ValueError, match="read-only"):
        photo[0, 0] = 0
    with pytest.raises(ValueError, match="read-only"):
        materials.tag("rings/photo0-1").alpha[0, 0] = 0


def test_memory_is_bounded_and_the_least_recently_used_goes(home):
    sizes = [read_picture(home / f"photos/photo{i}.png").nbytes for i in range(3)]
    materials = Materials(catalogue(home), cache_bytes=sizes[0] + max(sizes[1:]))
    zero, one = materials.photo("photos/photo0.png"), materials.photo("photos/photo1.png")
    assert materials.photo("photos/photo0.png") is zero
    materials.photo("photos/photo2.png")
    assert materials.photo("photos/photo0.png") is zero
    assert materials.photo("photos/photo1.png") is not one
    tiny = Materials(catalogue(home), cache_bytes=1)
    assert np.array_equal(tiny.photo("photos/photo0.png"), zero)
    assert tiny.photo("photos/photo0.png") is not tiny.photo("photos/photo0.png")


@pytest.mark.parametrize("name", ["rings/cutouts/photo0-1.png", "rings/masks/photo0-1.png", "photos/photo0.png"])
def test_a_file_that_changed_or_went_is_an_error(home, name):
    known = catalogue(home)
    cv2.imwrite(str(home / name), 255 - cv2.imread(str(home / name)))
    for said in ("not the file that it was", "cannot be read"):
        materials = Materials(known)
        with pytest.raises(AssetError, match=said):
            materials.photo("photos/photo0.png") if name.startswith("photos") else materials.tag("rings/photo0-1")
        (home / name).unlink(missing_ok=True)


def test_an_edited_mask_is_what_is_drawn(home):
    path = home / "rings/masks/photo0-1.png"
    mask = np.zeros(read_picture(path).shape[:2], np.uint8)
    mask[20:40, 20:50] = 255
    cv2.imwrite(str(path), mask)
    tag = Materials(catalogue(home)).tag("rings/photo0-1")
    assert tag.record.mask_from == "edited"
    assert tag.record.mask_box == (20, 20, 50, 40)
    assert np.array_equal(tag.alpha, mask)


def test_unknown_names_are_errors(home):
    materials = Materials(catalogue(home))
    with pytest.raises(AssetError, match="no tag 'x'"):
        materials.tag("x")
    with pytest.raises(AssetError, match="no photo 'x'"):
        materials.photo("x")
