"""Machines that aren't this one: libraries compiled for them, run by an emulator."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from batch import FEEDS, RESULTS, batch_program

from thenar.compile import Library
from thenar.compile.build import build_program
from thenar.compile.c_types import c_type
from thenar.compile.interface import Interface

EMULATION_S = 120.0


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
        files = {f"{library.name}.c": library.source, f"{library.name}.h": library.header, "main.c": harness(library)}
        data = self._run(files, _stacked(library, feeds), *library.target.flags, *flags)
        return _records(library, data, len(data) // _sample_bytes(library))

    def run_all(
        self, libraries: Sequence[Library], feeds: Sequence[Mapping[str, np.ndarray]]
    ) -> list[dict[str, np.ndarray]]:
        """As `Native.run`, for many networks in one program. They have one target and names that differ.

        Skips as `run` does.
        """
        given = b"".join(_sample(library, each) for library, each in zip(libraries, feeds, strict=True))
        data = self._run({"main.c": batch_program(libraries)}, given, *libraries[0].target.flags)
        results = []
        for library in libraries:
            size = _sample_bytes(library)
            results.append({name: values[0] for name, values in _records(library, data[:size], 1).items()})
            data = data[size:]
        return results

    def _run(self, files: Mapping[str, str], feeds: bytes, *flags: str) -> bytes:
        """What the program that `files` make says of `feeds`."""
        for needed in (self.compiler[0], self.emulator[0]):
            if shutil.which(needed) is None:
                pytest.skip(f"needs {needed}")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            program = build_program(files, folder, (*self.compiler, *flags))
            (folder / FEEDS).write_bytes(feeds)
            emulation = [*self.emulator, program.name]
            done = subprocess.run(emulation, cwd=folder, capture_output=True, timeout=EMULATION_S, check=False)
            assert done.returncode == 0, f"{' '.join(emulation)}: {done.returncode} {done.stderr.decode()[-500:]}"
            return (folder / RESULTS).read_bytes()


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
    count = len(next(iter(feeds.values())))
    return b"".join(_sample(library, {name: values[i] for name, values in feeds.items()}) for i in range(count))


def _sample(library: Library, feeds: Mapping[str, np.ndarray]) -> bytes:
    """The inputs of one sample."""
    tensors = [library.program.tensors[name] for name in library.program.inputs]
    return b"".join(np.asarray(feeds[tensor.name], tensor.dtype).tobytes() for tensor in tensors)


def _sample_bytes(library: Library) -> int:
    """What a network gives for one sample."""
    return sum(library.program.tensors[name].nbytes for name in library.program.outputs)


def _records(library: Library, data: bytes, count: int) -> dict[str, np.ndarray]:
    program = library.program
    record = np.dtype(
        [
            (name, program.tensors[tensor].dtype, program.tensors[tensor].shape)
            for name, tensor in zip(program.output_names, program.outputs, strict=True)
        ]
    )
    samples = np.frombuffer(data, record, count) if record.itemsize else np.zeros(count, record)
    return {name: samples[name] for name in program.output_names}
