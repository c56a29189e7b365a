"""Boards with a Cortex-M that qemu emulates: a library is cross-compiled, linked with the startup code of
examples/microcontroller, and run on inputs that it reads from a file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from thenar.compile import Library
from thenar.compile.c_types import c_type
from thenar.compile.interface import Interface
from thenar.compile.targets import CORTEX_M, CORTEX_M55, Target

EXAMPLE = Path(__file__).parents[3] / "examples/microcontroller"
GCC, QEMU = "arm-none-eabi-gcc", "qemu-system-arm"
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror")
_TIMEOUT_S = 120


@dataclass(frozen=True)
class Board:
    machine: str
    target: Target


BOARDS = (Board("mps2-an500", CORTEX_M), Board("mps3-an547", CORTEX_M55))


def needs_programs() -> None:
    """Skip the test where a program is absent, naming it."""
    for program, package in ((GCC, "gcc-arm-none-eabi"), (QEMU, "qemu-system-arm")):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} (Debian package {package})")


def run(
    library: Library, board: Board, feeds: Mapping[str, np.ndarray], folder: Path, *flags: str
) -> dict[str, np.ndarray]:
    """The outputs of `library` on `board`, by name."""
    program, interface = library.program, Interface.of(library.program, library.name)
    for name, text in library.files().items():
        (folder / name).write_text(text)
    (folder / "main.c").write_text(_main(library, interface))
    options = [*board.target.flags, *flags, "-std=c99"]
    _call([GCC, *options, *WARNINGS, "-c", f"{library.name}.c", "-o", "network.o"], folder)
    link = ["--specs=rdimon.specs", "-nostartfiles", "-L", str(EXAMPLE), "-T", f"{board.machine}.ld"]
    _call([GCC, *options, str(EXAMPLE / "startup.c"), "main.c", "network.o", *link, "-lm", "-o", "main.elf"], folder)
    (folder / "input.bin").write_bytes(b"".join(np.ascontiguousarray(feeds[name]).tobytes() for name in program.inputs))
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    _call([QEMU, "-M", board.machine, "-nographic", "-monitor", "none", *semihosting, "-kernel", "main.elf"], folder)
    data, results, at = (folder / "output.bin").read_bytes(), {}, 0
    for name, tensor in zip(program.output_names, program.outputs, strict=True):
        kind, shape = program.tensors[tensor].dtype, program.tensors[tensor].shape
        count = int(np.prod(shape, dtype=int))
        results[name] = np.frombuffer(data, kind, count, at).reshape(shape)
        at += count * kind.itemsize
    assert at == len(data)
    return results


def _main(library: Library, interface: Interface) -> str:
    """A program that reads all inputs from input.bin and writes all outputs to output.bin."""
    program, upper = library.program, library.name.upper()
    names = {tensor: interface.parameters[tensor] for tensor in (*program.inputs, *program.outputs)}
    buffers = [
        f"static {c_type(program.tensors[tensor].dtype)} {name}[{upper}_{name.upper()}_SIZE];"
        for tensor, name in names.items()
    ]
    reads = [f"    if (!fread({names[name]}, sizeof {names[name]}, 1, in)) return 1;" for name in program.inputs]
    writes = [f"    if (!fwrite({names[name]}, sizeof {names[name]}, 1, out)) return 1;" for name in program.outputs]
    arguments = ", ".join([*names.values(), "arena"])
    return "\n".join(
        [
            f'#include <stdio.h>\n#include "{library.name}.h"',
            *buffers,
            f"static _Alignas(64) unsigned char arena[{upper}_ARENA_BYTES + 1];",
            'int main(void)\n{\n    FILE *in = fopen("input.bin", "rb"), *out = fopen("output.bin", "wb");',
            "    if (!in || !out) return 1;",
            *reads,
            f"    {library.name}_run({arguments});",
            *writes,
            "    return fclose(out);\n}\n",
        ]
    )


def _call(command: list[str], folder: Path) -> None:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert result.returncode == 0, f"{command[0]}: {result.stderr or result.stdout}"
