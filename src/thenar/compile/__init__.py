"""ONNX to a C library, read from top to bottom.

library = compile("model.onnx", target="host")      # runs from Python
write("model.onnx", Path("student"), target="c99")  # NAME.c, NAME.h, CMakeLists.txt, example.c
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from thenar.compile.build import build_library
from thenar.compile.c_types import identifier
from thenar.compile.folder import build_file, example, library_name, write_folder
from thenar.compile.graph import Array, Tensor
from thenar.compile.header import emit_header
from thenar.compile.interface import Interface
from thenar.compile.load import Source
from thenar.compile.lower import check_nodes, lower_graph
from thenar.compile.native import Native
from thenar.compile.passes import optimize, run_passes
from thenar.compile.program import Program
from thenar.compile.read import Shapes, read_graph
from thenar.compile.source import emit_source
from thenar.compile.targets import Target, find
from thenar.compile.tune import Tuned, tune_target
from thenar.errors import ThenarError

if TYPE_CHECKING:
    from onnx import ModelProto

Model: TypeAlias = "str | Path | bytes | ModelProto"


@dataclass(frozen=True, eq=False)
class Library:
    """The C of a network: its text, and the program of its fastest variant."""

    name: str
    target: Target
    program: Program
    weight_bytes: int
    source: str
    header: str
    example: str
    tuned: tuple[Tuned, ...] = ()

    def native(self, shared: Path | None = None) -> Native:
        """The library compiled for this machine and loaded, or another build of it.

        Raises:
            ThenarError: there is no C compiler, or it fails; or the library is for other machines.
        """
        if not self.target.runs_here():
            raise ThenarError(
                f"a library for {self.target.name} doesn't run on this machine",
                fix="write it to a folder (thenar compile --output) and build that for the machine it is for",
            )
        program = self.program
        inputs = tuple(program.tensors[name] for name in program.inputs)
        outputs = tuple(
            Tensor(name, program.tensors[tensor].dtype, program.tensors[tensor].shape)
            for name, tensor in zip(program.output_names, program.outputs, strict=True)
        )
        shared = shared or build_library(
            self.source, self.header, self.name, (*self.target.flags, *self.target.native_flags)
        )
        return Native(shared, f"{self.name}_run", inputs, outputs, program.arena_bytes)

    def files(self) -> dict[str, str]:
        """File name -> text of the output folder."""
        return {
            f"{self.name}.c": self.source,
            f"{self.name}.h": self.header,
            "CMakeLists.txt": build_file(self.name, self.target),
            "example.c": self.example,
        }


def translate(
    model: Model,
    target: str | Target = "host",
    shapes: Shapes | None = None,
    *,
    name: str | None = None,
    constants: Mapping[str, Array] | None = None,
    outputs: Sequence[str] = (),
    tune: bool = False,
) -> Library:
    """ONNX to C: read, optimize, lower, emit.

    `shapes` fixes dynamic inputs, `constants` turns inputs into constants, `name` prefixes everything in C. `outputs`
    names tensors inside the model where it is cut: they replace its outputs, and what comes after them is left out.
    `tune` times the tiles of convolutions on this machine, as `thenar.compile.tune` says, in place of a cost model.

    Raises:
        ThenarError: the model is invalid, dynamic, or has an operator outside the list; names the node and the fix.
    """
    chosen = find(target)
    source = Source.load(model)
    graph = read_graph(source, shapes, constants, outputs)
    graph = optimize(graph)
    check_nodes(graph)
    graphs = {variant.name: run_passes(graph, variant.passes) for variant in chosen.variants}
    chosen, tuned = tune_target(chosen, graphs) if tune else (chosen, ())
    programs = [(variant, lower_graph(graphs[variant.name], variant, source.digest)) for variant in chosen.variants]
    prefix = identifier(name or Path(source.where).stem)
    text, weight_bytes = emit_source(programs, prefix)
    program = replace(programs[0][1], arena_bytes=max(program.arena_bytes for _, program in programs))
    interface = Interface.of(program, prefix)
    header = emit_header(program, interface, weight_bytes)
    return Library(interface.prefix, chosen, program, weight_bytes, text, header, example(program, interface), tuned)


def compile(
    model: Model,
    target: str | Target = "host",
    shapes: Shapes | None = None,
    *,
    outputs: Sequence[str] = (),
    tune: bool = False,
) -> Native:
    """The network as an object whose `run({name: array})` calls compiled C.

    `model` is a path, the bytes of an ONNX file, or a ModelProto. Compiled code is cached by its source, the C compiler
    and the CPU; two processes may compile at once. `shapes`, `outputs` and `tune` are those of `translate`.

    Raises:
        ThenarError: as `translate`; or there is no C compiler.
    """
    return translate(model, target, shapes, outputs=outputs, tune=tune).native()


def write(
    model: Model,
    folder: Path,
    target: str | Target = "host",
    shapes: Shapes | None = None,
    *,
    outputs: Sequence[str] = (),
    tune: bool = False,
) -> Library:
    """The network as a folder of C that builds on its own, named after the folder; whole or not at all.

    Raises:
        ThenarError: as `translate`; or the folder can't be written.
    """
    library = translate(model, target, shapes, name=library_name(Path(folder)), outputs=outputs, tune=tune)
    write_folder(Path(folder), library.files())
    return library
