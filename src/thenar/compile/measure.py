"""How long each kernel call of a compiled network takes on this machine."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from thenar.compile.build import build_library
from thenar.compile.graph import Tensor
from thenar.compile.source import emit_source
from thenar.errors import ThenarError

if TYPE_CHECKING:
    from thenar.compile import Library

ROUNDS = 200

_PROBE = """#define _POSIX_C_SOURCE 199309L
#include <time.h>

/* The least nanoseconds between two probes: before each call and after it. */
static double thenar_least[{count} + 1];
static double thenar_before;

static double thenar_now(void)
{{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}}

static void thenar_probe(int call)
{{
    const double spent = thenar_now() - thenar_before;
    if (call >= 0 && (thenar_least[call] <= 0 || spent < thenar_least[call]))
        thenar_least[call] = spent;
    thenar_before = thenar_now();
}}

/* What a probe itself takes comes last. */
void thenar_times(double *ns)
{{
    for (int i = 0; i < 1000; i++)
        thenar_probe({count});
    memcpy(ns, thenar_least, sizeof thenar_least);
}}
"""


def measure(library: Library, rounds: int = ROUNDS) -> list[float]:
    """Microseconds of each call of `library.program`, the least of `rounds` runs on inputs drawn at random.

    Raises:
        ThenarError: there is no C compiler, or this machine can't run the target's code.
    """
    if not library.target.runs_here():
        raise ThenarError(f"this machine can't run target {library.target.name!r}", fix="leave --measure out")
    program, count = library.program, len(library.program.calls)
    probe = _PROBE.format(count=count)
    source, _ = emit_source([(library.target.variants[0], program)], library.name, probe)
    heads = "#define _POSIX_C_SOURCE 199309L\n"
    shared = build_library(heads + source, library.header, library.name, library.target.flags)
    native = library.native(shared)
    feeds = {tensor.name: _random(tensor) for tensor in native.inputs}
    for _ in range(rounds):
        native.run(feeds)
    times = np.zeros(count + 1)
    ctypes.CDLL(str(shared)).thenar_times(times.ctypes.data_as(ctypes.c_void_p))
    return [float(max(ns - times[-1], 0.0)) / 1e3 for ns in times[:-1]]


def _random(tensor: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    values = np.random.default_rng(0).standard_normal(tensor.shape)
    return (values if tensor.dtype.kind == "f" else np.abs(values) > 0).astype(tensor.dtype)
