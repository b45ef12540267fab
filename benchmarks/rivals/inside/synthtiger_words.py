"""Words by SynthTIGER's own components, with the settings of its horizontal example.

Its package brings neither that example nor fonts, photos and colours. Left out is the example's test of visibility,
which flood-fills from every pixel of every letter and takes about half of its time: what is measured here flatters
SynthTIGER. Left out too are its median blur (of one pixel), four of its blends, and the hull round the word in what
lies between word and ground. Runs in the rivals' environment, in a folder with `serials.txt`, `fonts`, `photos` and
`colours.txt`.
SynthTIGER seeds numpy's global generator for each picture, so that this draws from it.
"""

# ruff: noqa: NPY002
from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from synthtiger import components, layers, templates, utils

PLAIN = {"grayscale": 0}
SHAPES = {"weights": [1, 1], "args": [{"alpha": [15, 30], "sigma": [4, 12]}, {"alpha": [0, 2], "sigma": [0, 0.6]}]}
LAYOUTS = {
    "weights": [4, 1],
    "args": [
        {"space": [-2, 5], "line_align": ["middle"]},
        {"curve": [20, 40], "space": [-2, 5], "convex": 0.5, "upward": 0.5},
    ],
}
STYLES = {
    "weights": [1, 2, 2],
    "args": [
        {"size": [1, 12], "alpha": [1, 1], **PLAIN},
        {"distance": [1, 6], "angle": [0, 360], "alpha": [0.3, 0.7], **PLAIN},
        {"length": [1, 12], "angle": [0, 360], "alpha": [1, 1], **PLAIN},
    ],
}
TRANSFORMS = {
    "weights": [1, 1, 1, 1, 1, 1, 2],
    "args": [
        {"percents": [[0.5, 1], [1, 1]], "aligns": [[0, 0], [0, 0]]},
        {"percents": [[1, 1], [0.5, 1]], "aligns": [[0, 0], [0, 0]]},
        {"weights": [1, 0, 1, 0], "percent": [0.75, 1], "align": [-1, 1]},
        {"weights": [0, 1, 0, 1], "percent": [0.5, 1], "align": [-1, 1]},
        {"weights": [1, 0], "angle": [0, 30], "ccw": 0.5},
        {"weights": [0, 1], "angle": [0, 10], "ccw": 0.5},
        {"angle": [0, 10], "ccw": 0.5},
    ],
}
POSTPROCESS = [
    {"prob": 1, "args": {"scale": [4, 8], "per_channel": 0}},
    {"prob": 0.9, "args": {"sigma": [0, 2]}},
    {"prob": 0.1, "args": {"size": [0.4, 0.4]}},
]
BLENDS = ("normal", "multiply", "screen", "overlay", "hard_light", "soft_light", "addition", "darken_only")
MIDGROUND_SHARE = 0.25
QUALITIES = (50, 96)


