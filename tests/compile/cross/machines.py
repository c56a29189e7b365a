"""Machines that aren't this one: libraries compiled for them, run by an emulator."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from thenar.compile import Library
from thenar.compile.build import build_program
from thenar.compile.c_types import c_type
from thenar.compile.interface import Interface

EMULATION_S = 120.0
FEEDS, RESULTS = "feeds.bin", "results.bin"


@dataclass(frozen=True)
class Machine:
    """The compiler with the flags that choose the CPU, and the emulator with those that give it; the emulator gets the
    program's name as its last argument and runs in the program's folder."""

    name: str
    compiler: tuple[str, ...]
    emulator: tuple[str, ...]

    def run(self, library: Library, feeds: Mapping[str, np.ndarray], *flags: str) -> dict[str, np.ndarray]:
        """As `Native.run_many`: every array stacks N samples, and so does every result.

        Skips the test where the compiler or the emulator isn't installed; `flags` are further ones for the C compiler.
        """
        for program in (self.compiler[0], self.emulator[0]):
            if shutil.which(program) is None:
                pytest.skip(f"needs {program}")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            files = {
                f"{library.name}.c": library.source,
                f"{library.name}.h": library.header,
                "main.c": harness(library),
            }
            command = (*self.compiler, *library.target.flags, *flags)
            program = build_program(files, folder, command)
            (folder / FEEDS).write_bytes(_stacked(library, feeds))
            emulation = [*self.emulator, program.name]
            done = subprocess.run(emulation, cwd=folder, capture_output=True, timeout=EMULATION_S, check=False)
            assert done.returncode == 0, f"{' '.join(emulation)}: {done.returncode} {done.stderr.decode()[-500:]}"
            return _results(library, (folder / RESULTS).read_bytes())


def harness(library: Library) -> str:
    """A program that runs the network on every sample of one file and writes all that it gives to another."""
    program, interface = library.program, Interface.of(library.program, library.name)
    upper = library.name.upper()
    names = [interface.parameters[name] for name in (*program.inputs, *program.outputs)]
    kinds = [c_type(program.tensors[name].dtype) for name in (*program.inputs, *program.outputs)]
    sizes = [f"{upper}_{name.upper()}_SIZE" for name in names]
    buffers = "\n".join(f"static {kind} {name}[{size}];" for kind, name, size in zip(kinds, names, sizes, strict=True))
    count = len(program.inputs)
    reads = " && ".join(f"fread({name}, sizeof {name}, 1, feeds) == 1" for name in names[:count])
    writes = "\n        ".join(f"fwrite({name}, sizeof {name}, 1, results);" for name in names[count:])
    return f"""#include <stdio.h>
#include "{library.name}.h"
{buffers}
static union {{
    double align;
    unsigned char bytes[{upper}_ARENA_BYTES + {upper}_ARENA_ALIGNMENT];
}} memory;

int main(void)
{{
    uintptr_t start = ((uintptr_t)memory.bytes + {upper}_ARENA_ALIGNMENT - 1) / {upper}_ARENA_ALIGNMENT;
    FILE *feeds = fopen("{FEEDS}", "rb"), *results = fopen("{RESULTS}", "wb");
    if (!feeds || !results)
        return 1;
    while ({reads}) {{
        {library.name}_run({", ".join(names)}, (void *)(start * {upper}_ARENA_ALIGNMENT));
        {writes}
    }}
    return fclose(results);
}}
"""


def _stacked(library: Library, feeds: Mapping[str, np.ndarray]) -> bytes:
    """The samples one after the other, each with all inputs."""
    tensors = [library.program.tensors[name] for name in library.program.inputs]
    arrays = [np.ascontiguousarray(feeds[tensor.name], tensor.dtype) for tensor in tensors]
    return b"".join(array[i].tobytes() for i in range(len(arrays[0])) for array in arrays)


def _results(library: Library, data: bytes) -> dict[str, np.ndarray]:
    program = library.program
    record = np.dtype(
        [
            (name, program.tensors[tensor].dtype, program.tensors[tensor].shape)
            for name, tensor in zip(program.output_names, program.outputs, strict=True)
        ]
    )
    samples = np.frombuffer(data, record)
    return {name: samples[name] for name in program.output_names}
