"""What the processor is and which instructions for neural networks it has."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from thenar.run.cores import usable_cores

CPUINFO = Path("/proc/cpuinfo")

# /proc/cpuinfo's names (x86 "flags", Arm "Features"), in the order of the int8 multiply-adds they bring.
FEATURES = (
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx_vnni",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "asimdhp",
    "asimddp",
    "i8mm",
    "bf16",
    "sve",
)
_INT8_DOT = {"avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm"}


@dataclass(frozen=True)
class Cpu:
    """A processor. int8_dot: it multiplies and adds int8 in one instruction, without saturating on the way."""

    name: str
    architecture: str
    cores: int
    usable_cores: int
    features: tuple[str, ...]
    int8_dot: bool


def probe_cpu(cpuinfo: Path = CPUINFO) -> Cpu:
    """This machine's processor, from /proc/cpuinfo where there is one, else as much as the standard library tells."""
    try:
        fields = _fields(cpuinfo.read_text(errors="replace"))
    except OSError:
        fields = {}
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    features = tuple(feature for feature in FEATURES if feature in flags)
    return Cpu(
        name=fields.get("model name") or platform.processor() or "unknown",
        architecture=platform.machine(),
        cores=int(fields.get("processors", "0")) or usable_cores(),
        usable_cores=usable_cores(),
        features=features,
        int8_dot=not _INT8_DOT.isdisjoint(features),
    )


def _fields(text: str) -> dict[str, str]:
    """The first processor's fields; "processors" counts all."""
    fields: dict[str, str] = {}
    count = 0
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            count += key.strip() == "processor"
            fields.setdefault(key.strip(), value.strip())
    return fields | {"processors": str(count)}
