"""The files of a VOC tree that concern the whole dataset: sets, sets per class, label map, and links to the pictures.

`ImageSets/Main/<set>.txt` lists images by stem; `<class>_<set>.txt` adds 1 (has one), -1 (has none) or 0 (has only
difficult ones). train, val and trainval are always there, because torchvision and Datumaro ask for them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.files import write_atomically
from synth.labels.layout import ROLES, image_path, link_or_copy, stem_of, voc_folder
from synth.labels.sample import Categories, LabelledImage


@dataclass(frozen=True, slots=True)
class SetEntry:
    """What the sets say about an image.

    Attributes:
        image: without its objects.
        plain: categories with an object that is not difficult.
        difficult: categories with a difficult object.
    """

    image: LabelledImage
    plain: frozenset[int]
    difficult: frozenset[int]

    @classmethod
    def of(cls, image: LabelledImage) -> SetEntry:
        """The entry of one image."""
        plain = frozenset(a.category for a in image.annotations if not a.difficult)
        difficult = frozenset(a.category for a in image.annotations if a.difficult)
        return cls(dataclasses.replace(image, annotations=()), plain, difficult)

    def flag(self, category: int) -> int:
        """1, 0 or -1; see the module."""
        if category in self.plain:
            return 1
        return 0 if category in self.difficult else -1


def set_names(splits: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Names of the sets, each with the splits that it holds."""
    sets: dict[str, tuple[str, ...]] = {"train": (), "val": (), "trainval": ()}
    for split in splits:
        role = ROLES.get(split, split)
        sets[role] = (*sets.get(role, ()), split)
    sets["trainval"] = (*sets["train"], *sets["val"])
    return sets


def class_file_name(name: str) -> str:
    """A class name as part of a file's name."""
    return "".join("_" if c in '/\\:*?"<>|\0' else c for c in name)


def write_voc_tree(root: Path, entries: Sequence[SetEntry], splits: Sequence[str], categories: Categories) -> None:
    """Writes the joint files and links the pictures.

    Args:
        root: dataset folder.
        entries: of all images, sorted by file name.
        splits: that there are.
        categories: of the dataset.
    """
    folder = voc_folder(root)
    for name, held in set_names(splits).items():
        chosen = [entry for entry in entries if entry.image.split in held]
        for file, lines in _set_files(name, chosen, categories):
            write_atomically(folder / "ImageSets" / "Main" / file, "".join(lines).encode())
    write_atomically(folder / "labelmap.txt", label_map(categories).encode())
    for entry in entries:
        link_or_copy(
            image_path(root, entry.image.split, entry.image.file_name), folder / "JPEGImages" / entry.image.file_name
        )


def _set_files(name: str, entries: Sequence[SetEntry], categories: Categories) -> Iterator[tuple[str, list[str]]]:
    stems = [stem_of(entry.image.file_name) for entry in entries]
    yield f"{name}.txt", [f"{stem}\n" for stem in stems]
    for category, label in enumerate(categories.names):
        flags = [f"{stem} {entry.flag(category):2d}\n" for stem, entry in zip(stems, entries, strict=True)]
        yield f"{class_file_name(label)}_{name}.txt", flags


def label_map(categories: Categories) -> str:
    """`labelmap.txt` with VOC's colours, which Datumaro and CVAT need for class names that are not VOC's own.

    The classes of characters are the parts, but for those that are classes of objects too, because Datumaro takes a
    name once, and those that the file has another use for.
    """
    parts = ",".join(c for c in categories.characters if c not in categories.names and not set(c) & set(",:"))
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    for k, name in enumerate(categories.names, start=1):
        lines.append(f"{name}:{','.join(str(v) for v in _voc_colour(k))}:{parts}:")
    return "\n".join(lines) + "\n"


def _voc_colour(index: int) -> tuple[int, int, int]:
    """VOC's colour map: the bits of the index dealt to red, green and blue, highest first."""
    red = green = blue = 0
    for bit in range(8):
        red |= (index >> (3 * bit) & 1) << (7 - bit)
        green |= (index >> (3 * bit + 1) & 1) << (7 - bit)
        blue |= (index >> (3 * bit + 2) & 1) << (7 - bit)
    return red, green, blue
