"""What is emitted: a straight line of kernel calls over buffers, every number in it known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from thenar.compile.graph import Array, Tensor

Field = int | float | tuple[int, ...]
Operand = str | Array | None
"""What a kernel reads: a tensor by name, values that become read-only data, or nothing (a null pointer)."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a C kernel: `thenar_KERNEL((thenar_STRUCT){fields}, reads..., writes...)`; without the first argument
    where `struct` is "": then the instance holds the fields.

    `header` is the file of kernels/ that defines it. `instance` is the macro line that makes the kernel for its types,
    where the header holds a pattern; `includes` are further headers that it needs. `macs` counts multiply-accumulates.
    `cycles` is how long the cost model expects it to take, where there is one, and `peak` the most macs of a cycle.
    The first output may take the place of any input in `inplace` (indices into `reads`) that nobody reads later.
    """

    kernel: str
    header: str
    struct: str
    fields: Mapping[str, Field]
    reads: tuple[Operand, ...]
    writes: tuple[str, ...]
    instance: str = ""
    macs: int = 0
    inplace: tuple[int, ...] = ()
    comment: str = ""
    includes: tuple[str, ...] = ()
    cycles: float = 0.0
    peak: float = 0.0

    @property
    def share(self) -> float | None:
        """The share of the CPU's peak that the cost model expects."""
        return self.macs / (self.cycles * self.peak) if self.cycles and self.peak else None


@dataclass(frozen=True)
class View:
    """`output` is `input` under another shape, or a part of it from byte `start` on: the same bytes, no call."""

    input: str
    output: str
    start: int = 0


@dataclass(frozen=True, eq=False)
class Program:
    """The calls in order, the tensors that they touch, and where each of those lives.

    `outputs` are the tensors that the caller's memory receives, `output_names` what the model calls them.
    `views` maps a tensor to the one whose bytes it shares, from the byte in `starts` on; `offsets` maps every other
    tensor that is neither an input, an output nor a constant to its byte offset in the arena.
    """

    name: str
    digest: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    output_names: tuple[str, ...]
    calls: tuple[Call, ...]
    tensors: Mapping[str, Tensor]
    views: Mapping[str, str] = field(default_factory=dict)
    starts: Mapping[str, int] = field(default_factory=dict)
    offsets: Mapping[str, int] = field(default_factory=dict)
    arena_bytes: int = 0
    arena_lower_bound: int = 0

    def root(self, name: str) -> str:
        """The tensor whose bytes `name` shares."""
        while name in self.views:
            name = self.views[name]
        return name

    def start(self, name: str) -> int:
        """The byte of its root at which `name` begins."""
        start = 0
        while name in self.views:
            start += self.starts.get(name, 0)
            name = self.views[name]
        return start

    def covers(self, name: str) -> bool:
        """Does `name` share every byte of its root?"""
        return self.tensors[name].nbytes == self.tensors[self.root(name)].nbytes

    def bytes(self, call: Call) -> int:
        """Bytes that a call reads and writes, each operand counted once."""
        reads = (self.tensors[item] if isinstance(item, str) else item for item in call.reads if item is not None)
        writes = (self.tensors[name] for name in call.writes if name)
        return sum(item.nbytes for item in (*reads, *writes))

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one run."""
        return sum(call.macs for call in self.calls)
