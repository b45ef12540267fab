import io
import json
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.errors import AssetError, LabelError
from synth.labels.photos import LabelledPhotos, read_labelled_photos
from synth.labels.pictures import read_picture
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.labels.voc import voc_xml

SHARED = Path(os.environ.get("SYNTH_SHARED_DATA") or Path(__file__).parents[2].parent / "shared/data")
W, H = 60, 40
BOX = (10.0, 20.0, 30.0, 35.0)


def photo(path: Path, *, orientation: int = 1, size: tuple[int, int] = (W, H), light: Annotation | None = None) -> Path:
    """A dark photo, with a light rectangle where `light` has its box (in the photo as stored)."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    if light is not None:
        x0, y0, x1, y1 = (int(v) for v in light.box)
        pixels[y0:y1, x0:x1] = 255
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "PNG" if path.suffix == ".png" else "JPEG", exif=exif, quality=95)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return path


def voc(path: Path, *boxes: tuple[float, float, float, float], name: str = "", size: tuple[int, int] = (W, H)) -> Path:
    annotations = tuple(Annotation(0, box) for box in boxes)
    image = LabelledImage(name or f"{path.stem}.jpg", *size, annotations)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(voc_xml(image, Categories(("tag",)), folder="f"))
    return path


def coco(path: Path, *boxes: tuple[float, float, float, float], name: str = "a.jpg", category: str = "plate") -> Path:
    annotations = [
        {"id": k, "image_id": 1, "category_id": 1, "bbox": [x0, y0, x1 - x0, y1 - y0], "area": 1, "iscrowd": 0}
        for k, (x0, y0, x1, y1) in enumerate(boxes, start=1)
    ]
    document = {
        "images": [{"id": 1, "file_name": name, "width": W, "height": H}],
        "annotations": [{**one, "segmentation": []} for one in annotations],
        "categories": [{"id": 1, "name": category}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def labels_of(found: LabelledPhotos) -> dict[str, list[tuple[str, tuple[float, ...]]]]:
    """Class and box of everything, by photo."""
    return {
        one.path.name: [(found.categories.names[a.category], a.box) for a in one.labels.annotations]
        for one in found.photos
    }


def only_problem(found: LabelledPhotos, *words: object) -> str:
    (problem,) = found.problems
    assert "\n" not in problem
    assert [word for word in words if str(word) not in problem] == []
    return problem


@pytest.mark.parametrize(
    ("photos", "labels"),
    [
        ("", ""),
        ("", "annotations"),
        ("images", "annotations"),
        ("images", "images"),
        ("images/train", "annotations/train"),
        ("JPEGImages", "Annotations"),
        ("deep/down", "xml"),
    ],
)
def test_voc_labels_are_found_wherever_they_lie(photos: str, labels: str, tmp_path: Path) -> None:
    path = photo(tmp_path / photos / "a.jpg")
    photo(tmp_path / photos / "empty.JPG")
    photo(tmp_path / photos / "nobody.png")
    voc(tmp_path / labels / "a.xml", BOX, (0, 0, W, H))
    voc(tmp_path / labels / "empty.xml")
    found = read_labelled_photos(tmp_path)
    assert found.problems == ()
    assert found.categories == Categories(("tag",))
    assert labels_of(found) == {"a.jpg": [("tag", BOX), ("tag", (0, 0, W, H))], "empty.JPG": [], "nobody.png": []}
    by_name = {one.path.name: one for one in found.photos}
    assert by_name["a.jpg"].path == path
    assert by_name["a.jpg"].labels.file_name == "a.jpg"
    assert by_name["a.jpg"].label_file == tmp_path / labels / "a.xml"
    assert by_name["nobody.png"].label_file is None


def test_pictures_outside_the_images_folder_are_no_photos(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    photo(tmp_path / "font.jpg")
    photo(tmp_path / "images/.thumbnails/a.jpg")
    assert list(labels_of(read_labelled_photos(tmp_path))) == ["a.jpg"]


def test_a_renamed_label_file_is_found_by_the_name_that_it_states(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    voc(tmp_path / "job_17.xml", BOX, name="a.jpg")
    assert labels_of(read_labelled_photos(tmp_path)) == {"a.jpg": [("tag", BOX)]}


def test_coco_and_yolo(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    photo(tmp_path / "images/b.jpg")
    coco(tmp_path / "annotations/instances_train.json", BOX)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/b.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text("train: images\nnames: [zero, one]\n")
    found = read_labelled_photos(tmp_path)
    assert found.problems == ()
    assert labels_of(found) == {"a.jpg": [("plate", BOX)], "b.jpg": [("one", (15, 10, 45, 30))]}


def test_yolo_as_labelimg_writes_it(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    photo(tmp_path / "images/b.jpg")
    (tmp_path / "images/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "images/classes.txt").write_text("ring\n")
    (tmp_path / "images/notes.txt").write_text("shot in spring\n")
    found = read_labelled_photos(tmp_path)
    assert found.problems == ()
    assert labels_of(found) == {"a.jpg": [("ring", (15, 10, 45, 30))], "b.jpg": []}


def test_a_photo_labelled_in_all_formats_is_labelled_once_by_voc_then_coco_then_yolo(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "classes.txt").write_text("ring\n")
    assert labels_of(read_labelled_photos(tmp_path)) == {"a.jpg": [("ring", (15, 10, 45, 30))]}
    coco(tmp_path / "coco.json", BOX)
    assert labels_of(read_labelled_photos(tmp_path)) == {"a.jpg": [("plate", BOX)]}
    label = voc(tmp_path / "annotations/a.xml", (1, 2, 3, 4))
    found = read_labelled_photos(tmp_path)
    assert labels_of(found) == {"a.jpg": [("tag", (1, 2, 3, 4))]}
    assert found.problems == ()
    label.write_text("<annotation>")
    found = read_labelled_photos(tmp_path)
    assert labels_of(found) == {"a.jpg": [("plate", BOX)]}
    only_problem(found, label, "broken XML", "coco.json is used")


def test_two_label_files_of_one_format_are_not_added_up(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    voc(tmp_path / "annotations/a.xml", BOX)
    voc(tmp_path / "images/a.xml", BOX)
    found = read_labelled_photos(tmp_path)
    assert (labels_of(found), found.problems) == ({"a.jpg": [("tag", BOX)]}, ())
    voc(tmp_path / "images/a.xml", (1, 2, 3, 4))
    found = read_labelled_photos(tmp_path)
    assert labels_of(found) == {"a.jpg": [("tag", BOX)]}
    only_problem(found, "labelled differently", tmp_path / "annotations/a.xml", "keep one")


def test_of_polygons_and_exact_masks_the_exact_ones_are_read(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    coco(tmp_path / "annotations/instances_train.json", BOX)
    exact = coco(tmp_path / "annotations/instances_train_rle.json", BOX)
    found = read_labelled_photos(tmp_path)
    assert (found.photos[0].label_file, found.problems) == (exact, ())


def test_polygons_arrive_as_masks(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    corners = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((10, 20), (30, 20), (30, 35), (10, 35)))
    label = f"<annotation><object><name>tag</name><polygon>{corners}</polygon></object></annotation>"
    (tmp_path / "a.xml").write_text(label)
    (one,) = read_labelled_photos(tmp_path).photos[0].labels.annotations
    assert one.box == BOX
    assert one.mask is not None
    assert one.mask.box == BOX
    assert one.mask.area == 20 * 15


@pytest.mark.parametrize(
    ("drawn_on", "orientation"), [("shown", k) for k in range(1, 9)] + [("stored", k) for k in (5, 6, 7, 8)]
)
def test_the_labels_of_a_turned_photo_lie_on_the_tag(drawn_on: str, orientation: int, tmp_path: Path) -> None:
    path = photo(tmp_path / "a.png", orientation=orientation, light=Annotation(0, BOX))
    image = read_picture(path)
    height, width = image.shape[:2]
    rows, columns = np.nonzero(image[..., 0])
    seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    if drawn_on == "shown":
        voc(tmp_path / "a.xml", seen, size=(width, height))
    else:
        voc(tmp_path / "a.xml", BOX, size=(W, H))
    found = read_labelled_photos(tmp_path)
    assert found.problems == ()
    assert labels_of(found) == {"a.png": [("tag", seen)]}
    assert (found.photos[0].labels.width, found.photos[0].labels.height) == (width, height)


def test_labels_of_another_size_are_refused(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    label = voc(tmp_path / "a.xml", BOX, size=(2 * W, 2 * H))
    found = read_labelled_photos(tmp_path)
    assert found.photos == ()
    only_problem(found, label, "120 x 80", "60 x 40", "a.jpg is left out")


@pytest.mark.parametrize(
    ("corners", "clipped", "words"),
    [
        ("0 0 60 40", (0, 0, 60, 40), ""),  # written by somebody who counts from 0
        ("51 31 61 41", (50, 30, 60, 40), ""),
        ("-4 31 61 41", (0, 30, 60, 40), "reaches outside and was clipped"),
        ("51 31 63 40", (50, 30, 60, 40), "reaches outside and was clipped"),
        ("61 31 70 40", None, "lies outside the photo of 60 x 40"),
        ("-9 1 -2 10", None, "lies outside the photo of 60 x 40"),
        ("30 1 20 10", None, "reversed or empty"),
        ("nan 1 20 10", None, "xmin must be a number"),
    ],
)
def test_boxes_beyond_the_photo(corners: str, clipped: tuple[float, ...] | None, words: str, tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    tags = zip(("xmin", "ymin", "xmax", "ymax"), corners.split(), strict=True)
    frame = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags)
    label = f"<annotation><object><name>tag</name><bndbox>{frame}</bndbox></object></annotation>"
    (tmp_path / "a.xml").write_text(label)
    found = read_labelled_photos(tmp_path)
    assert labels_of(found) == ({} if clipped is None else {"a.jpg": [("tag", clipped)]})
    if words:
        problem = only_problem(found, tmp_path / "a.xml", "object 1", words)
        assert ("is left out" in problem) == (clipped is None)
    else:
        assert found.problems == ()


def test_labels_without_their_photo_are_reported(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    label = voc(tmp_path / "annotations/gone.xml", BOX, name="lost.jpg")
    only_problem(read_labelled_photos(tmp_path), label, "'lost.jpg' is not here")
    label.unlink()
    label = coco(tmp_path / "coco.json", BOX, name="gone.jpg")
    only_problem(read_labelled_photos(tmp_path), label, "1 of its 1 photos", "'gone.jpg'")
    label.unlink()
    (tmp_path / "labels").mkdir()
    label = tmp_path / "labels/gone.txt"
    label.write_text("0 0.5 0.5 0.5 0.5\n")
    only_problem(read_labelled_photos(tmp_path), label, "its photo is not here")


def test_a_damaged_photo_is_reported_once_and_left_out(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"")
    voc(tmp_path / "b.xml", BOX)
    coco(tmp_path / "coco.json", BOX, name="b.jpg")
    (tmp_path / "labels.csv").write_text("file,text\nb.jpg,AB\n")
    found = read_labelled_photos(tmp_path)
    assert list(labels_of(found)) == ["a.jpg"]
    only_problem(found, tmp_path / "b.jpg", "no bytes")


def test_two_photos_of_one_stem_make_a_label_ambiguous(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    photo(tmp_path / "images/a.png")
    label = voc(tmp_path / "annotations/a.xml", BOX, name="a.bmp")
    found = read_labelled_photos(tmp_path)
    assert found.photos == ()
    assert len(found.problems) == 2
    for problem, name in zip(found.problems, ("a.jpg", "a.png"), strict=True):
        assert f"{label}: 2 photos go by this name" in problem
        assert f"the photo {name} is left out" in problem
    voc(label, BOX, name="a.png")
    found = read_labelled_photos(tmp_path)
    assert (labels_of(found), found.problems) == ({"a.jpg": [], "a.png": [("tag", BOX)]}, ())


def test_of_two_labelled_photos_of_one_name_the_first_stays(tmp_path: Path) -> None:
    for number, folder in enumerate(("one", "two")):
        photo(tmp_path / folder / "a.jpg")
        voc(tmp_path / folder / "a.xml", (number, 1, 20, 20))
        photo(tmp_path / folder / "unlabelled.jpg")
    found = read_labelled_photos(tmp_path)
    assert [one.path.relative_to(tmp_path).as_posix() for one in found.photos] == [
        "one/a.jpg",
        "one/unlabelled.jpg",
        "two/unlabelled.jpg",
    ]
    assert labels_of(found)["a.jpg"] == [("tag", (0, 1, 20, 20))]
    only_problem(found, tmp_path / "two/a.jpg", tmp_path / "one/a.jpg", "rename one")


def test_unreadable_labels_leave_their_photo_out(tmp_path: Path) -> None:
    photo(tmp_path / "images/a.jpg")
    photo(tmp_path / "images/b.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "classes.txt").write_text("ring\n")
    (tmp_path / "labels/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "labels/b.txt").write_text("7 0.5 0.5 0.5 0.5\n")
    found = read_labelled_photos(tmp_path)
    assert list(labels_of(found)) == ["a.jpg"]
    only_problem(found, tmp_path / "labels/b.txt", "class 7", "b.jpg is left out")
    (tmp_path / "classes.txt").unlink()
    found = read_labelled_photos(tmp_path)
    assert found.photos == ()
    assert all("classes.txt" in problem for problem in found.problems)


def test_a_senseless_coco_object_leaves_its_photo_out_and_no_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        photo(tmp_path / f"images/{name}.jpg")
    path = coco(tmp_path / "annotations/instances_train.json", BOX, (1, 1, 2, 2))
    document = json.loads(path.read_text())
    document["images"].append({"id": 2, "file_name": "train/b.jpg", "width": W, "height": H})
    document["annotations"][1] |= {"image_id": 2, "bbox": [5, 5, -3, 4]}
    path.write_text(json.dumps(document))
    found = read_labelled_photos(tmp_path)
    assert labels_of(found) == {"a.jpg": [("plate", BOX)]}
    only_problem(found, path, "annotation 2", "b.jpg is left out")


GOOD = voc_xml(
    LabelledImage("a.jpg", W, H, (Annotation(0, BOX, text="AB", angle_deg=3.0), Annotation(0, (0, 0, W, H)))),
    Categories(("tag",)),
    folder="f",
).replace(
    b"</bndbox>",
    b"</bndbox><polygon><pt><x>3</x><y>4</y></pt><pt><x>9</x><y>4</y></pt><pt><x>9</x><y>20</y></pt></polygon>",
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    edits=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 3),
            st.text("0123456789.-e", max_size=3) | st.sampled_from(["</object>", "<object>", "rotation", "nan"]),
        ),
        min_size=1,
        max_size=3,
    ),
    orientation=st.sampled_from((1, 6)),
)
def test_spoilt_labels_give_boxes_inside_the_photo_or_a_problem(
    edits: list[tuple[float, int, str]], orientation: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "spoilt_labels"
    photo(folder / "a.jpg", orientation=orientation)
    data = GOOD
    for place, dropped, new in edits:
        at = int(place * len(data))
        data = data[:at] + new.encode() + data[at + dropped :]
    (folder / "a.xml").write_bytes(data)
    found = read_labelled_photos(folder)
    assert len(found.photos) == 1 or found.problems
    assert all("\n" not in problem for problem in found.problems)
    for one in found.photos:
        for annotation in one.labels.annotations:
            x0, y0, x1, y1 = annotation.box
            assert 0 <= x0 <= x1 <= one.labels.width
            assert 0 <= y0 <= y1 <= one.labels.height


def test_other_files_in_the_folder_are_reported_or_passed_over(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    (tmp_path / "settings.xml").write_text("<settings/>")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "readme.txt").write_text("five words are in here")
    found = read_labelled_photos(tmp_path)
    assert list(labels_of(found)) == ["a.jpg"]
    only_problem(found, tmp_path / "settings.xml", "not Pascal VOC")


def test_text_and_identity_of_a_csv_and_of_flags(tmp_path: Path) -> None:
    for name in ("a", "b"):
        photo(tmp_path / f"images/{name}.jpg")
        voc(tmp_path / f"annotations/{name}.xml", BOX)
    (tmp_path / "labels.csv").write_text("file,text,identity\na.jpg,AB,bird 1\ngone.jpg,XY,\n")

    def facts(**options: str) -> list[tuple[str | None, str | None]]:
        found = read_labelled_photos(tmp_path, **options)
        only_problem(found, tmp_path / "labels.csv", ":3:", "'gone.jpg'")
        return [(one.text, one.identity) for image in found.photos for one in image.labels.annotations]

    assert facts() == [("AB", "bird 1"), (None, None)]
    assert facts(text="ZZ") == [("ZZ", "bird 1"), ("ZZ", "ZZ")]
    (tmp_path / "labels.csv").write_text("file,text\na.jpg,AB\ngone.jpg,XY\n")
    assert facts(text="ZZ") == [("ZZ", "ZZ"), ("ZZ", "ZZ")]
    assert labels_of(read_labelled_photos(tmp_path, category="ring")) == {
        "a.jpg": [("ring", BOX)],
        "b.jpg": [("ring", BOX)],
    }
    other = tmp_path / "other.csv"
    other.write_text("file,text\nb.jpg,CD\n")
    found = read_labelled_photos(tmp_path, labels_csv=other)
    assert [image.labels.annotations[0].text for image in found.photos] == [None, "CD"]


def test_the_lines_of_a_csv_speak_of_the_frame_of_the_labels(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", orientation=6)
    voc(tmp_path / "a.xml", BOX, size=(W, H))
    (tmp_path / "labels.csv").write_text("file,xmin,ymin,xmax,ymax,text\na.jpg,11,21,30,35,AB\n")
    found = read_labelled_photos(tmp_path)
    assert found.problems == ()
    assert [(one.box, one.text) for one in found.photos[0].labels.annotations] == [((5, 10, 20, 30), "AB")]


def test_folders_without_photos_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no such folder"):
        read_labelled_photos(tmp_path / "none")
    with pytest.raises(AssetError, match="no photos in it"):
        read_labelled_photos(tmp_path)
    photo(tmp_path / "a.jpg")
    with pytest.raises(LabelError, match=r"none\.csv: cannot be read"):
        read_labelled_photos(tmp_path, labels_csv=tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "photos", "boxes", "identities", "unknown"),
    [("plates_ro", 99, 130, 28, 23), ("spoonbill", 6, 1, 1, 0), ("products_real", 12, 12, 0, 12)],
)
def test_real_folders(name: str, photos: int, boxes: int, identities: int, unknown: int) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip("the photos are not here")
    found = read_labelled_photos(SHARED / name)
    annotations = [one for image in found.photos for one in image.labels.annotations]
    known = [one.identity for one in annotations if one.identity is not None]
    assert found.problems == ()
    assert (len(found.photos), len(annotations)) == (photos, boxes)
    assert (len(set(known)), len(annotations) - len(known)) == (identities, unknown)
    if name == "spoonbill":
        assert [one.text for one in annotations] == ["ABLF"]
