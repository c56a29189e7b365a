"""One way to compile a function: Numba, cached on disk, without the interpreter lock, IEEE division."""

from __future__ import annotations

from thenar.errors import MissingExtra

try:
    from numba import njit
except ModuleNotFoundError:
    raise MissingExtra("numba", "synth") from None

jit = njit(cache=True, nogil=True, error_model="numpy")
"""Decorator. `error_model="numpy"`: x / 0 is inf, not an exception, which is what lets loops vectorise.

A function that Numba inlines from another file isn't compiled again when only that file changes: after editing one,
delete `__pycache__/*.nb[ic]`.
"""
