"""A C program that times calls of kernels against each other on this machine."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from thenar.compile.build import compiler
from thenar.compile.graph import Tensor
from thenar.compile.program import Call, Operand, Program
from thenar.compile.source import kernel_text
from thenar.errors import ThenarError

_FLAGS = ("-std=gnu99", "-ffp-contract=off", "-w")
_TIMEOUT_S = 300.0

_MAIN = """
static double now(void)
{{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}}

static void run(int candidate)
{{
    switch (candidate) {{
{cases}    }}
}}

int main(void)
{{
    double best[{count}];
{fills}    for (int c = 0; c < {count}; c++) {{
        const double start = now();
        run(c);
        run(c);
        best[c] = now() - start;
    }}
    for (int round = 0; round < {rounds}; round++)
        for (int c = 0; c < {count}; c++) {{
            const int calls = best[c] < {batch} ? (int)({batch} / best[c]) + 1 : 1;
            run(c);
            const double start = now();
            for (int i = 0; i < calls; i++)
                run(c);
            const double each = (now() - start) / calls;
            best[c] = each < best[c] ? each : best[c];
        }}
    for (int c = 0; c < {count}; c++)
        printf("%.1f\\n", best[c]);
    return 0;
}}
"""
_ROUNDS, _BATCH_NS = 20, 60e3
_FILL = 0x3C
"""The byte that fills operands: as float32 it is 0.011, far from numbers that are slow."""

_SLACK = 64


def time_calls(calls: Sequence[Call], tensors: Sequence[Mapping[str, Tensor]], flags: Sequence[str]) -> list[float]:
    """Nanoseconds of each call, the least of many; in turns, so that what else the machine does meets all alike.

    `tensors` are those that each call's names stand for.

    Raises:
        ThenarError: there is no C compiler, it fails, or the program does.
    """
    sizes: dict[int, int] = {}
    cases = []
    for index, (call, known) in enumerate(zip(calls, tensors, strict=True)):
        arguments = []
        for at, operand in enumerate((*call.reads, *call.writes)):
            size = _bytes(operand, known)
            arguments.append("0" if size is None else f"memory{at}")
            if size is not None:
                sizes[at] = max(sizes.get(at, 0), size)
        cases.append(f"    case {index}: thenar_{call.kernel}({', '.join(arguments)}); break;\n")
    program = Program("", "", (), (), (), tuple(calls), {})
    memory = "".join(f"static void *memory{at};\n" for at in sizes)
    fills = "".join(
        f"    memory{at} = aligned_alloc(64, {-(-(size + _SLACK) // 64) * 64});\n"
        f"    memset(memory{at}, {_FILL}, {size + _SLACK});\n"
        for at, size in sizes.items()
    )
    main = _MAIN.format(cases="".join(cases), count=len(calls), fills=fills, rounds=_ROUNDS, batch=_BATCH_NS)
    heads = "#define _POSIX_C_SOURCE 200809L\n#include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\n"
    return _run(f"{heads}{kernel_text(program)}{memory}{main}", flags)


def _bytes(operand: Operand, tensors: Mapping[str, Tensor]) -> int | None:
    if operand is None:
        return None
    return tensors[operand].nbytes if isinstance(operand, str) else operand.nbytes


def _run(source: str, flags: Sequence[str]) -> list[float]:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "trial.c"
        path.write_text(source)
        build = [*compiler(), *_FLAGS, *flags, "-o", "trial", "trial.c", "-lm"]
        for command in (build, ["./trial"]):
            result = subprocess.run(
                command, cwd=scratch, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
            if result.returncode:
                lines = result.stderr.splitlines() or [str(result.returncode)]
                raise ThenarError(f"timing kernels failed: {lines[0]}", fix="compile without --tune")
    return [float(line) for line in result.stdout.split()]
