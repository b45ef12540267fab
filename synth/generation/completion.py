"""The end of a run: everything that describes the dataset as a whole, from the part files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from synth.banks.records import Catalogue
from synth.files import explained
from synth.generation.card import dataset_card
from synth.generation.folder import Beginning, parts_folder, sweep
from synth.generation.manifest import write_manifest
from synth.generation.material import portable
from synth.generation.parts import PartLine, read_parts
from synth.generation.renders import renders_of
from synth.generation.set_aside import remaining_aside
from synth.labels.dataset import EncodedImages, finish_dataset, image_path
from synth.labels.layout import voc_path, yolo_path
from synth.labels.sample import Categories
from synth.scene.recipe import Recipe


def whole_lines(root: Path, formats: Sequence[str]) -> list[PartLine]:
    """The finished images in index order: those with a part line whose files are all there."""
    lines = {line.index: line for line in read_parts(parts_folder(root)) if _is_whole(root, line, formats)}
    return [lines[index] for index in sorted(lines)]


def complete_dataset(root: Path, recipe: Recipe, catalogue: Catalogue, beginning: Beginning) -> dict[str, Any]:
    """Removes strays, then writes manifest, joint label files and, last, the card. Doing it twice changes no byte.

    Returns:
        What generation knows for the card.
    """
    forget_completion(root)
    lines = whole_lines(root, beginning.formats)
    made = {line.index for line in lines}
    sweep(root, recipe.name, made)
    images = EncodedImages([bytes(line.image) for line in lines])
    rejections = Counter(reason for line in lines for reason in line.rejections)
    set_aside = remaining_aside(root, made, recipe.count)
    renders = renders_of(line.spec for line in lines)
    card = dataset_card(portable(recipe), catalogue, beginning, images, rejections, set_aside, renders)
    write_manifest(root, lines)
    finish_dataset(root, images, Categories(catalogue.categories, catalogue.characters), card, beginning.formats)
    return card


def forget_completion(root: Path) -> None:
    """Deletes the card, so that the folder counts as unfinished, and the files whose names depend on the whole."""
    with explained(root):
        (root / "card.json").unlink(missing_ok=True)
        for path in sorted((root / "tfrecord").glob("*.tfrecord")):
            path.unlink()


def _is_whole(root: Path, line: PartLine, formats: Sequence[str]) -> bool:
    labels = {"voc": voc_path(root, line.file_name), "yolo": yolo_path(root, line.split, line.file_name)}
    try:
        size = image_path(root, line.split, line.file_name).stat().st_size
    except FileNotFoundError:
        return False
    beside = ((root / file.path, file.size) for file in line.files)
    return (
        size == line.size
        and all(path.exists() for name, path in labels.items() if name in formats)
        and all(path.is_file() and path.stat().st_size == wanted for path, wanted in beside)
    )
