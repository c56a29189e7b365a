"""The node tests' networks under AddressSanitizer and UndefinedBehaviorSanitizer, and under every warning.

    python tests/compile/sanitize.py --target c99 --cc clang

Each network gets buffers of exactly the bytes that its header promises; a byte read or written beside them, or anything
that C leaves undefined, ends the program with the sanitizer's report.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from agree import feeds_of
from batch import batch_source
from strict import WARNINGS

from thenar.compile import Library, translate
from thenar.compile.targets import TARGETS

SANITIZERS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
_MAIN = """
#include <stdio.h>
#include <stdlib.h>

static FILE *thenar_data;

static void *thenar_take(size_t size)
{
    void *memory = malloc(size);
    if (fread(memory, 1, size, thenar_data) != size)
        exit(3);
    return memory;
}

static void *thenar_arena(size_t size)
{
    void *memory = 0;
    if (size && posix_memalign(&memory, 64, size))
        exit(4);
    return memory;
}
"""


def program(libraries: Sequence[Library]) -> tuple[str, bytes]:
    """A C program that runs every network once, and the bytes of its inputs, which it reads from its first argument."""
    calls, data = [], []
    for index, library in enumerate(libraries):
        tensors = library.program.tensors
        inputs = [tensors[name] for name in library.program.inputs]
        feeds = feeds_of(inputs, index)
        data += [np.ascontiguousarray(feeds[tensor.name]).tobytes() for tensor in inputs]
        rooms = [f"thenar_take({tensor.nbytes})" for tensor in inputs]
        rooms += [f"malloc({tensors[name].nbytes})" for name in library.program.outputs]
        rooms.append(f"thenar_arena({library.program.arena_bytes})")
        held = "".join(f"        void *p{at} = {room};\n" for at, room in enumerate(rooms))
        names = [f"p{at}" for at in range(len(rooms))]
        freed = " ".join(f"free({name});" for name in names)
        calls.append(f"    {{\n{held}        {library.name}_run({', '.join(names)});\n        {freed}\n    }}\n")
    body = "".join(calls)
    declared = batch_source(libraries).replace("#include <string.h>", "#include <string.h>" + _MAIN, 1)
    main = 'int main(int count, char **names)\n{\n    if (count < 2 || !(thenar_data = fopen(names[1], "rb")))\n'
    return f"{declared}\n{main}        return 2;\n{body}    fclose(thenar_data);\n    return 0;\n}}\n", b"".join(data)


def check(libraries: Sequence[Library], cc: Sequence[str], folder: Path, *flags: str) -> str:
    """What the C compiler (every warning an error) or a sanitizer says; "" where all is well."""
    source, data = program(libraries)
    (folder / "all.c").write_text("#define _POSIX_C_SOURCE 200809L\n" + source)
    (folder / "data").write_bytes(data)
    command = [*cc, "-std=c99", *WARNINGS, "-Wno-missing-prototypes", *SANITIZERS, *flags, "all.c", "-o", "all", "-lm"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if built.returncode:
        return built.stderr[:4000]
    ran = subprocess.run(["./all", "data"], cwd=folder, capture_output=True, text=True, check=False, errors="replace")
    return ran.stderr[:4000] or f"ended with {ran.returncode}" if ran.returncode else ""


def batches(models: Sequence[bytes], target: str, size: int) -> Iterator[list[Library]]:
    """The models' libraries, `size` at a time."""
    for at in range(0, len(models), size):
        part = models[at : at + size]
        yield [translate(model, TARGETS[target], name=f"m{at + index}") for index, model in enumerate(part)]


def main(arguments: list[str]) -> int:
    from corpus import node_tests

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", choices=("c99", "x86-64"), default="c99")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--flags", default="", help="for example -DTHENAR_LEVEL_MAX=1")
    parser.add_argument("--batch", type=int, default=60)
    options = parser.parse_args(arguments)
    os.nice(5)
    models, bad = node_tests(), 0
    for number, libraries in enumerate(batches(models, options.target, options.batch)):
        with tempfile.TemporaryDirectory() as folder:
            said = check(libraries, shlex.split(options.cc), Path(folder), *shlex.split(options.flags))
        bad += bool(said)
        print(f"{options.target} {options.cc} batch {number}: {said or 'clean'}", flush=True)
    print(f"{len(models)} networks")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
