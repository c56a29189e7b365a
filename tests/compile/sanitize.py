"""The node tests' networks under AddressSanitizer and UndefinedBehaviorSanitizer, and under every warning.

    python tests/compile/sanitize.py --target c99 --cc clang
    python tests/compile/sanitize.py --target x86-64 --levels 0 1 2 3 [model.onnx...]

On x86-64 those networks run that aren't plain C there, once at each level of instructions; node tests with weights run
once more with these as constants, as only then they have kernels of their own. Each network gets buffers of exactly the
bytes that its header promises; a byte read or written beside them, or anything that C leaves undefined, ends the
program with the sanitizer's report.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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
_LEVEL = "SANITIZE_LEVEL"
_AT_LEVEL = f'-DTHENAR_LEVEL=atoi(getenv("{_LEVEL}"))'
"""One program for every level of instructions, which the environment chooses."""


def inputs(libraries: Sequence[Library]) -> bytes:
    """Random values for every network, as `batch_program` reads them."""
    data = []
    for index, library in enumerate(libraries):
        tensors = [library.program.tensors[name] for name in library.program.inputs]
        feeds = feeds_of(tensors, index)
        data += [np.ascontiguousarray(feeds[tensor.name]).tobytes() for tensor in tensors]
    return b"".join(data)


def check(
    libraries: Sequence[Library], cc: Sequence[str], folder: Path, *flags: str, levels: Sequence[int] = ()
) -> str:
    """What the C compiler (every warning an error) or a sanitizer says; "" where all is well.

    With `levels`, of a library for x86-64, at each of them.
    """
    (folder / "all.c").write_text(batch_program(libraries))
    (folder / FEEDS).write_bytes(inputs(libraries))
    chosen = [_AT_LEVEL] if levels else []
    command = [*cc, "-std=c99", *WARNINGS, "-Wno-missing-prototypes", *SANITIZERS, *chosen, *flags]
    built = subprocess.run([*command, "all.c", "-o", "all", "-lm"], cwd=folder, capture_output=True, text=True)
    if built.returncode:
        return built.stderr[:4000]
    for level in levels or [0]:
        environment = {**os.environ, _LEVEL: str(level)}
        ran = subprocess.run(["./all"], cwd=folder, capture_output=True, text=True, errors="replace", env=environment)
        if ran.returncode:
            return f"level {level}: {ran.stderr[:4000] or f'ended with {ran.returncode}'}"
    return ""


def node_libraries(target: str) -> list[Library]:
    """Of the standard's node tests, those that aren't plain C on the target (on c99 all)."""
    from corpus import node_tests

    models = node_tests() if target == "c99" else [*node_tests(), *node_tests(weights_known=True)]
    made = [translate(model, TARGETS[target], name=f"m{index}") for index, model in enumerate(models)]
    return [one for one in made if target == "c99" or any("/" in call.header for call in one.program.calls)]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, help="instead of the node tests")
    parser.add_argument("--target", choices=TARGETS, default="c99")
    parser.add_argument("--levels", nargs="*", type=int, default=[], help="of x86-64: 0 portable to 3 AVX-512")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--flags", default="", help="for example -DTHENAR_LEVEL_MAX=3")
    parser.add_argument("--batch", type=int, default=60)
    parser.add_argument("--only", nargs="*", type=int, help="these batches")
    options = parser.parse_args(arguments)
    os.nice(5)
    given = [translate(path, options.target, name=f"m{index}") for index, path in enumerate(options.models)]
    libraries, bad = given or node_libraries(options.target), 0
    for at in range(0, len(libraries), options.batch):
        number, part = at // options.batch, libraries[at : at + options.batch]
        if options.only is not None and number not in options.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            flags = shlex.split(options.flags)
            said = check(part, shlex.split(options.cc), Path(folder), *flags, levels=options.levels)
        bad += bool(said)
        print(f"{options.target} {options.cc} batch {number}, {len(part)} networks: {said or 'clean'}", flush=True)
    print(f"{len(libraries)} networks, {bad} batches with findings")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
