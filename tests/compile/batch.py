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


def batch_source(libraries: Sequence[Library]) -> str:
    """C with the functions `NAME_run` of all `libraries`, whose names differ and which have one variant each."""
    constants, text = Constants(), _Text()
    for library in libraries:
        text.kernels(library.program)
        function = emit_function(library.program, Interface.of(library.program, library.name), constants)
        text.add(constants.take())
        text.add(function)
    return text.result()


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
