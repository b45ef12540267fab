"""Exactly labelled synthetic training images from a few real ones.

A recipe says what may be drawn, a spec says what was drawn; pixels and labels are made from the spec and nothing else.
`import synth` loads nothing heavy: a public name is resolved when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth.banks.bank import read_bank
    from synth.banks.catalogue import BankUse, build_catalogue
    from synth.banks.materials import Materials
    from synth.banks.records import Catalogue
    from synth.compositing.composite import composite
    from synth.errors import AssetError, ConfigError, LabelError, ModelError, RejectedScene, RenderError, SynthError
    from synth.generation.run import generate
    from synth.inspection.check import check_dataset
    from synth.labels.dataset import Dataset, read_dataset
    from synth.labels.sample import Annotation, Categories, LabelledImage, Mask, Sample
    from synth.scene.recipe import Recipe
    from synth.scene.recipe_files import load_recipe
    from synth.scene.sampling import sample_image
    from synth.scene.spec import ImageSpec

__version__ = "0.1.0"

__all__ = [
    "Annotation",
    "AssetError",
    "BankUse",
    "Catalogue",
    "Categories",
    "ConfigError",
    "Dataset",
    "ImageSpec",
    "LabelError",
    "LabelledImage",
    "Mask",
    "Materials",
    "ModelError",
    "Recipe",
    "RejectedScene",
    "RenderError",
    "Sample",
    "SynthError",
    "build_catalogue",
    "check_dataset",
    "composite",
    "generate",
    "load_recipe",
    "read_bank",
    "read_dataset",
    "sample_image",
]

_HOMES = {
    "synth.banks.bank": ("read_bank",),
    "synth.banks.catalogue": ("BankUse", "build_catalogue"),
    "synth.banks.materials": ("Materials",),
    "synth.banks.records": ("Catalogue",),
    "synth.compositing.composite": ("composite",),
    "synth.errors": (
        "AssetError",
        "ConfigError",
        "LabelError",
        "ModelError",
        "RejectedScene",
        "RenderError",
        "SynthError",
    ),
    "synth.generation.run": ("generate",),
    "synth.inspection.check": ("check_dataset",),
    "synth.labels.dataset": ("Dataset", "read_dataset"),
    "synth.labels.sample": ("Annotation", "Categories", "LabelledImage", "Mask", "Sample"),
    "synth.scene.recipe": ("Recipe",),
    "synth.scene.recipe_files": ("load_recipe",),
    "synth.scene.sampling": ("sample_image",),
    "synth.scene.spec": ("ImageSpec",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'synth' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
