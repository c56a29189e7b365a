"""NumPy types as C types, values as C literals, names as C identifiers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

_C_TYPES = {
    "float32": "float",
    "bool": "uint8_t",
    **{f"{sign}int{bits}": f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
TYPES = frozenset(_C_TYPES)


def c_type(dtype: np.dtype[Any]) -> str:
    """The C type that holds one element; a bool is a byte, 0 or 1."""
    return _C_TYPES[dtype.name]


def literal(value: Any, dtype: np.dtype[Any]) -> str:
    """A C99 constant of exactly this value.

    >>> literal(0.1, np.dtype("float32")), literal(-128, np.dtype("int8")), literal(2**31, np.dtype("uint32"))
    ('0.1f', '-128', '2147483648u')
    """
    if dtype.kind == "f":
        number = np.float32(value)
        if np.isnan(number):
            return "NAN"
        if np.isinf(number):
            return "INFINITY" if number > 0 else "-INFINITY"
        return f"{number!s}f"
    integer = int(value)
    if dtype.name == "int64":
        return f"INT64_C({integer})" if integer > -(2**63) else "INT64_MIN"
    if dtype.name == "uint64":
        return f"UINT64_C({integer})"
    if dtype.name == "uint32":
        return f"{integer}u"
    if dtype.name == "int32" and integer == -(2**31):
        return "INT32_MIN"
    return str(integer)


_C_KEYWORDS = """asm auto break case char const continue default do double else enum extern float for goto if inline
int long register restrict return short signed sizeof static struct switch typedef typeof union unsigned void volatile
while"""
_CPP_KEYWORDS = """alignas alignof and bitand bitor bool catch class compl concept const_cast constexpr decltype delete
dynamic_cast explicit export false friend module mutable namespace new noexcept not nullptr operator or private
protected public requires reinterpret_cast static_assert static_cast template this thread_local throw true try typeid
typename using virtual wchar_t xor"""
_TAKEN = "arena linux main memory printf start unix"
"""Names that the emitted files use themselves, or that compilers define."""
_RESERVED = {*_C_KEYWORDS.split(), *_CPP_KEYWORDS.split(), *_TAKEN.split()}
_HEADERS = re.compile(
    r"u?int\w*_t|size_t|NULL|NAN|INFINITY|EOF|BUFSIZ|FILE|std(in|out|err)|(U?INT|SIZE|PTRDIFF)\w*|(M|MATH|FP|HUGE|SEEK|L)_\w+"
)
"""What math.h, stdint.h, stdio.h and string.h define, macros above all."""


def identifier(name: str, taken: set[str] | None = None) -> str:
    """A C (and C++) identifier like `name`, different (not in case alone) from those in `taken`, to which it is added.

    >>> identifier("model.0/conv:weight")
    'model_0_conv_weight'
    """
    base = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")[:48].strip("_") or "tensor"
    if base[0].isdigit() or base in _RESERVED or _HEADERS.fullmatch(base):
        base = f"t_{base}"
    if taken is None:
        return base
    unique, number = base, 1
    while unique.lower() in taken:
        number += 1
        unique = f"{base}_{number}"
    taken.add(unique.lower())
    return unique
