"""The node tests' networks under AddressSanitizer and UndefinedBehaviorSanitizer, and under every warning.

    python tests/compile/sanitize.py --target c99 --cc clang
    python tests/compile/sanitize.py --target x86-64 --flags=-DTHENAR_LEVEL_MAX=1 model.onnx

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
from batch import FEEDS, batch_program
from strict import WARNINGS

from thenar.compile import Library, translate
from thenar.compile.targets import TARGETS

SANITIZERS = (
    *("-O1", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"),
    "-fno-omit-frame-pointer",
)


def inputs(libraries: Sequence[Library]) -> bytes:
    """Random values for every network, as `batch_program` reads them."""
    data = []
    for index, library in enumerate(libraries):
        tensors = [library.program.tensors[name] for name in library.program.inputs]
        feeds = feeds_of(tensors, index)
        data += [np.ascontiguousarray(feeds[tensor.name]).tobytes() for tensor in tensors]
    return b"".join(data)


def check(libraries: Sequence[Library], cc: Sequence[str], folder: Path, *flags: str) -> str:
    """What the C compiler (every warning an error) or a sanitizer says; "" where all is well."""
    (folder / "all.c").write_text(batch_program(libraries))
    (folder / FEEDS).write_bytes(inputs(libraries))
    command = [*cc, "-std=c99", *WARNINGS, "-Wno-missing-prototypes", *SANITIZERS, *flags, "all.c", "-o", "all", "-lm"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if built.returncode:
        return built.stderr[:4000]
    ran = subprocess.run(["./all"], cwd=folder, capture_output=True, text=True, check=False, errors="replace")
    return ran.stderr[:4000] or f"ended with {ran.returncode}" if ran.returncode else ""


def batches(models: Sequence[bytes], target: str, size: int) -> Iterator[list[Library]]:
    """The models' libraries, `size` at a time."""
    for at in range(0, len(models), size):
        part = models[at : at + size]
        yield [translate(model, TARGETS[target], name=f"m{at + index}") for index, model in enumerate(part)]


def main(arguments: list[str]) -> int:
    from corpus import node_tests

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, help="instead of the node tests")
    parser.add_argument("--target", choices=("c99", "x86-64"), default="c99")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--flags", default="", help="for example -DTHENAR_LEVEL_MAX=1")
    parser.add_argument("--batch", type=int, default=60)
    options = parser.parse_args(arguments)
    os.nice(5)
    models, bad = [path.read_bytes() for path in options.models] or node_tests(), 0
    for number, libraries in enumerate(batches(models, options.target, options.batch)):
        with tempfile.TemporaryDirectory() as folder:
            said = check(libraries, shlex.split(options.cc), Path(folder), *shlex.split(options.flags))
        bad += bool(said)
        print(f"{options.target} {options.cc} batch {number}: {said or 'clean'}", flush=True)
    print(f"{len(models)} networks")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
