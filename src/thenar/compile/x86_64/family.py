"""Which kind of x86-64 CPU a machine has, as the cost model's table knows it."""

from __future__ import annotations

import functools
from pathlib import Path

GENERIC = "x86-64"


_LEVELS = (
    (3, {"avx512_vnni", "avx512bw", "avx512vl", "avx512dq"}),
    (2, {"avx_vnni", "fma"}),
    (1, {"avx2", "fma"}),
)
"""As thenar_level (kernels/x86_64/level.h)."""


@functools.cache
def _cpu() -> dict[str, str]:
    """What Linux says about the first CPU; nothing elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def family() -> str:
    """The family of this machine's CPU; `x86-64` where nobody has measured it."""
    return family_of(_cpu())


def level() -> int:
    """The level of instructions that kernels choose on this machine, AMX aside."""
    flags = set(_cpu().get("flags", "").split())
    return next((number for number, needed in _LEVELS if needed <= flags), 0)


def family_of(cpu: dict[str, str]) -> str:
    """The family of a CPU whose facts Linux gives as in /proc/cpuinfo.

    Told by features rather than by model number where these single a family out, as hypervisors hide the latter.
    """
    flags = set(cpu.get("flags", "").split())
    if cpu.get("vendor_id") == "GenuineIntel" and {"amx_int8", "avx512_fp16"} <= flags:
        return "sapphire-rapids"
    if cpu.get("vendor_id") == "AuthenticAMD" and "avx512_vnni" in flags and cpu.get("cpu family") == "25":
        return "zen4"
    return GENERIC
