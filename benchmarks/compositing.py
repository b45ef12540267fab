"""What one core makes of photos in a second: by hand, by bare library calls, and by this package.

    python benchmarks/compositing.py [--photos FOLDER] [--images N]

Each line makes 640x640 JPEG files of quality 90 with one tag, and their labels. CPU time of this process (medians,
after warming up), one thread, the lines taking turns in blocks, so that a busy machine slows all of them alike.

* by hand: decode both photos, crop the tag's box and the background, `cv2.seamlessClone`, `imwrite`, ElementTree.
* bare calls: crop from a photo in memory, turn the cut-out, `cv2.seamlessClone`, encode, write. No labels.
* ours: the worker of `synth generate` itself, from drawing the scene to the JPEG, VOC and YOLO files and the line of
  the manifest; the tag's own mask instead of its box. "whole" encodes every picture: 648x648 px are no whole number of
  JPEG's blocks, so that nothing can be spliced.
* ours + camera: exposure, motion blur and sensor noise on every full frame.

Without --photos, it draws six photos of 8 megapixels. Files go to memory (/dev/shm) where the system has such a folder,
so that no disk is measured. No paste is refused here for lost writing, because the
hand-made way refuses none.
"""

# ruff: noqa: E402, T201
from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import platform
import statistics
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import cv2
import numba
import numpy as np

from synth.banks.catalogue import BankUse, build_catalogue
from synth.banks.cutting import cut_tags
from synth.banks.procedural import draw_background
from synth.banks.records import Catalogue
from synth.compositing.grain import add_grain
from synth.compositing.splice import EncodedPhoto
from synth.generation.images import Assignment, ImageMaker
from synth.labels.photos import LabelledPhotos, read_labelled_photos
from synth.scene.recipe_files import load_recipe
from synth.streams import stream

MEMORY = Path("/dev/shm")  # noqa: S108
SIDE = 640
QUALITY = 90
BLOCKS = 5
BY_HAND_SHARE = 10
RECIPE = """
name: benchmark
seed: 1
count: 100000
canvas: {{width_px: {side}, height_px: {side}}}
splits: {{train: 1}}
tags: [{{bank: "{bank}", unusable: true}}]
backgrounds: {{photos: ["{photos}"], hand_labels: avoid, mirrored_share: 0}}
placement:
  count_weights: {{1: 1}}
  where: {{kind: uniform}}
  scale_range: [1, 1]
  rotation_range_deg: [-10, 10]
  perspective_range: [0, 0]
  truncation: {{share: 0}}
blends: {{weights: {{seamless_normal: 1}}}}
negatives: {{count_weights: {{0: 1}}}}
occluders: {{share: 0, decoy_share: 0}}
refusal: {{min_contrast: 0, max_clipped: 1}}
camera: {camera}
output: {{jpeg_quality_range: [90, 90], formats: [voc, yolo]}}
"""
NO_CAMERA = "{untouched_share: 1}"
CAMERA = (
    "{untouched_share: 0, exposure: {share: 1}, noise: {share: 1}, motion: {share: 1}, white_balance: {share: 0}, "
    "vignette: {share: 0}, defocus: {share: 0}, rain: {share: 0}, infrared: {share: 0}, downsample: {share: 0}}"
)
VOC = """<annotation><filename>{name}</filename>
<size><width>{width}</width><height>{height}</height><depth>3</depth></size>
<object><name>tag</name><difficult>0</difficult><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>
</bndbox></object></annotation>"""


