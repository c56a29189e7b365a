"""What the compiler generates code for: a target holds variants, a variant lowers some operators in its own way."""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from thenar.compile import aarch64, cortex_m, x86_64
from thenar.compile.graph import Graph, Tensor
from thenar.compile.nhwc.kernels import Kernels
from thenar.compile.ops.site import Lower
from thenar.compile.program import Call
from thenar.errors import ThenarError


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to lower a network: `passes` run after the compiler's own, `lowerings` replace or add operators, `finish`
    has the last word on the calls; it may add tensors.

    A CPU runs it if it has all of `instructions`, named as C compilers name them. `kernels` decide the tiles of
    convolutions, where `lower_with` makes the lowerings from them; `here` are those for this machine's CPU.
    """

    name: str
    instructions: tuple[str, ...] = ()
    passes: tuple[Callable[[Graph], Graph], ...] = ()
    lowerings: Mapping[str, Lower] = field(default_factory=dict)
    finish: Callable[[tuple[Call, ...], dict[str, Tensor]], tuple[Call, ...]] = lambda calls, tensors: calls
    kernels: Kernels | None = None
    here: Kernels | None = None
    lower_with: Callable[[Kernels], Mapping[str, Lower]] | None = None

    def with_kernels(self, kernels: Kernels | None) -> Variant:
        """The variant with other tiles, where it has any."""
        if kernels is None or self.lower_with is None:
            return self
        return replace(self, kernels=kernels, lowerings=self.lower_with(kernels))


@dataclass(frozen=True, eq=False)
class Target:
    """The variants that a library holds, the fastest first, and the flags that its C compiler gets.

    `machines` are those that run it, as `platform.machine` names them in lower case; None stands for all. `compiler` is
    what builds it on the others. `native_flags` are for a library that only the machine that compiles it will run.
    """

    name: str
    flags: tuple[str, ...]
    variants: tuple[Variant, ...]
    machines: frozenset[str] | None = None
    compiler: str = ""
    native_flags: tuple[str, ...] = ()

    def runs_here(self) -> bool:
        """Can a program on this machine load the library?"""
        return self.machines is None or platform.machine().lower() in self.machines

    @property
    def bare(self) -> bool:
        """Is it for CPUs without an operating system?"""
        return self.machines is not None and not self.machines


REFERENCE = Variant("reference")

X86 = Variant(
    "x86",
    (),
    x86_64.PASSES,
    x86_64.lower_with(x86_64.KERNELS),
    x86_64.finish,
    x86_64.KERNELS,
    x86_64.HERE,
    x86_64.lower_with,
)
"""Its kernels choose their instructions themselves, from what the CPU reports."""

ARM = Variant("arm", (), aarch64.PASSES, aarch64.LOWERINGS, aarch64.finish)
"""Its kernels use what the C compiler is told that the CPU has."""

DSP = Variant("cortex-m", (), cortex_m.PASSES, cortex_m.DSP)
HELIUM = Variant("cortex-m55", (), cortex_m.PASSES, cortex_m.HELIUM)

C99 = Target("c99", ("-O3",), (REFERENCE,))
X86_64 = Target("x86-64", x86_64.FLAGS, (X86,), frozenset({"x86_64", "amd64"}))
AARCH64 = Target(
    "aarch64", aarch64.FLAGS, (ARM,), frozenset({"aarch64", "arm64"}), "aarch64-linux-gnu-gcc", aarch64.NATIVE_FLAGS
)
CORTEX_M = Target("cortex-m", cortex_m.CORTEX_M7, (DSP,), frozenset(), "arm-none-eabi-gcc")
CORTEX_M55 = Target("cortex-m55", cortex_m.CORTEX_M55, (HELIUM,), frozenset(), "arm-none-eabi-gcc")

TARGETS = {target.name: target for target in (C99, X86_64, AARCH64, CORTEX_M, CORTEX_M55)}


def find(name: str | Target) -> Target:
    """The target called `name`; `host` is this machine's, cut to the variant that its CPU runs. A Target stays itself.

    Raises:
        ThenarError: no such target.
    """
    if isinstance(name, Target):
        return name
    if name == "host":
        whole = next((target for target in TARGETS.values() if target.machines and target.runs_here()), C99)
        variant = next(filter(runs_here, whole.variants))
        return replace(whole, variants=(variant.with_kernels(variant.here),))
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
