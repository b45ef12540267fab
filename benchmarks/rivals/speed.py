"""CPU time of a labelled text picture by SynthTIGER and by TRDG."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ruamel.yaml import YAML

from rivals.environment import INSIDE, Environment

TRDG = "import trdg.run; trdg.run.main()"
SYNTHTIGER = "import synthtiger.main; synthtiger.main.main()"
PLAIN = ("-f", "64")
PHOTO = ("-f", "96", "-wd", "200", "-al", "1", "-b", "3", "-id", "photos")
BENT = ("-k", "8", "-rk", "-bl", "2", "-rbl", "-d", "3", "-do", "2", "-om", "1", "-obb", "1")


Run = Callable[[int, Path], list[str | Path]]


@dataclass(frozen=True)
class Rate:
    """CPU seconds of one finished picture: start-up is taken off."""

    name: str
    pictures: int
    seconds: float


def trdg_arguments(options: Iterable[str], count: int, out: Path) -> list[str | Path]:
    """One run of TRDG."""
    return ["-c", TRDG, "-c", str(count), "-i", "serials.txt", "-t", "1", *options, "--output_dir", out]


def synthtiger_arguments(template: tuple[Path, str, Path], count: int, out: Path) -> list[str | Path]:
    """One run of SynthTIGER: script, its class, its settings."""
    return ["-c", SYNTHTIGER, "-w", "0", "-s", "1", "-c", str(count), "-o", out, *template]


def cost(environment: Environment, material: Path, run: Run, pictures: int) -> tuple[float, int]:
    """CPU seconds of a picture, those of many less those of one, and how many were made: TRDG gives some up."""
    spent, made = [], []
    for number, count in enumerate((1, pictures)):
        out = material / f"out{number}"
        spent.append(environment.cpu_seconds(run(count, out), within=material))
        made.append(len(list(out.rglob("*.jpg"))))
        shutil.rmtree(out)
    return (spent[1] - spent[0]) / (made[1] - made[0]), made[1]


def example_of(clone: Path, material: Path) -> tuple[Path, Path]:
    """SynthTIGER's own horizontal example, and its settings with our serials, fonts and photos."""
    example = clone / "examples" / "synthtiger"
    yaml = YAML(typ="safe")
    settings = yaml.load(example / "config_horizontal.yaml")
    settings["corpus"]["args"][0] |= {"paths": ["serials.txt"], "weights": [1], "textcase": None, "augmentation": 0}
    settings["corpus"]["args"][1]["augmentation_charset"] = None
    settings["font"]["paths"] = ["fonts"]
    settings["texture"]["args"]["paths"] = ["photos"]
    for key in ("colormap2", "colormap3"):
        settings[key]["paths"] = ["colours.txt"]
    yaml.dump(settings, material / "example.yaml")
    return example / "template.py", material / "example.yaml"


def rival_rates(environment: Environment, material: Path, pictures: int) -> Iterator[Rate]:
    """All lines of the rivals, one by one; `material` as `write_material` left it."""
    trdg, tiger = (f"{name} {environment.versions[name]}" for name in ("TRDG", "SynthTIGER"))
    lines = {
        "plain ground, 64 px high": PLAIN,
        "turned, bent, blurred, mask and boxes, 64 px high": (*PLAIN, *BENT),
        "turned, bent, blurred, mask and boxes, on photos, 200x96 px": (*PHOTO, *BENT),
    }
    for name, options in lines.items():
        seconds, made = cost(environment, material, partial(trdg_arguments, options), pictures)
        yield Rate(f"{trdg}, {name}", made, seconds)
    config = material / "words.yaml"
    config.write_text("style_share: 0.25\n")
    lines = {"its components, without the test of visibility": (INSIDE / "synthtiger_words.py", "Words", config)}
    clone = environment.folder / "synthtiger"
    if clone.is_dir():
        script, config = example_of(clone, material)
        lines["its horizontal example, with our serials, fonts, photos and greys"] = (script, "SynthTiger", config)
    for name, template in lines.items():
        seconds, made = cost(environment, material, partial(synthtiger_arguments, template), pictures // 5)
        yield Rate(f"{tiger}, {name}", made, seconds)
