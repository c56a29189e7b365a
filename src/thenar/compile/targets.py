"""What the compiler generates code for: a target is a table of flags and of operators that it lowers its own way."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from thenar.compile.graph import Graph
from thenar.compile.ops.site import Lower
from thenar.compile.ops.x86_64 import elementwise, qconv
from thenar.compile.passes.channels_last import CONV, CONV_DEQUANTIZE, CONV_TRANSPOSE, MAX_POOL, channels_last
from thenar.errors import ThenarError


@dataclass(frozen=True, eq=False)
class Target:
    """`flags` go to the C compiler; `passes` run after the compiler's own; `lowerings` replace or add operators.

    A CPU runs the target if it reports all of `features`, named as in /proc/cpuinfo.
    """

    name: str
    flags: tuple[str, ...]
    passes: tuple[Callable[[Graph], Graph], ...] = ()
    lowerings: Mapping[str, Lower] = field(default_factory=dict)
    features: frozenset[str] = frozenset()


C99 = Target("c99", ("-O3",))

X86_64_VNNI = Target(
    "x86-64-vnni",
    ("-O3", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni", "-mfma"),
    (channels_last,),
    {
        CONV: qconv.qconv,
        CONV_TRANSPOSE: qconv.qconv_transpose,
        CONV_DEQUANTIZE: qconv.conv_dequantize,
        MAX_POOL: elementwise.max_pool,
        "thenar.Add": elementwise.qadd,
    },
    frozenset({"avx512f", "avx512bw", "avx512vl", "avx512_vnni", "fma"}),
)

TARGETS = {target.name: target for target in (X86_64_VNNI, C99)}
"""By name, the fastest first."""


def find(name: str | Target) -> Target:
    """The target called `name`; `host` is the first that this machine's CPU runs. A Target is taken as it is.

    Raises:
        ThenarError: no such target.
    """
    if isinstance(name, Target):
        return name
    if name == "host":
        features = cpu_features()
        return next(target for target in TARGETS.values() if target.features <= features)
    if name not in TARGETS:
        raise ThenarError(f"no target {name!r}", fix=f"choose one of host, {', '.join(TARGETS)}")
    return TARGETS[name]


@functools.cache
def cpu_features() -> frozenset[str]:
    """The features that this machine's CPU reports; empty where they can't be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return frozenset(flags.partition(":")[2].split())
