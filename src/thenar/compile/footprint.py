"""What a library takes of a microcontroller, as its own compiler and linker report it: flash, RAM and stack."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thenar.compile.build import build_program
from thenar.errors import ThenarError

if TYPE_CHECKING:
    from thenar.compile import Library

_REPORTS = ("-fstack-usage", "-fcallgraph-info=su")
_LINK = ("-nostartfiles", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
"""Everything that NAME_run reaches, the C library's functions among it, and nothing else."""

_KINDS = {"code": (".text", ".ARM."), "constants": (".rodata",), "variables": (".data", ".bss")}

_NODE = r'node: \{ title: "([^"]+)" label: "[^"]*?\\n(\d+) bytes'
_EDGE = r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"'


@dataclass(frozen=True)
class Footprint:
    """Bytes. `code` and `constants` (the weights among them) are flash; `variables` and `arena` are RAM, and so is
    `stack`, the deepest chain of the library's own functions, without what the C library's take."""

    code: int
    constants: int
    variables: int
    arena: int
    stack: int
    compiler: str

    @property
    def flash(self) -> int:
        """Bytes of flash."""
        return self.code + self.constants

    @property
    def ram(self) -> int:
        """Bytes of RAM, without the caller's own inputs and outputs."""
        return self.variables + self.arena + self.stack

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"flash": self.flash, "ram": self.ram, **asdict(self)}

    def __str__(self) -> str:
        return (
            f"flash {self.flash} bytes ({self.code} code, {self.constants} constants), RAM {self.ram} bytes "
            f"({self.arena} arena, {self.stack} stack, {self.variables} variables); {self.compiler}"
        )


def footprint(library: Library, *flags: str) -> Footprint:
    """The footprint of a library for a microcontroller; `flags` are further ones for its compiler.

    Raises:
        ThenarError: the target is another one, or a program isn't installed, or it fails.
    """
    compiler = library.target.compiler
    if not library.target.bare:
        raise ThenarError(f"target {library.target.name} isn't a microcontroller", fix="choose cortex-m or cortex-m55")
    size = f"{compiler.removesuffix('gcc')}size"
    for tool in (compiler, size):
        if shutil.which(tool) is None:
            raise ThenarError(f"flash and RAM need {tool}", fix="install it (Debian: gcc-arm-none-eabi)")
    command = (compiler, *library.target.flags, *_REPORTS, *_LINK, f"-Wl,-e,{library.name}_run", *flags)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        program = build_program({f"{library.name}.{end}": text for end, text in _sources(library)}, folder, command)
        sections = _sections(_output([size, "-A", str(program)]))
        stack = deepest_stack(next(folder.glob("*.ci")).read_text(), f"{library.name}_run")
    kinds = {kind: sum(sections[name] for name in sections if name.startswith(at)) for kind, at in _KINDS.items()}
    version = _output([compiler, "--version"]).splitlines()[0]
    return Footprint(arena=library.program.arena_bytes, stack=stack, compiler=version, **kinds)


def _sources(library: Library) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("c", library.source), ("h", library.header)


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _sections(report: str) -> dict[str, int]:
    """Section -> bytes, from the report of `size -A`."""
    found = re.findall(r"^(\.\S+)\s+(\d+)\s+\d+$", report, re.MULTILINE)
    return {name: int(count) for name, count in found}


def deepest_stack(graph: str, function: str) -> int:
    """Bytes of stack of a function and all that it calls, from GCC's call graph (-fcallgraph-info=su); functions of
    which it doesn't know the stack count as 0."""
    sizes = {name: int(count) for name, count in re.findall(_NODE, graph)}
    calls: dict[str, list[str]] = {}
    for source, target in re.findall(_EDGE, graph):
        calls.setdefault(source, []).append(target)

    def depth(name: str, above: frozenset[str]) -> int:
        below = (depth(each, above | {name}) for each in calls.get(name, ()) if each not in above)
        return sizes.get(name, 0) + max(below, default=0)

    return depth(next((name for name in sizes if name.rpartition(":")[2] == function), function), frozenset())
