"""Many compiled networks in one C file, so that a C compiler starts once and reads every kernel once."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence
from pathlib import Path

from thenar.compile import Library
from thenar.compile.build import compiler
from thenar.compile.constants import Constants
from thenar.compile.emit import emit_function
from thenar.compile.interface import Interface
from thenar.compile.native import Native
from thenar.compile.source import _Text

FEEDS, RESULTS = "feeds.bin", "results.bin"
_POSIX = "#define _POSIX_C_SOURCE 200809L /* posix_memalign */\n#include <stdio.h>\n#include <stdlib.h>\n"
_MAIN = f"""
static FILE *thenar_feeds, *thenar_results;

static void *thenar_take(size_t size)
{{
    void *memory = malloc(size);
    if (fread(memory, 1, size, thenar_feeds) != size)
        exit(3);
    return memory;
}}

static void thenar_give(void *memory, size_t size)
{{
    if (fwrite(memory, 1, size, thenar_results) != size)
        exit(4);
    free(memory);
}}

static void *thenar_arena(size_t size)
{{
    void *memory = 0;
    if (size && posix_memalign(&memory, 64, size))
        exit(5);
    return memory;
}}

int main(void)
{{
    thenar_feeds = fopen("{FEEDS}", "rb");
    thenar_results = fopen("{RESULTS}", "wb");
    if (!thenar_feeds || !thenar_results)
        return 2;
"""


def batch_source(libraries: Sequence[Library]) -> str:
    """C with the functions `NAME_run` of all `libraries`, whose names differ and which have one variant each."""
    constants, text = Constants(), _Text()
    for library in libraries:
        text.kernels(library.program)
        function = emit_function(library.program, Interface.of(library.program, library.name), constants)
        text.add(constants.take())
        text.add(function)
    return text.result()


def batch_program(libraries: Sequence[Library]) -> str:
    """C that runs every network once: inputs one after the other from one file, what they give to another.

    Each network gets buffers of exactly the bytes that its header promises.
    """
    runs = []
    for library in libraries:
        program = library.program
        inputs, outputs = (
            [program.tensors[name].nbytes for name in names] for names in (program.inputs, program.outputs)
        )
        rooms = [f"thenar_take({size})" for size in inputs] + [f"malloc({size})" for size in outputs]
        rooms.append(f"thenar_arena({program.arena_bytes})")
        lines = [f"void *p{at} = {room};" for at, room in enumerate(rooms)]
        lines.append(f"{library.name}_run({', '.join(f'p{at}' for at in range(len(rooms)))});")
        lines += [f"free(p{at});" for at in (*range(len(inputs)), len(rooms) - 1)]
        lines += [f"thenar_give(p{at}, {size});" for at, size in enumerate(outputs, len(inputs))]
        runs.append("    {\n" + "".join(f"        {line}\n" for line in lines) + "    }\n")
    return f"{_POSIX}{batch_source(libraries)}{_MAIN}{''.join(runs)}    return fclose(thenar_results);\n}}\n"


def batch_build(libraries: Sequence[Library], folder: Path, *flags: str, cc: Sequence[str] = ()) -> list[Native]:
    """The networks, compiled together into `folder`.

    Raises:
        RuntimeError: the C compiler fails; holds what it says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = libraries[0].name
    source, shared = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(batch_source(libraries))
    command = [*(cc or compiler()), "-std=c99", "-shared", "-fPIC", "-ffp-contract=off", *flags]
    result = subprocess.run(
        [*command, "-o", str(shared), str(source), "-lm"], capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise RuntimeError(f"{source}: {result.stderr[:2000]}")
    ctypes.CDLL(str(shared))
    return [library.native(shared) for library in libraries]
