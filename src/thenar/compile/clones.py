"""Kernels in plain C as functions made for the shapes of one call, as a target's level.h compiles them: on x86-64 once
for each level of instructions."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

from thenar.compile.c_types import c_type
from thenar.compile.emit import field
from thenar.compile.graph import Tensor
from thenar.compile.program import Call

_WORTH = 256
"""Elements of the largest operand from which vector instructions are worth a function of their own."""


def cloned(folder: str, calls: tuple[Call, ...], tensors: Mapping[str, Tensor]) -> tuple[Call, ...]:
    """`calls`, those of kernels outside a target's own folder through functions made for their shapes, where the arrays
    are long."""
    return tuple(_cloned(folder, call, tensors) for call in calls)


def _cloned(folder: str, call: Call, tensors: Mapping[str, Tensor]) -> Call:
    operands = [tensors[operand] if isinstance(operand, str) else operand for operand in call.reads]
    results = [tensors[name] if name else None for name in call.writes]
    sizes = [operand.size for operand in (*operands, *results) if operand is not None]
    if not call.struct or call.header.startswith(f"{folder}/") or max(sizes, default=0) < _WORTH:
        return call
    kinds = [f"const {c_type(operand.dtype)} *" if operand is not None else "" for operand in operands]
    kinds += [f"{c_type(result.dtype)} *" if result is not None else "" for result in results]
    names = [chr(ord("a") + index) if kind else "0" for index, kind in enumerate(kinds)]
    parameters = ", ".join(kind + name for kind, name in zip(kinds, names, strict=True) if kind)
    given = ", ".join(name for name in names if name != "0")
    fields = ", ".join(f".{key} = {field(value)}" for key, value in call.fields.items())
    geometry = f"(thenar_{call.struct}){{{fields}}}"
    rest = f"thenar_{call.kernel}, ({parameters}), ({given}), ({', '.join([geometry, *names])})"
    name = f"{call.kernel}_{zlib.crc32(rest.encode()):08x}"
    reads = tuple(operand for operand in call.reads if operand is not None)
    writes = tuple(name for name in call.writes if name)
    absent = [index for index, operand in enumerate(call.reads) if operand is None]
    inplace = tuple(index - sum(gap < index for gap in absent) for index in call.inplace)
    instance = "\n".join([line for line in (call.instance, f"THENAR_CLONES({name}, {rest})") if line])
    return replace(
        call, kernel=name, struct="", fields={}, reads=reads, writes=writes, instance=instance, inplace=inplace,
        includes=(f"{folder}/level",), comment=call.comment or call.kernel,
    )  # fmt: skip
