"""Program to C: the kernels it needs, its constants, and one function that calls the kernels in a straight line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from thenar.compile.c_types import c_type, identifier, literal
from thenar.compile.constants import Constants
from thenar.compile.graph import Tensor
from thenar.compile.program import Call, Field, Operand, Program

KERNELS = files("thenar.compile") / "kernels"


@dataclass(frozen=True)
class Interface:
    """The C names of a program: its functions' prefix, and its parameters in order."""

    prefix: str
    parameters: dict[str, str]

    @classmethod
    def of(cls, program: Program, prefix: str) -> Interface:
        """Names that are C identifiers, unique, and like the model's own."""
        taken: set[str] = set()
        tensors, names = (*program.inputs, *program.outputs), (*program.inputs, *program.output_names)
        return cls(prefix, {tensor: identifier(name, taken) for tensor, name in zip(tensors, names, strict=True)})

    def signature(self, program: Program) -> str:
        """`void NAME_run(const float *image, float *maps, void *arena)`."""
        inputs = [f"const {_pointer(program.tensors[name])}{self.parameters[name]}" for name in program.inputs]
        outputs = [f"{_pointer(program.tensors[name])}{self.parameters[name]}" for name in program.outputs]
        return f"void {self.prefix}_run({', '.join([*inputs, *outputs, 'void *arena'])})"


def _pointer(tensor: Tensor) -> str:
    return f"{c_type(tensor.dtype)} *"


def emit_source(program: Program, interface: Interface) -> tuple[str, int]:
    """NAME.c, complete but for NAME.h, and the bytes of the constants in it."""
    constants = Constants()
    body = [_call(program, interface, constants, index, call) for index, call in enumerate(program.calls)]
    headers = tuple(dict.fromkeys(call.header for call in program.calls))
    instances = dict.fromkeys(line for call in program.calls for line in call.instance.splitlines())
    text = "".join(body)
    parameters = [*interface.parameters.values(), "arena"]
    unused = "".join(f"    (void){name};\n" for name in parameters if not re.search(rf"\b{name}\b", text))
    parts = [
        f"/* {program.name}: {len(program.calls)} kernel calls, {program.macs} multiply-accumulates.\n"
        f"   Made by thenar compile from the model with SHA-256 {program.digest}. */\n",
        f'#include "{interface.prefix}.h"\n',
        _kernels(headers),
        "\n".join(instances) + "\n" if instances else "",
        constants.definitions(),
        f"{interface.signature(program)}\n{{\n{unused}{text}}}\n",
    ]
    return "\n".join(part for part in parts if part), constants.nbytes


def _call(program: Program, interface: Interface, constants: Constants, index: int, call: Call) -> str:
    fields = ", ".join(f".{key} = {_field(value)}" for key, value in call.fields.items())
    reads = [_read(program, interface, constants, operand) for operand in call.reads]
    writes = [_place(program, interface, name, "") if name else "0" for name in call.writes]
    shapes = ", ".join(_shape(program.tensors[name]) for name in call.writes if name)
    work = f", {call.macs} MACs" if call.macs else ""
    arguments = "".join(f",\n        {argument}" for argument in (*reads, *writes))
    title = call.comment or call.kernel
    comment = _comment(f"{index}: {title} -> {call.writes[0]} {shapes}{work}")
    return f"    /* {comment} */\n    thenar_{call.kernel}((thenar_{call.struct}){{{fields}}}{arguments});\n"


def _comment(text: str) -> str:
    return re.sub(r"[^ -~]|\*/|/\*|\\", "_", text)


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"


def _field(value: Field) -> str:
    if isinstance(value, tuple):
        return "{" + ", ".join(map(str, value)) + "}"
    return literal(value, np.dtype(np.float32)) if isinstance(value, float) else str(value)


def _read(program: Program, interface: Interface, constants: Constants, operand: Operand) -> str:
    if operand is None:
        return "0"
    if not isinstance(operand, str):
        return constants.name("table", operand)
    data = program.tensors[program.root(operand)].data
    if data is not None:
        return constants.name(operand, data)
    return _place(program, interface, operand, "const ")


def _place(program: Program, interface: Interface, name: str, qualifier: str) -> str:
    """A parameter, or a place in the arena, as a pointer to the tensor's type."""
    root = program.root(name)
    if root in interface.parameters:
        return interface.parameters[root]
    kind, at = f"{qualifier}{_pointer(program.tensors[name])}", program.offsets[root]
    return f"({kind})((char *)arena + {at})" if at else f"({kind})arena"


@cache
def _text(header: str) -> str:
    return (KERNELS / f"{header}.h").read_text()


def _kernels(headers: tuple[str, ...]) -> str:
    """The named headers and what they include, each once, without their include lines and guards."""
    done: dict[str, str] = {}

    def add(header: str) -> None:
        if header in done:
            return
        text = _text(header)
        folder = header.rpartition("/")[0]
        for included in re.findall(r'^#include "([^"]+)\.h"', text, re.MULTILINE):
            add(_resolve(folder, included))
        done.setdefault(header, re.sub(r'^#include "[^"]+"\n', "", text, flags=re.MULTILINE))

    for header in headers:
        add(header if "/" in header else f"reference/{header}")
    return "\n".join(done.values())


def _resolve(folder: str, included: str) -> str:
    parts = [*folder.split("/"), *included.split("/")]
    while ".." in parts:
        at = parts.index("..")
        del parts[at - 1 : at + 1]
    return "/".join(parts)
