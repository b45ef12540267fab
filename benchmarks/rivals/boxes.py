"""How exact the rivals' character boxes are."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rivals.environment import INSIDE, Environment
from rivals.speed import BENT, PLAIN, trdg_arguments


@dataclass(frozen=True)
class Fit:
    """Boxes against the pixels that a character covers to the half.

    Attributes:
        name: of the maker.
        characters: measured.
        ious: of each box with the tight one.
        edges: distance in px of each edge from the tight box's.
        lost: characters with pixels and no box.
    """

    name: str
    characters: int
    ious: np.ndarray
    edges: np.ndarray
    lost: int


def synthtiger_fit(environment: Environment, material: Path, characters: int) -> Fit:
    """Box errors of SynthTIGER; `material` as `write_material` left it."""
    printed = environment.call([INSIDE / "synthtiger_boxes.py", str(characters)], within=material)
    found = json.loads(printed.splitlines()[-1])
    name = f"SynthTIGER {environment.versions['SynthTIGER']}"
    return Fit(name, len(found["ious"]), np.array(found["ious"]), np.array(found["edges"]), found["lost"])


def trdg_losses(environment: Environment, material: Path, pictures: int) -> dict[str, tuple[int, int]]:
    """How many pictures TRDG wrote, and how many of them have fewer boxes than characters, with and without bending."""
    losses = {}
    for name, options in {
        "straight": (*PLAIN, "-om", "1", "-obb", "1"),
        "turned, bent, blurred": (*PLAIN, *BENT),
    }.items():
        out = material / "boxes"
        environment.call(trdg_arguments(options, pictures, out), within=material)
        files = list(out.glob("*_boxes.txt"))
        short = sum(len(file.read_text().split("\n")) - 1 < len(file.name.split("_")[0]) for file in files)
        shutil.rmtree(out)
        losses[name] = (len(files), short)
    return losses
