"""The C interface of a compiled network: names of functions and parameters."""

from __future__ import annotations

from dataclasses import dataclass

from thenar.compile.c_types import c_type, identifier
from thenar.compile.graph import Tensor
from thenar.compile.program import Program


@dataclass(frozen=True)
class Interface:
    """The C names of a program: its functions' prefix, and its parameters, tensor -> C name, in order."""

    prefix: str
    parameters: dict[str, str]

    @classmethod
    def of(cls, program: Program, prefix: str) -> Interface:
        """Names that are C identifiers, unique, and like the model's own; the same for every program of a model."""
        taken: set[str] = set()
        tensors, names = (*program.inputs, *program.outputs), (*program.inputs, *program.output_names)
        named = zip(tensors, names, strict=True)
        return cls(prefix, {tensor: identifier(_apart(name), taken) for tensor, name in named})

    def signature(self, program: Program, variant: str = "") -> str:
        """`void NAME_run(const float *image, float *maps, void *arena)`."""
        inputs = [f"const {pointer(program.tensors[name])}{self.parameters[name]}" for name in program.inputs]
        outputs = [f"{pointer(program.tensors[name])}{self.parameters[name]}" for name in program.outputs]
        suffix = f"_{variant}" if variant else ""
        return f"void {self.prefix}_run{suffix}({', '.join([*inputs, *outputs, 'void *arena'])})"


def _apart(name: str) -> str:
    """`name`, changed where a parameter called so would hide a constant or a kernel."""
    return f"t_{name}" if identifier(name).startswith(("w_", "thenar_")) else name


def pointer(tensor: Tensor) -> str:
    """`float *` and its like."""
    return f"{c_type(tensor.dtype)} *"
