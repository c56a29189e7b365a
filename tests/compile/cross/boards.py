"""Boards with a Cortex-M, as qemu emulates them: programs start from the code in examples/microcontroller, and read and
write files through semihosting."""

from __future__ import annotations

from pathlib import Path

from machines import Machine

from thenar.compile.targets import CORTEX_M, CORTEX_M55

EXAMPLE = Path(__file__).parents[3] / "examples/microcontroller"


def board(name: str) -> Machine:
    """What qemu calls a board; its linker script has the same name."""
    linked = ("--specs=rdimon.specs", "-nostartfiles", "-L", str(EXAMPLE), "-T", f"{name}.ld")
    shown = ("-nographic", "-monitor", "none", "-semihosting-config", "enable=on,target=native")
    compiler = ("arm-none-eabi-gcc", *linked, str(EXAMPLE / "startup.c"))
    return Machine(name, compiler, ("qemu-system-arm", "-M", name, *shown, "-kernel"))


BOARDS = {CORTEX_M: board("mps2-an500"), CORTEX_M55: board("mps3-an547")}
