"""64-bit ARM under qemu's user mode: CPUs of three levels of instructions."""

from __future__ import annotations

from machines import Machine


def _machine(name: str, architecture: str, cpu: str) -> Machine:
    compiler = ("aarch64-linux-gnu-gcc", "-static", f"-march={architecture}")
    return Machine(name, compiler, ("qemu-aarch64", "-cpu", cpu))


NEON = _machine("neon", "armv8-a", "cortex-a53")
DOT_PRODUCT = _machine("dotprod", "armv8.2-a+dotprod", "cortex-a76")
MATRIX = _machine("i8mm", "armv8.6-a+i8mm", "max")

LEVELS = (NEON, DOT_PRODUCT, MATRIX)
