"""Loops over bytes and numbers in arrays, compiled to machine code when first called (numba)."""

from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
T = TypeVar("T")


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function of numpy arrays and numbers as machine code.

    It is kept beside the source or in the user's cache, so that a machine compiles once; where
    neither can be written, each process compiles for itself. No index is checked. Arrays that may
    not be written to are another kind, for which all is compiled anew: see ``one_stretch``.
    """
    try:
        return cast("Callable[P, T]", numba.njit(cache=True)(function))
    except RuntimeError:  # no folder to keep it in
        return cast("Callable[P, T]", numba.njit(function))


def one_stretch(parts: Iterable[bytes]) -> NDArray[np.uint8]:
    """Return bytes one after the other as an array that may be written to."""
    return np.frombuffer(bytearray().join(parts), np.uint8)
