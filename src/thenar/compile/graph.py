"""What the compiler works on: tensors and nodes, frozen; every shape is static, every constant carries its values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Attribute = int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | Array | None


@dataclass(frozen=True, eq=False)
class Tensor:
    """A value in the graph: its type, its static shape, and its values where they are known while compiling."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    data: Array | None = None

    @classmethod
    def constant(cls, name: str, data: Array) -> Tensor:
        """A tensor whose values are known."""
        return cls(name, data.dtype, data.shape, np.ascontiguousarray(data).reshape(data.shape))

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that the values take."""
        return self.size * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class Node:
    """One operator: inputs and outputs by tensor name ("" = left out), attributes complete with their defaults.

    `version` is the version of the ONNX operator set that the node's meaning comes from.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    version: int = 21

    def __str__(self) -> str:
        return f"{self.op.rpartition('.')[2]} node {self.name!r}"


@dataclass(frozen=True, eq=False)
class Graph:
    """A network: nodes in an order in which every input is ready, and the tensors that they read and write."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    tensors: Mapping[str, Tensor]

    def constant(self, name: str) -> Array | None:
        """The values of a tensor, or None where they are only known when the network runs (or `name` is "")."""
        return self.tensors[name].data if name else None

    def producers(self) -> dict[str, Node]:
        """Tensor name -> the node that writes it."""
        return {output: node for node in self.nodes for output in node.outputs if output}

    def consumers(self) -> dict[str, list[Node]]:
        """Tensor name -> the nodes that read it, in order; a node that reads it twice is listed twice."""
        readers: dict[str, list[Node]] = {}
        for node in self.nodes:
            for name in node.inputs:
                if name:
                    readers.setdefault(name, []).append(node)
        return readers

    def with_nodes(self, nodes: tuple[Node, ...], *extra: Tensor) -> Graph:
        """The same network with other nodes and with `extra` tensors added or replaced."""
        return replace(self, nodes=nodes, tensors={**self.tensors, **{tensor.name: tensor for tensor in extra}})
