"""NAME.c: everything a compiled network needs in one file, for one kind of CPU or for several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from thenar.compile.constants import Constants
from thenar.compile.emit import comment, emit_function
from thenar.compile.interface import Interface
from thenar.compile.program import Program
from thenar.compile.targets import Variant

KERNELS = files("thenar.compile") / "kernels"


def emit_source(programs: Sequence[tuple[Variant, Program]], prefix: str, probe: str = "") -> tuple[str, int]:
    """NAME.c, complete but for NAME.h, and the bytes of the constants in it; `probe` is C for a thenar_probe.

    With one variant the whole file is compiled for its CPU. With several, each has its own function and kernels, and
    `NAME_run` calls the first whose CPU features are there; kernels that they share are compiled for every CPU.
    """
    constants, text = Constants(), _Text()
    _, first = programs[0]
    several = len(programs) > 1
    text.add(f"/* {comment(first.name)}: {len(first.calls)} kernel calls, {first.macs} multiply-accumulates.")
    text.add(f"   Made by thenar compile from the model with SHA-256 {first.digest}. */\n")
    text.add(f'#include "{prefix}.h"\n')
    text.add(probe)
    if several:
        for _, program in programs:
            text.kernels(program, "reference")
    for variant, program in programs:
        text.add(_open(variant))
        text.kernels(program)
        interface, suffix = Interface.of(program, prefix), variant.name if several else ""
        function = emit_function(program, interface, constants, suffix, probe=bool(probe))
        text.add(constants.take())
        text.add(function)
        text.add(_close(variant))
    if several:
        text.add(_dispatch(programs, Interface.of(first, prefix)))
    return text.result(), constants.nbytes


def kernel_text(program: Program) -> str:
    """The kernels that `program` calls, as C."""
    text = _Text()
    text.kernels(program)
    return text.result()


class _Text:
    """A C file that grows; no kernel and no instance of one comes twice."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._headers: set[str] = set()
        self._instances: set[str] = set()

    def add(self, part: str) -> None:
        if part:
            self._parts.append(part)

    def kernels(self, program: Program, folder: str = "") -> None:
        """The headers and instances that `program` calls for and that aren't there yet (of one folder only)."""
        calls = [call for call in program.calls if _path(call.header).startswith(folder)]
        for header in dict.fromkeys(_path(name) for call in calls for name in (call.header, *call.includes)):
            self._header(header)
        fresh = dict.fromkeys(line for call in calls for line in call.instance.splitlines())
        lines = [line for line in fresh if line not in self._instances]
        self._instances.update(lines)
        self.add("".join(f"{line}\n" for line in lines))

    def _header(self, path: str) -> None:
        if path in self._headers:
            return
        self._headers.add(path)
        text = _read(path)
        for included in re.findall(r'^#include "([^"]+)\.h"', text, re.MULTILINE):
            self._header(_resolve(path.rpartition("/")[0], included))
        self.add(re.sub(r'^#include "[^"]+"\n', "", text, flags=re.MULTILINE))

    def result(self) -> str:
        return "\n".join(self._parts)


def _open(variant: Variant) -> str:
    """From here on code may use the variant's instructions."""
    if not variant.instructions:
        return ""
    names = ",".join(variant.instructions)
    return (
        "#if defined(__clang__)\n"
        f'#pragma clang attribute push(__attribute__((target("{names}"))), apply_to = function)\n'
        "#elif defined(__GNUC__)\n"
        "#pragma GCC push_options\n"
        f'#pragma GCC target("{names}")\n'
        "#endif\n"
    )


def _close(variant: Variant) -> str:
    if not variant.instructions:
        return ""
    return (
        "#if defined(__clang__)\n#pragma clang attribute pop\n"
        "#elif defined(__GNUC__)\n#pragma GCC pop_options\n#endif\n"
    )


def _dispatch(programs: Iterable[tuple[Variant, Program]], interface: Interface) -> str:
    arguments = ", ".join([*interface.parameters.values(), "arena"])
    body, signature = [], ""
    for variant, program in programs:
        signature = signature or interface.signature(program)
        call = f"{interface.prefix}_run_{variant.name}({arguments});"
        if variant.instructions:
            known = " && ".join(f'__builtin_cpu_supports("{name}")' for name in variant.instructions)
            body.append(f"    if ({known}) {{\n        {call}\n        return;\n    }}\n")
        else:
            body.append(f"    {call}\n")
    return f"{signature}\n{{\n{''.join(body)}}}\n"


def _path(header: str) -> str:
    return header if "/" in header else f"reference/{header}"


@cache
def _read(path: str) -> str:
    return (KERNELS / f"{path}.h").read_text()


def _resolve(folder: str, included: str) -> str:
    parts = [*folder.split("/"), *included.split("/")]
    while ".." in parts:
        at = parts.index("..")
        del parts[at - 1 : at + 1]
    return "/".join(parts)
