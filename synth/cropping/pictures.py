"""The crops of one picture: read once, cropped for every set."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from synth.cropping.characters import make_upright_crops
from synth.cropping.made import Made, Picture
from synth.cropping.options import CropOptions, SetName
from synth.cropping.parts import part_path, read_part, write_part
from synth.cropping.rotation import make_turned_crops
from synth.cropping.text import make_text_crops
from synth.errors import AssetError, LabelError
from synth.labels.copying import UNSPLIT
from synth.labels.dataset import Dataset
from synth.labels.layout import stem_of
from synth.labels.pictures import read_picture
from synth.labels.sample import CHARACTERS_38, Categories


@dataclass(frozen=True)
class Cropper:
    """Makes crops of a dataset's pictures by their number; picklable.

    Attributes:
        dataset: that is cropped.
        stems: what the names of each picture's crops begin with.
        out: folder of the sets.
        sets: which are made.
        options: of the crops.
    """

    dataset: Dataset
    stems: tuple[str, ...]
    out: Path
    sets: tuple[SetName, ...]
    options: CropOptions

    @classmethod
    def of(cls, dataset: Dataset, out: Path, sets: tuple[SetName, ...], options: CropOptions) -> Cropper:
        """With stems that differ: where two splits use one name, the split's comes before it."""
        stems = [stem_of(image.file_name) for image in dataset.images]
        if len(set(stems)) < len(stems):
            stems = [f"{image.split}_{stem}" for image, stem in zip(dataset.images, stems, strict=True)]
        if len(set(stems)) < len(stems):
            twice = next(stem for stem in stems if stems.count(stem) > 1)
            raise LabelError(f"{dataset.root}: two pictures of a split are called {twice!r}; rename one of them")
        return cls(dataset, tuple(stems), out, sets, options)

    @property
    def classes(self) -> Categories:
        """Those of the set of characters."""
        return Categories(self.dataset.categories.characters or CHARACTERS_38)

    def crop_chunk(self, chunk: range) -> Made:
        """What a chunk of pictures gives: as stated by its part file, or made now."""
        path = part_path(self.out, self.sets, chunk)
        finished = read_part(path, self.out)
        if finished is not None and not finished.problems:
            return finished
        made = Made()
        for number in chunk:
            made.add(self.crop(number))
        write_part(path, self.out, made)
        return made

    def crop(self, number: int) -> Made:
        """Writes all crops of one picture; a picture that cannot be read becomes a problem."""
        image, made = self.dataset.images[number], Made()
        labels = image if image.split else dataclasses.replace(image, split=UNSPLIT)
        path = self.dataset.path(image)
        try:
            pixels = read_picture(path)
        except AssetError as error:
            made.problems.append(str(error))
            return made
        if pixels.shape[:2] != (image.height, image.width):
            size = f"{pixels.shape[1]} x {pixels.shape[0]}"
            made.problems.append(f"{path}: is {size}, its labels say {image.width} x {image.height}; label it again")
            return made
        picture = Picture(number, self.stems[number], labels, pixels, path)
        if "characters" in self.sets:
            known = self.dataset.categories.characters
            made.add(make_upright_crops(picture, self.out / "characters", self.classes, self.options, known))
        if "rotation" in self.sets:
            made.add(make_turned_crops(picture, self.out / "rotation", self.dataset.categories, self.options))
        if "text" in self.sets:
            made.add(make_text_crops(picture, self.out / "text", self.options))
        return made