def draw_photos(folder: Path) -> None:
    """Six textured photos of 8 megapixels, one with a labelled tag."""
    width, height = 3264, 2448
    for n in range(6):
        colours = ((40, 36, 30), (112, 104, 84), (150, 148, 140), (210, 205, 190))
        photo = draw_background("noise", n, 60.0, 6, colours, width, height)
        add_grain(photo, n, shot=9.0, read=4.0)
        if n == 0:
            x, y, w, h = 1664, 748, 88, 132
            cv2.rectangle(photo, (x, y), (x + w, y + h), (232, 232, 226), -1)
            for k, letter in enumerate("ABLF"):
                cv2.putText(photo, letter, (x + 22, y + 34 + 30 * k), cv2.FONT_HERSHEY_DUPLEX, 1.1, (30, 30, 34), 2)
            label = VOC.format(name="0.jpg", width=width, height=height, x0=x, y0=y, x1=x + w, y1=y + h)
            (folder / "0.xml").write_text(label)
        cv2.imwrite(str(folder / f"{n}.jpg"), photo[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])


def by_hand(labelled: LabelledPhotos, out: Path) -> Callable[[int], None]:
    """The notebook's way, with the quality of the other lines."""
    tag_photo = next(p for p in labelled.photos if p.labels.annotations)
    x0, y0, x1, y1 = (int(v) for v in tag_photo.labels.annotations[0].box)
    others = [p.path for p in labelled.photos if not p.labels.annotations]
    rng = stream(2, 0, "by hand")

    def make(number: int) -> None:
        tag = cv2.imread(str(tag_photo.path))[y0:y1, x0:x1]
        photo = cv2.imread(str(others[number % len(others)]))
        y, x = (int(rng.integers(0, side - SIDE + 1)) for side in photo.shape[:2])
        crop = photo[y : y + SIDE, x : x + SIDE]
        h, w = tag.shape[:2]
        px, py = (int(rng.integers(side // 2, SIDE - side // 2)) for side in (w, h))
        mask = np.full(tag.shape, 255, np.uint8)
        picture = cv2.seamlessClone(tag, crop, mask, (px, py), cv2.NORMAL_CLONE)
        cv2.imwrite(str(out / f"{number}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        box = (px - w // 2, py - h // 2, px - w // 2 + w, py - h // 2 + h)
        write_voc(out / f"{number}.xml", box)

    return make


def write_voc(path: Path, box: tuple[int, int, int, int]) -> None:
    """A VOC file by ElementTree."""
    root = ET.Element("annotation")
    ET.SubElement(root, "filename").text = path.with_suffix(".jpg").name
    size = ET.SubElement(root, "size")
    for key, value in (("width", SIDE), ("height", SIDE), ("depth", 3)):
        ET.SubElement(size, key).text = str(value)
    thing = ET.SubElement(root, "object")
    for key in ("name", "pose", "truncated", "difficult"):
        ET.SubElement(thing, key).text = "tag" if key == "name" else "0"
    edges = ET.SubElement(thing, "bndbox")
    for key, edge in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
        ET.SubElement(edges, key).text = str(edge)
    ET.ElementTree(root).write(path)


def bare_calls(labelled: LabelledPhotos, out: Path) -> Callable[[int], None]:
    """What any solution built on OpenCV's cloning has to call."""
    tag_photo = next(p for p in labelled.photos if p.labels.annotations)
    x0, y0, x1, y1 = (int(v) for v in tag_photo.labels.annotations[0].box)
    tag = cv2.imread(str(tag_photo.path))[y0:y1, x0:x1].copy()
    photos = [cv2.imread(str(p.path)) for p in labelled.photos if not p.labels.annotations]
    rng = stream(3, 0, "bare calls")
    h, w = tag.shape[:2]

    def make(number: int) -> None:
        photo = photos[number % len(photos)]
        y, x = (int(rng.integers(0, side - SIDE + 1)) for side in photo.shape[:2])
        crop = photo[y : y + SIDE, x : x + SIDE].copy()
        turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(rng.uniform(-10, 10)), 1.0)
        turned = cv2.warpAffine(tag, turn, (w, h), borderMode=cv2.BORDER_REFLECT_101)
        px, py = (int(rng.integers(side // 2 + 1, SIDE - side // 2 - 1)) for side in (w, h))
        mask = np.full((h, w), 255, np.uint8)
        picture = cv2.seamlessClone(turned, crop, mask, (px, py), cv2.NORMAL_CLONE)
        file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        (out / f"{number}.jpg").write_bytes(file)

    return make


def ours(
    name: str, catalogue: Catalogue, folder: Path, photos: Path, camera: str, side: int = SIDE
) -> Callable[[int], None]:
    """A worker of `synth generate`."""
    text = RECIPE.format(bank=folder / "bank", photos=photos, camera=camera, side=side)
    path = folder / f"{name}.yaml"
    path.write_text(text)
    recipe = load_recipe(path)
    maker = ImageMaker(Assignment(recipe, catalogue, folder / name, recipe.output.formats, 1 << 30))

    def make(number: int) -> None:
        maker.make(number)

    return make


def measure(lines: dict[str, Callable[[int], None]], images: int) -> dict[str, list[float]]:
    """CPU seconds of each call. The lines take turns in blocks, each after three calls that do not count."""
    spent: dict[str, list[float]] = {name: [] for name in lines}
    for block in range(BLOCKS):
        for name, make in lines.items():
            count = images // BLOCKS // (BY_HAND_SHARE if name.startswith("(a)") else 1)
            for number in range(-3, max(count, 2)):
                begun = time.process_time()
                make(block * images + number + 3)
                if number >= 0:
                    spent[name].append(time.process_time() - begun)
    return spent


def processor() -> str:
    """Its name, as the system tells it."""
    known = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in known.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()


def report(spent: dict[str, list[float]], photos: int, encoding: float) -> None:
    """Prints the table."""
    print(f"\n{processor()}, one thread; Python {platform.python_version()}, OpenCV {cv2.__version__}, ", end="")
    print(f"numpy {np.__version__}, numba {numba.__version__}")
    base = statistics.median(next(iter(spent.values())))
    print(f"\n{'':44}{'n':>5}{'median ms':>11}{'90 % ms':>9}{'images/s':>10}{'x (a)':>8}")
    for name, times in spent.items():
        middle, slow = statistics.median(times), float(np.percentile(times, 90))
        print(f"{name:44}{len(times):5}{middle * 1e3:11.2f}{slow * 1e3:9.2f}{1 / middle:10.1f}{base / middle:8.1f}")
    print(f"\nonce per process: {photos} photos decoded; for splicing, each encoded once ({encoding * 1e3:.0f} ms).")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=Path, help="folder of photos with VOC, COCO or YOLO labels, one tag at least")
    parser.add_argument("--images", type=int, default=200, help="pictures per line (default 200)")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        photos = arguments.photos.resolve() if arguments.photos else folder / "photos"
        if not arguments.photos:
            photos.mkdir()
            draw_photos(photos)
        labelled = read_labelled_photos(photos)
        cut_tags(labelled, folder / "bank")
        bank = BankUse(folder / "bank", include_unusable=True)
        catalogue = build_catalogue(banks=[bank], distractors=[], photos=[photos], splits={"train": 1.0}, seed=1)
        for line in ("hand", "bare"):
            (folder / line).mkdir()
        splicing = ours("spliced", catalogue, folder, photos, NO_CAMERA)
        lines = {
            "(a) by hand": by_hand(labelled, folder / "hand"),
            "(b) bare library calls": bare_calls(labelled, folder / "bare"),
            "(c) ours, encoded whole": ours("whole", catalogue, folder, photos, NO_CAMERA, 648),
            "(c) ours, spliced": splicing,
            "(d) ours, exposure + motion blur + noise": ours("camera", catalogue, folder, photos, CAMERA),
        }
        for number in range(60 * len(catalogue.photos)):
            splicing(100_000 + number)
        spent = measure(lines, arguments.images)
        picture = cv2.imread(str(labelled.photos[0].path))[:, :, ::-1]
        begun = time.process_time()
        EncodedPhoto.of(np.ascontiguousarray(picture), QUALITY)
        report(spent, len(catalogue.photos), time.process_time() - begun)


if __name__ == "__main__":
    main()
