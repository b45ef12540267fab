"""Everything that can go wrong, as a small tree.

SynthError
├── ConfigError      a recipe, flag or override is wrong: file, line, key, allowed names, the nearest one
├── AssetError       real material is missing, damaged or changed: a photo, a bank, a font
├── LabelError       a label file or a dataset on disk breaks a promise: file, object, value
├── RejectedScene    a draw that cannot be realised; generation redraws it as the next attempt
├── RenderError      a renderer failed on one scene
└── ModelError       a trained model or bundle is missing, damaged or of another kind

A message says what was expected, what was found, where it is and what to do about it.
"""

from __future__ import annotations


class SynthError(Exception):
    """Base of all errors that this package raises on purpose."""


class ConfigError(SynthError):
    """A recipe, a flag or an override is wrong."""


class AssetError(SynthError):
    """Real material is missing, damaged, or not what it was."""


class LabelError(SynthError):
    """A label file or a dataset on disk breaks a promise."""


class RejectedScene(SynthError):
    """A draw that cannot be realised.

    Attributes:
        reason: a short, fixed phrase (no numbers), so that rejections can be counted by reason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RenderError(SynthError):
    """A renderer failed on one scene."""


class ModelError(SynthError):
    """A trained model or bundle is missing, damaged, or of another kind."""
