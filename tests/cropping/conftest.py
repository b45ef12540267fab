"""A dataset of drawn tags, and its crops."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_tags import drawn_images, write_dataset

from synth.cropping.options import CropOptions
from synth.cropping.run import make_crops
from synth.labels.dataset import read_dataset


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn") / "source"
    write_dataset(root, drawn_images())
    return root


@pytest.fixture(scope="session")
def crops(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("crops") / "out"
    make_crops(read_dataset(drawn), out, CropOptions())
    return out
