"""What all tests share: one thread, no deadlines, and where the checkout is."""

from __future__ import annotations

from pathlib import Path

import cv2
import hypothesis
import pytest

cv2.setNumThreads(1)
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("steady")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]
