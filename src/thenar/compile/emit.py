"""Program to C: one function that calls the kernels in a straight line."""

from __future__ import annotations

import re

import numpy as np

from thenar.compile.c_types import literal
from thenar.compile.constants import Constants
from thenar.compile.graph import Tensor
from thenar.compile.interface import Interface, pointer
from thenar.compile.program import Call, Field, Operand, Program


def emit_function(
    program: Program, interface: Interface, constants: Constants, variant: str = "", *, probe: bool = False
) -> str:
    """`NAME_run`, or the static `NAME_run_VARIANT`; what it reads from the library goes to `constants`.

    With `probe`, it calls thenar_probe(index) after every call, and with -1 before the first.
    """
    calls = [_call(program, interface, constants, index, call) for index, call in enumerate(program.calls)]
    if probe:
        calls = ["    thenar_probe(-1);\n", *(f"{c}    thenar_probe({i});\n" for i, c in enumerate(calls))]
    body = "".join(calls)
    parameters = [*interface.parameters.values(), "arena"]
    unused = "".join(f"    (void){name};\n" for name in parameters if not re.search(rf"\b{name}\b", body))
    static = "static " if variant else ""
    return f"{static}{interface.signature(program, variant)}\n{{\n{unused}{body}}}\n"


def _call(program: Program, interface: Interface, constants: Constants, index: int, call: Call) -> str:
    fields = ", ".join(f".{key} = {field(value)}" for key, value in call.fields.items())
    reads = [_read(program, interface, constants, operand, f"layer{index}") for operand in call.reads]
    writes = [_place(program, interface, name, "") if name else "0" for name in call.writes]
    shapes = ", ".join(_shape(program.tensors[name]) for name in call.writes if name)
    work = f", {call.macs} MACs" if call.macs else ""
    work += f", {program.bytes(call)} bytes"
    work += f", expected {call.share:.0%} of peak" if call.share is not None else ""
    geometry = [f"(thenar_{call.struct}){{{fields}}}"] if call.struct else []
    arguments = ",\n        ".join([*geometry, *reads, *writes])
    title = call.comment or call.kernel
    said = comment(f"{index}: {title} -> {call.writes[0]} {shapes}{work}")
    return f"    /* {said} */\n    thenar_{call.kernel}({arguments});\n"


def comment(text: str) -> str:
    """`text` without what would end a C comment or leave its line."""
    return re.sub(r"[^ -~]|\*/|/\*|\\", "_", text)


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"


def field(value: Field) -> str:
    """A field's value as a C initializer."""
    if isinstance(value, tuple):
        return "{" + ", ".join(map(str, value)) + "}"
    return literal(value, np.dtype(np.float32)) if isinstance(value, float) else str(value)


def _read(program: Program, interface: Interface, constants: Constants, operand: Operand, layer: str) -> str:
    if operand is None:
        return "0"
    if not isinstance(operand, str):
        return constants.name(layer, operand)
    data = program.tensors[program.root(operand)].data
    if data is not None:
        return constants.name(operand, data)
    return _place(program, interface, operand, "const ")


def _place(program: Program, interface: Interface, name: str, qualifier: str) -> str:
    """A parameter, or a place in the arena, as a pointer to the tensor's type."""
    root, start = program.root(name), program.start(name)
    kind = f"{qualifier}{pointer(program.tensors[name])}"
    if root in interface.parameters:
        parameter = interface.parameters[root]
        return f"({kind})((const char *){parameter} + {start})" if start else parameter
    at = program.offsets[root] + start
    return f"({kind})((char *)arena + {at})" if at else f"({kind})arena"
