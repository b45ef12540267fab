"""Labelled text pictures: how many one core makes in a second, and how exact their character boxes are.

    python benchmarks/serials.py [--rivals DIR] [--recipe RECIPE] [--images N] [--characters N]

Speed is CPU time, one process, one thread. Ours is the worker of `synth generate` with a recipe of text lines (200x96
px: photo behind it, perspective, ink, defocus, noise, JPEG, labels of tag and characters, all written), first draw to
last file, after warming up; its blocks take turns with the drawing of the lettering alone. The rivals' is user and
system time of their own programs, those of N pictures less those of one, so that their start is not counted. They run
in an environment of their own in DIR, which pip builds if it is not there; with a clone of SynthTIGER's repository in
DIR/synthtiger, its own example is measured too. Without --rivals, they are left out.

Exactness: each character is drawn alone and another way (`rivals/independent.py`); a box is compared with that of the
pixels that the character covers to the half.
"""

# ruff: noqa: E402, T201
from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numba
import numpy as np
from rivals.boxes import Fit, synthtiger_fit, trdg_losses
from rivals.environment import ALPHABET, open_environment, write_material
from rivals.exactness import cases, our_fits, tag_of, view_of
from rivals.speed import Rate, rival_rates

from synth.generation.images import Assignment
from synth.generation.material import catalogue_of
from synth.scene.recipe_files import load_recipe
from synth.serials.faces import open_face
from synth.serials.lettering import draw_lettering
from synth.streams import stream

MEMORY = Path("/dev/shm")  # noqa: S108
RECIPE = Path(__file__).parents[1] / "recipes" / "text-lines.yaml"
BLOCKS = 5
WARM_UP = 100
RIVAL_PICTURES = 500


def our_rates(recipe_path: Path, folder: Path, images: int) -> list[Rate]:
    """The worker of `synth generate`, and `draw_lettering` alone on a canvas of the same size. Medians of blocks."""
    recipe = load_recipe(recipe_path)
    canvas = recipe.canvas
    make = Assignment(recipe, catalogue_of(recipe), folder / "ours", recipe.output.formats, 1 << 30)()
    rng = stream(6, 0, "lettering alone")
    tags = [(tag_of(body, path, rng), view_of(rng)) for _ in range(40) for _kind, body, path in cases(rng)]

    def draw(numbers: range) -> None:
        for number in numbers:
            tag, matrix = tags[number % len(tags)]
            draw_lettering(tag, matrix, (110, 162, 110 + canvas.width_px, 162 + canvas.height_px), open_face)

    def finish(numbers: range) -> None:
        report = make(numbers, lambda _index: None)
        if report.made != len(numbers):
            raise SystemExit(f"{report.set_aside[0].error}")

    names = {f"ours, {recipe.name}, {canvas.width_px}x{canvas.height_px} px": finish, "ours, lettering alone": draw}
    spent: dict[str, list[float]] = {name: [] for name in names}
    size = max(images // BLOCKS, 1)
    for block in range(-1, BLOCKS):
        for name, work in names.items():
            first = WARM_UP + block * size if block >= 0 else 0
            numbers = range(first, first + (size if block >= 0 else WARM_UP))
            begun = time.process_time()
            work(numbers)
            if block >= 0:
                spent[name].append((time.process_time() - begun) / size)
    return [Rate(name, size * BLOCKS, statistics.median(times)) for name, times in spent.items()]


def random_serials(count: int) -> list[str]:
    """Serials of four characters."""
    rng = stream(4, 0, "rivals' serials")
    return ["".join(row) for row in rng.choice(list(ALPHABET), (count, 4)).tolist()]


def print_speed(rates: Sequence[Rate]) -> None:
    """Table (a)."""
    ours = rates[0].seconds
    print("\n| labelled text pictures | n | CPU ms | /s and core | ours is so many times faster |")
    print("|---|---:|---:|---:|---:|")
    for rate in rates:
        times = "" if rate.name.startswith("ours") else f"{rate.seconds / ours:.1f}"
        print(f"| {rate.name} | {rate.pictures} | {rate.seconds * 1e3:.2f} | {1 / rate.seconds:,.0f} | {times} |")


def print_fits(fits: Sequence[Fit], by_kind: dict[str, Fit]) -> None:
    """Table (b)."""
    print("\n| boxes | characters | edge error px, mean | max | IoU, mean | min | lost |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for fit in (*fits, *by_kind.values()):
        errors = f"{fit.edges.mean():.3f} | {fit.edges.max():.2f} | {fit.ious.mean():.3f} | {fit.ious.min():.3f}"
        print(f"| {fit.name} | {fit.characters} | {errors} | {fit.lost} |")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rivals", type=Path, metavar="DIR", help="environment of SynthTIGER and TRDG; built if missing"
    )
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="recipe of text lines (default text-lines)")
    parser.add_argument("--images", type=int, default=2000, help="pictures of ours (default 2000)")
    parser.add_argument("--characters", type=int, default=2000, help="characters to compare, at least (default 2000)")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    versions = f"OpenCV {cv2.__version__}, numpy {np.__version__}, numba {numba.__version__}"
    print(f"{platform.machine()}, one thread; Python {platform.python_version()}, {versions}")
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        rates = our_rates(arguments.recipe, folder, arguments.images)
        fits, by_kind = our_fits(arguments.characters)
        losses: dict[str, tuple[int, int]] = {}
        if arguments.rivals:
            try:
                environment = open_environment(arguments.rivals)
                print("rivals: " + ", ".join(f"{name} {version}" for name, version in environment.versions.items()))
                write_material(folder, random_serials(RIVAL_PICTURES))
                rates += rival_rates(environment, folder, RIVAL_PICTURES)
                fits.append(synthtiger_fit(environment, folder, arguments.characters))
                losses = trdg_losses(environment, folder, RIVAL_PICTURES)
            except subprocess.CalledProcessError as error:
                sys.exit(f"the rivals' program failed: {error.cmd}\n{error.stdout or error.stderr or ''}")
        else:
            print("SynthTIGER and TRDG are left out: --rivals DIR builds their environment in DIR and measures them.")
    print_speed(rates)
    print_fits(fits, by_kind)
    for kind, (pictures, short) in losses.items():
        share = f"{short} ({short / pictures:.0%}) have fewer boxes than characters"
        print(f"\nTRDG, {kind}: of {pictures} pictures, {share}.", end="")
    print()


if __name__ == "__main__":
    main()
