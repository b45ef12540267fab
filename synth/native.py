"""Loops over pixels, compiled.

The compiled code keeps the order of every sum as it is written (no fast mathematics, no threads), so that a picture
does not depend on the machine that made it. A compiled function calls compiled functions of its own module only,
because what is kept on disk is renewed when that one file changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compiles a function on its first call and keeps the machine code on disk, where there is a place for it.

    A package folder that cannot be written and a home that does not exist leave no such place: then every process
    compiles for itself, which costs some seconds and changes nothing else.
    """
    try:
        return cast(Callable[P, R], numba.njit(cache=True)(function))
    except RuntimeError:
        return cast(Callable[P, R], numba.njit(function))