class Words(templates.Template):
    """One word a picture, a box for each character.

    Args:
        config: `style_share`, of words with a border, a shadow or depth; 0.25 by default.
    """

    def __init__(self, config: dict | None = None) -> None:
        c = components
        self.corpus = c.LengthAugmentableCorpus(paths=["serials.txt"], weights=[1])
        self.font = c.BaseFont(paths=["fonts"], weights=[1], size=[40, 80], bold=0.5)
        photos = {"paths": ["photos"], "weights": [1], "alpha": [0, 1], "grayscale": 0, "crop": 1}
        self.texture = c.Switch(c.BaseTexture(), prob=0.5, args=photos)
        self.colours = {k: c.GrayMap(paths=["colours.txt"], weights=[1], k=k, colorize=1) for k in (2, 3)}
        self.color = c.Gray(gray=[0, 255], alpha=[1, 1], colorize=1)
        self.shape = c.Selector([c.ElasticDistortion(), c.ElasticDistortion()], **SHAPES)
        self.layout = c.Selector([c.FlowLayout(), c.CurveLayout()], **LAYOUTS)
        styles = c.Selector([c.TextBorder(), c.TextShadow(), c.TextExtrusion()])
        self.style = c.Switch(styles, prob=(config or {}).get("style_share", 0.25), args=STYLES)
        kinds = (c.Perspective, c.Perspective, c.Trapezoidate, c.Trapezoidate, c.Skew, c.Skew, c.Rotate)
        self.transform = c.Selector([kind() for kind in kinds], **TRANSFORMS)
        self.fit = c.Fit()
        self.pad = c.Pad(pxs=[[0, 10]] * 4)
        self.moved = c.Translate(percents=[[-0.5, 0.5], [-0.5, 0.5]])
        effects = (c.AdditiveGaussianNoise, c.GaussianBlur, c.Resample)
        self.postprocess = c.Iterator([c.Switch(effect()) for effect in effects], args=POSTPROCESS)

    def generate(self) -> dict:
        """A picture with its labels."""
        word, characters, text, behind = self.draw_word()
        ground = self.draw_ground(word.size.astype(int), behind)
        if np.random.rand() < MIDGROUND_SHARE:
            other = self.draw_word()[0]
            other.bbox = word.bbox
            self.moved.apply([other])
            clear = layers.Layer(word.image.copy())
            clear.bbox = word.bbox
            ground = utils.blend_image(other.erase(clear).output(bbox=word.bbox), ground)
        picture = utils.blend_image(word.output(), ground, mode=str(np.random.choice(BLENDS)))
        finished = layers.Layer(picture)
        mask = layers.Layer(word.output())
        self.postprocess.apply([finished, mask])
        return {
            "image": finished.output(),
            "mask": mask.output(),
            "text": text,
            "boxes": [c.bbox for c in characters],
            "characters": characters,
            "quality": int(np.random.randint(*QUALITIES)),
        }

    def draw_word(self) -> tuple[layers.Layer, list[layers.TextLayer], str, dict]:
        """A word on nothing, its characters as they lie in it, and the colour to put behind it."""
        text = self.corpus.data(self.corpus.sample())
        font = self.font.sample({"text": text, "vertical": False})
        characters = [layers.TextLayer(character, **font) for character in text]
        self.shape.apply(characters)
        self.layout.apply(characters, {"meta": {"vertical": False}})
        word = layers.Group(characters).merge()
        style = self.style.sample()
        colours = self.colours[3 if style["state"] else 2].sample()
        if style["state"]:
            style["meta"]["meta"]["rgb"] = colours[2]["rgb"]
        transform = self.transform.sample()
        self.color.apply([word], colours[0])
        self.texture.apply([word])
        self.style.apply([word, *characters], style)
        self.transform.apply([word, *characters], transform)
        self.fit.apply([word, *characters])
        self.pad.apply([word])
        for character in characters:
            character.topleft -= word.topleft
        word.topleft = (0, 0)
        return word, characters, text, colours[1]

    def draw_ground(self, size: np.ndarray, colour: dict) -> np.ndarray:
        """What lies behind the word."""
        ground = layers.RectLayer(tuple(size))
        self.color.apply([ground], colour)
        self.texture.apply([ground])
        return ground.output()

    def init_save(self, root: str) -> None:
        """Opens the label files."""
        self.root = Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.labels = (self.root / "labels.txt").open("w", encoding="utf-8")

    def save(self, root: str, data: dict, idx: int) -> None:
        """Writes a picture, its mask and its labels."""
        Image.fromarray(data["image"][..., :3].astype(np.uint8)).save(self.root / f"{idx}.jpg", quality=data["quality"])
        Image.fromarray(data["mask"][..., 3].astype(np.uint8)).save(self.root / f"{idx}.png")
        boxes = "\t".join(",".join(str(int(v)) for v in (x, y, x + w, y + h)) for x, y, w, h in data["boxes"])
        self.labels.write(f"{idx}.jpg\t{data['text']}\t{boxes}\n")

    def end_save(self, root: str) -> None:
        """Closes the label files."""
        self.labels.close()
