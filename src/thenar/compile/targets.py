"""What the compiler generates code for: a target holds variants, a variant lowers some operators in its own way."""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from thenar.compile.graph import Graph
from thenar.compile.ops.site import Lower
from thenar.compile.ops.x86_64 import conv, elementwise, qconv
from thenar.compile.passes.channels_last import (
    CONV,
    CONV_DEQUANTIZE,
    CONV_TRANSPOSE,
    FLOAT_CONV,
    FLOAT_CONV_TRANSPOSE,
    MAX_POOL,
    channels_last,
)
from thenar.errors import ThenarError


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to lower a network: `passes` run after the compiler's own, `lowerings` replace or add operators.

    A CPU runs it if it has all of `instructions`, named as C compilers name them.
    """

    name: str
    instructions: tuple[str, ...] = ()
    passes: tuple[Callable[[Graph], Graph], ...] = ()
    lowerings: Mapping[str, Lower] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Target:
    """The variants that a library holds, the fastest first, and the flags that its C compiler gets."""

    name: str
    flags: tuple[str, ...]
    variants: tuple[Variant, ...]


REFERENCE = Variant("reference")

VNNI = Variant(
    "vnni",
    ("avx512f", "avx512bw", "avx512vl", "avx512vnni", "fma"),
    (channels_last,),
    {
        CONV: qconv.qconv,
        CONV_TRANSPOSE: qconv.qconv_transpose,
        CONV_DEQUANTIZE: qconv.conv_dequantize,
        FLOAT_CONV: conv.conv,
        FLOAT_CONV_TRANSPOSE: conv.conv_transpose,
        MAX_POOL: elementwise.max_pool,
        "thenar.Add": elementwise.qadd,
    },
)

C99 = Target("c99", ("-O3",), (REFERENCE,))
X86_64 = Target("x86-64", ("-O3",), (VNNI, REFERENCE))

TARGETS = {target.name: target for target in (C99, X86_64)}

_MACHINES = {"x86_64": X86_64, "amd64": X86_64}


def find(name: str | Target) -> Target:
    """The target called `name`; `host` is this machine's, cut to the variant that its CPU runs. A Target stays itself.

    Raises:
        ThenarError: no such target.
    """
    if isinstance(name, Target):
        return name
    if name == "host":
        whole = _MACHINES.get(platform.machine().lower(), C99)
        return replace(whole, variants=(next(filter(runs_here, whole.variants)),))
    if name not in TARGETS:
        raise ThenarError(f"no target {name!r}", fix=f"choose one of host, {', '.join(TARGETS)}")
    return TARGETS[name]


def runs_here(variant: Variant) -> bool:
    """Has this machine's CPU the variant's instructions?"""
    return {name.replace("avx512vnni", "avx512_vnni") for name in variant.instructions} <= _cpu_features()


@functools.cache
def _cpu_features() -> frozenset[str]:
    """The features that the CPU reports, as Linux names them; empty where they can't be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return frozenset(flags.partition(":")[2].split())
