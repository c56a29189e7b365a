"""The smallest student on two microcontrollers, as qemu emulates them: flash, RAM, stack, instructions, answers.

    python bench/microcontroller.py

The network has random weights at a fixed seed, since what is measured depends on its shape alone. qemu counts
instructions, not cycles: they compare kernels with each other and say nothing of milliseconds. Needs arm-none-eabi-gcc
and qemu-system-arm. Writes bench/results/microcontroller.json.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from thenar.bench.results import write_result
from thenar.compile import Library, translate
from thenar.compile.build import build_program
from thenar.compile.footprint import footprint
from thenar.compile.report import rows as layers
from thenar.nets.spec import StudentSpec, to_dict

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples/microcontroller"
SPEC = StudentSpec(channels=(16, 16, 32), blocks=(0, 0, 0), map_size=16)
BOARDS = {"cortex-m": ("mps2-an500", "Cortex-M7"), "cortex-m55": ("mps3-an547", "Cortex-M55")}
CALIBRATION = 8
SYSTICK_NS = {"mps2-an500": 40, "mps3-an547": 31.25}
"""Nanoseconds of a tick of the CPU's timer; with -icount shift=0 qemu takes one for each instruction."""

MAIN = """#include <stdio.h>
#include <string.h>
#include "student.h"
#define SYSTICK ((volatile uint32_t *)0xE000E010u) /* control, reload, current */
#define PAINTED 16384

static float depth[STUDENT_DEPTH_SIZE], uvd[STUDENT_UVD_SIZE], confidence[STUDENT_CONFIDENCE_SIZE];
static _Alignas(STUDENT_ARENA_ALIGNMENT) unsigned char arena[STUDENT_ARENA_BYTES];

static __attribute__((noinline)) void paint(void)
{
    volatile unsigned char stack[PAINTED];
    for (int i = 0; i < PAINTED; i++)
        stack[i] = 0xA5;
}

static __attribute__((noinline)) int painted(void)
{
    volatile unsigned char stack[PAINTED];
    int i = 0;
    while (i < PAINTED && stack[i] == 0xA5)
        i++;
    return PAINTED - i;
}

int main(void)
{
    FILE *in = fopen("depth.bin", "rb"), *out = fopen("joints.bin", "wb");
    if (!in || !out || !fread(depth, sizeof depth, 1, in))
        return 1;
    paint();
    SYSTICK[1] = 0xFFFFFFu;
    SYSTICK[2] = 0;
    SYSTICK[0] = 5;
    const uint32_t start = SYSTICK[2];
    student_run(depth, uvd, confidence, arena);
    const uint32_t ticks = (start - SYSTICK[2]) & 0xFFFFFFu;
    printf("%lu %d\\n", (unsigned long)ticks, painted());
    fwrite(uvd, sizeof uvd, 1, out);
    fwrite(confidence, sizeof confidence, 1, out);
    return fclose(out);
}
"""


def model() -> bytes:
    """The student as int8 ONNX, calibrated on noise."""
    import torch

    from thenar.export import QuantizeOptions, quantize, to_onnx
    from thenar.nets.build import build
    from thenar.nets.decode import Decoded

    torch.manual_seed(0)
    network = Decoded(build(SPEC), SPEC.joints, SPEC.map_size, SPEC.kernel, SPEC.scale)
    exported = to_onnx(network, {"depth": torch.zeros(1, 1, 128, 128)}, ["uvd", "confidence"])
    images = ({"depth": image(seed)} for seed in range(1, CALIBRATION + 1))
    return quantize(exported, images, QuantizeOptions(samples=CALIBRATION))


def image(seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(0, 0.5, (1, 1, 128, 128)), -1, 1).astype(np.float32)


def run(library: Library, board: str, depth: np.ndarray) -> tuple[np.ndarray, int, int]:
    """(uvd and confidence one after the other, instructions, bytes of stack)."""
    compiler = (library.target.compiler, *library.target.flags, "--specs=rdimon.specs", "-nostartfiles")
    command = (*compiler, "-L", str(EXAMPLE), "-T", f"{board}.ld", str(EXAMPLE / "startup.c"))
    files = {"student.c": library.source, "student.h": library.header, "main.c": MAIN}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        program = build_program(files, folder, command)
        (folder / "depth.bin").write_bytes(depth.tobytes())
        shown = ["-nographic", "-monitor", "none", "-semihosting-config", "enable=on,target=native"]
        emulation = ["qemu-system-arm", "-M", board, *shown, "-icount", "shift=0", "-kernel", program.name]
        done = subprocess.run(emulation, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
        ticks, stack = map(int, done.stdout.split())
        return np.fromfile(folder / "joints.bin", np.float32), round(ticks * SYSTICK_NS[board]), stack


def measured(onnx: bytes, target: str) -> dict[str, Any]:
    board, cpu = BOARDS[target]
    library, depth = translate(onnx, target, name="student"), image(0)
    got, instructions, stack = run(library, board, depth)
    want = translate(onnx, "c99", name="student").native().run({"depth": depth})
    reference = np.concatenate([want["uvd"].ravel(), want["confidence"].ravel()])
    return {
        "target": target,
        "board": board,
        "cpu": cpu,
        "footprint": footprint(library).as_dict(),
        "flash_specialized": footprint(library, "-DTHENAR_SPECIALIZE").flash,
        "stack_measured": stack,
        "weights": library.weight_bytes,
        "macs": library.program.macs,
        "instructions": instructions,
        "largest_difference": float(np.abs(got - reference).max()),
        "layers": [
            {"layer": row.what, "shape": row.shape, "macs": row.macs, "bytes": row.bytes} for row in layers(library)
        ],
    }


def main() -> None:
    onnx = model()
    rows = [measured(onnx, target) for target in BOARDS]
    for row in rows:
        print({key: value for key, value in row.items() if key != "layers"})
    write_result(ROOT / "bench/results/microcontroller.json", {"spec": to_dict(SPEC), "rows": rows})


if __name__ == "__main__":
    main()
