"""Loops over bytes and numbers in arrays, compiled to machine code when first called (numba)."""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

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
        found: Any = numba.njit(cache=True)(function)
    except RuntimeError:  # no folder to keep it in
        return cast("Callable[P, T]", numba.njit(function))
    # By itself numba looks at the function's own file only, and would go on with the old code of
    # functions that it calls in others. What is kept of another version it does not even read.
    found._cache._cache_file._version += _sources()  # noqa: SLF001 (numba has no other way)
    return cast("Callable[P, T]", found)


@cache
def _sources() -> str:
    """Return a digest of the rooms that have compiled functions, and tables that these know."""
    root = Path(__file__).parents[1]
    modules = {path: path.read_bytes() for path in root.rglob("*.py")}
    rooms = {
        path.relative_to(root).parts[0]
        for path, text in modules.items()
        if b"\n@compiled\n" in text
    }
    found = [path for room in rooms for path in (root / room).rglob("*.*")]
    parts = sorted(path for path in found if path.suffix in {".py", ".toml"})
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()


def one_stretch(parts: Iterable[bytes]) -> NDArray[np.uint8]:
    """Return bytes one after the other as an array that may be written to."""
    return np.frombuffer(bytearray().join(parts), np.uint8)
