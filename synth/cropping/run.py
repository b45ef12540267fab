"""All crops of a dataset: pictures are cropped by any number of processes; what is joint is written at the end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import msgspec

from synth.cropping.made import Made
from synth.cropping.options import SETS, CropOptions, SetName, begin
from synth.cropping.parts import part_path, read_part
from synth.cropping.pictures import Cropper
from synth.cropping.rotation import angle_table
from synth.cropping.sources import require_source
from synth.cropping.transcriptions import recognition_list
from synth.errors import LabelError, SynthError
from synth.files import write_atomically
from synth.labels.dataset import Dataset, EncodedImages, dataset_counts, decode_image, finish_dataset
from synth.labels.sample import Categories, LabelledImage
from synth.spawning import calm_start

CHUNK = 8
DECODED_AT_ONCE = 50_000

OnProgress = Callable[[int, int], None]


def make_crops(
    dataset: Dataset,
    out: Path,
    options: CropOptions,
    *,
    sets: Sequence[SetName] = SETS,
    workers: int = 1,
    on_progress: OnProgress = lambda _done, _total: None,
) -> Made:
    """Makes the sets, each in its folder below `out`. Doing it twice, or with other workers, gives the same bytes.

    What an earlier run finished is not made again. After an interruption the sets hold what is finished until then.

    Args:
        dataset: whose tags are cropped.
        out: new, empty, or begun with the same labels and options.
        options: of the crops.
        sets: which are made.
        workers: processes.
        on_progress: called with (done, total) pictures.

    Raises:
        ConfigError: a folder of something else, or a dataset that gives no honest crops (`synth.cropping.sources`).
        LabelError: no tag gives a crop.
        AssetError: the disk refuses.
    """
    require_source(dataset, out)
    cropper = Cropper.of(dataset, out, tuple(name for name in SETS if name in sets), options)
    begin(out, dataset, options)
    made = Made()
    total = len(dataset.images)
    chunks = [range(start, min(start + CHUNK, total)) for start in range(0, total, CHUNK)]
    try:
        with _cropped(cropper, chunks, workers) as parts:
            for chunk, part in zip(chunks, parts, strict=True):
                made.add(part)
                on_progress(chunk.stop, total)
    except KeyboardInterrupt:
        _finish(cropper, _finished(cropper, chunks))
        raise
    if not (made.characters or made.rotation or made.recognition):
        raise LabelError(_nothing(dataset, made))
    _finish(cropper, made)
    return made


def _finished(cropper: Cropper, chunks: Sequence[range]) -> Made:
    """What is done after an interruption, also by workers that were ahead."""
    made = Made()
    for chunk in chunks:
        made.add(read_part(part_path(cropper.out, cropper.sets, chunk), cropper.out) or Made())
    return made


def _nothing(dataset: Dataset, made: Made) -> str:
    if made.problems:
        return f"{dataset.root}: no picture gave a crop; the first problem: {made.problems[0]}"
    reasons = ", ".join(f"{count} {reason} ({name})" for (name, reason), count in sorted(made.left_out.items()))
    return (
        f"{dataset.root}: no tag gives a crop: {reasons or 'there are no tags'}; crops need tags with an angle "
        "or a quad, and labelled characters or a text"
    )


@contextmanager
def _cropped(cropper: Cropper, chunks: Sequence[range], workers: int) -> Iterator[Iterator[Made]]:
    """What the chunks give, in their order."""
    if workers == 1:
        yield map(cropper.crop_chunk, chunks)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _prepare, (cropper,))
    try:
        with calm_start():
            parts = pool.map(_crop_chunk, chunks)
        yield parts
    except BrokenProcessPool:
        raise SynthError("a worker process ended at once, perhaps for want of memory; try fewer --workers") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_CROPPERS: list[Cropper] = []


def _prepare(cropper: Cropper) -> None:
    """In a worker: Ctrl-C is the parent's business, and one thread is enough."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    _CROPPERS[:] = [cropper]


def _crop_chunk(chunk: range) -> Made:
    return _CROPPERS[0].crop_chunk(chunk)


def _finish(cropper: Cropper, made: Made) -> None:
    """Writes what is joint."""
    if made.characters:
        _finish_set(cropper, "characters", _images(made.characters), cropper.classes)
    if made.rotation:
        images = _images(made.rotation)
        _finish_set(cropper, "rotation", images, cropper.dataset.categories)
        write_atomically(cropper.out / "rotation" / "angles.csv", angle_table(images))
    root = cropper.out / "text"
    for split in sorted({split for split, _ in made.detection}):
        lines = "".join(f"{line}\n" for held, line in made.detection if held == split)
        write_atomically(root / "full" / split / "Label.txt", lines.encode())
        rows = [(path, text) for held, path, text in made.recognition if held == split]
        write_atomically(root / f"rec_gt_{split}.txt", recognition_list(rows))


def _images(raw: Sequence[msgspec.Raw]) -> Sequence[LabelledImage]:
    """The images of a set, which are gone through several times: decoded once, if they fit into memory."""
    lines = [bytes(line) for line in raw]
    return EncodedImages(lines) if len(lines) > DECODED_AT_ONCE else [decode_image(line) for line in lines]


def _finish_set(cropper: Cropper, name: SetName, images: Sequence[LabelledImage], categories: Categories) -> None:
    source, formats = cropper.dataset.card, cropper.options.formats
    kept: dict[str, Any] = {key: source[key] for key in ("info", "assets", "recipe_sha256") if key in source}
    card: dict[str, Any] = {
        **kept,
        "name": f"{source.get('name', cropper.dataset.root.name)} {name}",
        "versions": {"synth": version("synthtag")},
        "seed": cropper.options.seed,
        "formats": list(formats),
        **dataset_counts(images, categories),
    }
    finish_dataset(cropper.out / name, images, categories, card, formats)
