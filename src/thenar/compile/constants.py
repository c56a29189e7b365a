"""Read-only data in C: small tables as numbers that a person can read, large ones as strings that compile fast."""

from __future__ import annotations

import numpy as np

from thenar.compile.c_types import c_type, identifier, literal
from thenar.compile.graph import Array

_READABLE = 4096
"""Elements up to which a constant is written as numbers; a C compiler reads a string ten times as fast."""

_ALIGNED_FROM = 64
"""Bytes from which a constant starts on a cache line."""

_NUMBERS_PER_LINE = 8
_BYTES_PER_LINE = 32


class Constants:
    """The constants of one C file; equal ones are written once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._expressions: dict[tuple[str, bytes], str] = {}
        self._definitions: list[str] = []
        self.nbytes = 0

    def name(self, hint: str, values: Array) -> str:
        """The C expression for a pointer to `values`, defined on first use under a name like `hint`."""
        array = np.ascontiguousarray(values)
        kind = c_type(array.dtype)
        key = (kind, array.tobytes())
        if key not in self._expressions:
            name = identifier(f"w_{hint}", self._taken)
            readable = array.size <= _READABLE
            self._expressions[key] = name if readable else f"{name}.values"
            self._definitions.append(_numbers(name, kind, array) if readable else _string(name, kind, array))
            self.nbytes += array.nbytes
        return self._expressions[key]

    def take(self) -> str:
        """The definitions since the last call, in the order of their first use."""
        text = "\n".join(self._definitions)
        self._definitions.clear()
        return text


def _numbers(name: str, kind: str, array: Array) -> str:
    values = [literal(value, array.dtype) for value in array.reshape(-1)] or ["0"]
    rows = [", ".join(values[at : at + _NUMBERS_PER_LINE]) for at in range(0, len(values), _NUMBERS_PER_LINE)]
    aligned = "THENAR_ALIGNED " if array.nbytes >= _ALIGNED_FROM else ""
    return f"static const {aligned}{kind} {name}[{len(values)}] = {{\n    " + ",\n    ".join(rows) + "};\n"


_OCTAL = tuple(f"\\{byte:03o}" for byte in range(256))


def _string(name: str, kind: str, array: Array) -> str:
    """Little-endian bytes in a string literal, read through a union with the element type."""
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    rows = (data[at : at + _BYTES_PER_LINE] for at in range(0, len(data), _BYTES_PER_LINE))
    text = "\n".join('    "' + "".join(map(_OCTAL.__getitem__, row)) + '"' for row in rows)
    union = f"union {{ unsigned char bytes[{len(data)}]; {kind} values[{array.size}]; }}"
    return f"static const THENAR_ALIGNED {union} {name} = {{ .bytes =\n{text}}};\n"
