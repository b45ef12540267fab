"""A folder with an environment in which SynthTIGER and TRDG work, and what they are given to draw from.

Both gave up with Pillow 10 and numpy 1.24, so that they can't live beside this package.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

HERE = Path(__file__).parent
INSIDE = HERE / "inside"
ASSETS = HERE.parents[1]
ALPHABET = "ABCDFHJLNPSTVXYZ123569"
FONTS = ("ArchivoNarrow-Bold", "BarlowCondensed-SemiBold", "LiberationSans-Bold", "RobotoCondensed-Bold")
PHOTO_WIDTH_PX = 640
GREYS = tuple((dark, light) for dark in range(20, 120, 10) for light in range(180, 250, 10))
VERSIONS = "import importlib.metadata as m; print(*(m.version(p) for p in ('synthtiger', 'trdg', 'Pillow', 'numpy')))"


@dataclass(frozen=True)
class Environment:
    """Where the rivals live.

    Attributes:
        folder: holds the environment, and perhaps `synthtiger`, a clone of SynthTIGER's repository.
        python: the environment's interpreter.
        versions: of synthtiger, trdg, Pillow and numpy.
    """

    folder: Path
    python: Path
    versions: dict[str, str]

    def call(self, arguments: Sequence[str | Path], *, within: Path) -> str:
        """What a program printed. One thread; raises CalledProcessError if it failed."""
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1")
        done = subprocess.run(  # noqa: S603
            [str(self.python), *map(str, arguments)],
            cwd=within,
            env=os.environ | threads,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout

    def cpu_seconds(self, arguments: Sequence[str | Path], *, within: Path) -> float:
        """User and system time of a program and of all that it started."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.call(arguments, within=within)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def open_environment(folder: Path) -> Environment:
    """Uses the environment in `folder`, or builds it there with pip."""
    python = folder / "bin" / "python"
    if not python.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)  # noqa: S603
        pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", HERE / "requirements.txt"]
        subprocess.run(pip, check=True)  # noqa: S603
    found = subprocess.run([python, "-c", VERSIONS], check=True, capture_output=True, text=True)  # noqa: S603
    names = ("SynthTIGER", "TRDG", "Pillow", "numpy")
    return Environment(folder, python.absolute(), dict(zip(names, found.stdout.split(), strict=True)))


def write_material(folder: Path, serials: Sequence[str]) -> None:
    """Writes `serials.txt`, and `photos`, `fonts`, `colours.txt`: the rivals' packages bring none of them that fits."""
    (folder / "serials.txt").write_text("\n".join(serials) + "\n")
    pairs = [f"{dark} 20 {light} 20" for dark, light in GREYS]
    triples = [f"{dark} 20 {(dark + light) // 2} 20 {light} 20" for dark, light in GREYS]
    (folder / "colours.txt").write_text("\n".join(pairs + triples) + "\n")
    for name in ("photos", "fonts"):
        (folder / name).mkdir()
    for path in sorted((ASSETS / "backgrounds").glob("*.jpg")):
        photo = cv2.imread(str(path))
        height = round(photo.shape[0] * PHOTO_WIDTH_PX / photo.shape[1])
        cv2.imwrite(str(folder / "photos" / path.name), cv2.resize(photo, (PHOTO_WIDTH_PX, height)))
    for name in FONTS:
        (folder / "fonts" / f"{name}.ttf").write_bytes((ASSETS / "fonts" / f"{name}.ttf").read_bytes())
        (folder / "fonts" / f"{name}.txt").write_text(ALPHABET)
