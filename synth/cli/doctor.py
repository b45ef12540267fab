"""`synth doctor`."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import click

PACKAGES = ("synthtag", "numpy", "opencv-python-headless", "numba", "msgspec", "bpy", "trimesh")
EXTRA = "pip install 'synthtag[rendering]'"
LIBRARIES = {
    "libX11": "libx11-6", "libXext": "libxext6", "libXfixes": "libxfixes3", "libXi": "libxi6",
    "libXrender": "libxrender1", "libXt": "libxt6", "libSM": "libsm6", "libICE": "libice6",
    "libxkbcommon": "libxkbcommon0", "libGL": "libgl1", "libEGL": "libegl1", "libXxf86vm": "libxxf86vm1",
}  # fmt: skip
"""Debian's package for each system library that Blender's module needs."""
GIB = 1 << 30


@click.command("doctor")
def command() -> None:
    """Say what is installed here, whether Blender works, and on which devices it can render.

    Exit status 1 if something that rendering needs is missing.
    """
    click.echo(f"{'Python':<24} {platform.python_version()} on {platform.platform()}")
    for name in PACKAGES:
        click.echo(f"{name:<24} {_version(name)}")
    click.echo(f"{'cores':<24} {len(os.sched_getaffinity(0))}")
    click.echo(f"{'memory':<24} {_memory()}")
    click.echo(f"{'free disk here':<24} {shutil.disk_usage(Path.cwd()).free / GIB:.1f} GiB")
    fault = blender_fault()
    if fault:
        click.echo(f"{'Blender':<24} {fault}")
        raise click.exceptions.Exit(1)
    for label, text in _devices():
        click.echo(f"{label:<24} {text}")


def blender_fault() -> str:
    """What keeps Blender's module from being imported, and the remedy; "" if nothing does."""
    if find_spec("bpy") is None:
        return f"not installed; {EXTRA}"
    child = subprocess.run(
        [sys.executable, "-c", "import bpy"], capture_output=True, text=True, timeout=120, check=False
    )
    if child.returncode == 0:
        return ""
    return remedy(child.stderr, child.returncode)


def remedy(complaint: str, code: int) -> str:
    """One line on why `import bpy` failed, from what it wrote to standard error and its exit status."""
    lines = [line for line in complaint.splitlines() if line.strip()] or [f"ended with code {code}"]
    missing = re.search(r"(lib\w+)[\w.+-]*\.so[\w.]*: cannot open shared object", complaint)
    if missing is None:
        return f"cannot be imported ({lines[-1].strip()}); {EXTRA}"
    packages = " ".join(dict.fromkeys([*filter(None, [LIBRARIES.get(missing[1])]), *LIBRARIES.values()]))
    return f"lacks the system library {missing[1]}; sudo apt-get install {packages}"


def _devices() -> Iterator[tuple[str, str]]:
    from synth.rendering.studio import Studio
    from synth.scene.take import AskDevices, Devices

    with Studio() as studio:
        reply = studio.ask(AskDevices())
    assert isinstance(reply, Devices)
    yield "Blender", f"{reply.version}, imports and answers"
    for backend, name in reply.devices:
        yield f"renders on {backend}", name


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return f"not installed; {EXTRA}" if name in ("bpy", "trimesh") else "not installed"


def _memory() -> str:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return "unknown"
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return f"{kib['MemTotal'] * 1024 / GIB:.1f} GiB, {kib['MemAvailable'] * 1024 / GIB:.1f} GiB free"
