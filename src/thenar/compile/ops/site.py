"""Where an operator is lowered: one node with its tensors at hand, and errors that name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from thenar.compile.graph import Array, Attribute, Graph, Node, Tensor
from thenar.compile.program import Call, View
from thenar.errors import ThenarError

Lowered = Sequence[Call | View]


@dataclass(frozen=True, eq=False)
class Site:
    """A node about to become kernel calls. `scratch` collects the tensors that its calls need between them."""

    node: Node
    graph: Graph
    scratch: dict[str, Tensor] = field(default_factory=dict)

    def has(self, index: int) -> bool:
        """Is the optional input there?"""
        return index < len(self.node.inputs) and bool(self.node.inputs[index])

    def input(self, index: int = 0) -> Tensor:
        """The tensor at an input that must be there."""
        if not self.has(index):
            self.fail(f"input {index} is missing")
        return self.graph.tensors[self.node.inputs[index]]

    def output(self, index: int = 0) -> Tensor:
        """The tensor at an output."""
        return self.graph.tensors[self.node.outputs[index]]

    def operand(self, index: int) -> str | None:
        """The name of an input for a call's `reads`, None where it was left out."""
        return self.node.inputs[index] if self.has(index) else None

    def value(self, index: int, default: Any = None) -> Array:
        """The values of an input that must be known while compiling (a shape, axes, a scale)."""
        if not self.has(index):
            return np.asarray(default)
        tensor = self.input(index)
        if tensor.data is None:
            self.fail(f"input {tensor.name!r} has to be a constant", "make it an initializer of the model")
        return tensor.data

    def attribute(self, name: str) -> Attribute:
        """An attribute, its default included; None where it has neither."""
        return self.node.attributes.get(name)

    def integer(self, name: str, default: int = 0) -> int:
        """An integer attribute."""
        value = self.attribute(name)
        return value if isinstance(value, int) else default

    def number(self, name: str, default: float = 0.0) -> float:
        """A float attribute."""
        value = self.attribute(name)
        return float(value) if isinstance(value, int | float) else default

    def text(self, name: str, default: str = "") -> str:
        """A string attribute."""
        value = self.attribute(name)
        return value if isinstance(value, str) else default

    def integers(self, name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
        """A list-of-integers attribute."""
        value = self.attribute(name)
        return tuple(int(item) for item in value) if isinstance(value, tuple) else tuple(default)

    def axis(self, value: int, rank: int) -> int:
        """An axis counted from the front."""
        if not -rank <= value < rank:
            self.fail(f"axis {value} is outside a tensor of {rank} dimensions")
        return value % rank

    def temporary(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        """A tensor between two calls of this node."""
        name = f"{self.node.outputs[0]}/{len(self.scratch)}"
        self.scratch[name] = Tensor(name, dtype, shape)
        return name

    def check(self, condition: bool, what: str) -> None:
        """ThenarError unless the node's shapes and attributes fit each other."""
        if not condition:
            self.fail(what)

    def fail(self, what: str, fix: str = "check the model") -> NoReturn:
        """A ThenarError that names this node."""
        raise ThenarError(what, where=str(self.node), fix=fix)


Lower = Callable[[Site], Lowered]


@dataclass(frozen=True)
class Operator:
    """What the compiler claims about one ONNX operator.

    `types` are the element types of its first input that it takes; `static` are the inputs whose values have to be
    known while compiling.
    """

    name: str
    lower: Lower
    types: frozenset[str]
    static: tuple[int, ...] = ()


FLOAT = frozenset({"float32"})
INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})
NUMBERS = FLOAT | INTEGERS
BOOL = frozenset({"bool"})
ANY = NUMBERS | BOOL
