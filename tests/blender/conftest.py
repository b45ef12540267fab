"""One Blender process for all tests of this folder, which are skipped where Blender is not installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest
from blender_child import Studio, opened, put_all


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if importlib.util.find_spec("bpy") is None:
        for item in items:
            if "tests/blender/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="bpy is not installed"))


@pytest.fixture(scope="session")
def studio() -> Iterator[Studio]:
    with opened() as made:
        yield put_all(made)
