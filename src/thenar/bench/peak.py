"""The most multiply-adds a second that one core does, measured by small C loops (peak.c)."""

from __future__ import annotations

import ctypes
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from thenar.compile.build import build_library
from thenar.run.cpu import probe_cpu

_SUMS: Final = 12
"""Instructions a step of the vector loops: enough to hide a latency of 4 at up to 3 a cycle."""

_BURST_S: Final = 2e-3
_BURSTS: Final = 10
_ARCH_REQ_XCOMP_PERM: Final = 0x1023
_SYS_ARCH_PRCTL: Final = 158
_TILE_DATA: Final = 18


@dataclass(frozen=True)
class Loop:
    """name: how tables call it. feature: of `thenar.run.cpu`, that the CPU must have. macs: in a step of `symbol`."""

    name: str
    feature: str
    symbol: str
    macs: int


LOOPS: Final = (
    Loop("float32 FMA", "avx512f", "thenar_peak_fma_avx512", _SUMS * 16),
    Loop("float32 FMA", "fma", "thenar_peak_fma_avx2", _SUMS * 8),
    Loop("int8 VNNI", "avx512_vnni", "thenar_peak_vnni_avx512", _SUMS * 64),
    Loop("int8 VNNI", "avx_vnni", "thenar_peak_vnni_avx2", _SUMS * 32),
    Loop("int8 AMX", "amx_int8", "thenar_peak_amx", 4 * 16 * 16 * 64),
)
"""The first of a name that the CPU has is measured."""


def measure_peaks() -> dict[str, float]:
    """Loop name -> GMAC/s of the calling thread's core; empty where no loop is written for the CPU.

    Raises:
        ThenarError: there is no C compiler.
    """
    features = probe_cpu().features
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return {}
    library = ctypes.CDLL(str(build_library((files("thenar.bench") / "peak.c").read_text(), "", "peak", ("-O2",))))
    peaks: dict[str, float] = {}
    for loop in LOOPS:
        if loop.name in peaks or loop.feature not in features:
            continue
        if loop.feature == "amx_int8" and not _tiles_allowed():
            continue
        run = getattr(library, loop.symbol)
        run.argtypes, run.restype = [ctypes.c_long], None
        peaks[loop.name] = loop.macs * _steps_per_second(run) / 1e9
    return peaks


def _steps_per_second(run: Callable[[int], None]) -> float:
    """The best of a few bursts: whatever else the core does only takes away."""
    steps, best = 1000, 0.0
    while (took := _seconds(run, steps)) < _BURST_S:
        steps = max(2 * steps, int(steps * _BURST_S / max(took, 1e-6)))
    for _ in range(_BURSTS):
        best = max(best, steps / _seconds(run, steps))
    return best


def _seconds(run: Callable[[int], None], steps: int) -> float:
    start = time.perf_counter()
    run(steps)
    return time.perf_counter() - start


def _tiles_allowed() -> bool:
    """Linux gives a process the AMX tiles on request (Documentation/arch/x86/xstate.rst)."""
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    return int(syscall(_SYS_ARCH_PRCTL, _ARCH_REQ_XCOMP_PERM, _TILE_DATA)) == 0
