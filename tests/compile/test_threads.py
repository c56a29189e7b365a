"""Eight C threads with an arena each call one library 1,000 times: one answer, and ThreadSanitizer sees no race."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest
from networks import quantized, student
from sanitize import inputs

from thenar.compile import Library, translate
from thenar.compile.targets import TARGETS

pytestmark = pytest.mark.native

THREADS = 8
BUILDS: dict[str, tuple[int, list[str]]] = {"plain": (1000, ["-O2"]), "sanitized": (10, ["-O1", "-fsanitize=thread"])}
"""Calls of each thread, and the compiler's flags: under ThreadSanitizer few calls show what many would."""

MAIN = """
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

static void *given[INPUTS], *expected[OUTPUTS];
static const size_t given_bytes[INPUTS] = {GIVEN_BYTES}, expected_bytes[OUTPUTS] = {EXPECTED_BYTES};

static void *calls(void *different)
{
    void *y[OUTPUTS], *arena = 0;
    if (posix_memalign(&arena, 64, NET_ARENA_BYTES + 64))
        exit(4);
    memset(arena, 0xa5, NET_ARENA_BYTES);
    for (int i = 0; i < OUTPUTS; i++)
        y[i] = malloc(expected_bytes[i]);
    for (int call = 0; call < CALLS; call++) {
        net_run(ARGUMENTS, arena);
        for (int i = 0; i < OUTPUTS; i++)
            *(int *)different += memcmp(y[i], expected[i], expected_bytes[i]) != 0;
    }
    for (int i = 0; i < OUTPUTS; i++)
        free(y[i]);
    free(arena);
    return 0;
}

int main(void)
{
    FILE *file = fopen("feeds.bin", "rb");
    pthread_t threads[THREADS];
    int different[THREADS] = {0}, all = 0;
    void *arena = 0;
    if (!file || posix_memalign(&arena, 64, NET_ARENA_BYTES + 64))
        return 2;
    for (int i = 0; i < INPUTS; i++)
        if (fread(given[i] = malloc(given_bytes[i]), 1, given_bytes[i], file) != given_bytes[i])
            return 3;
    for (int i = 0; i < OUTPUTS; i++)
        expected[i] = malloc(expected_bytes[i]);
    void **const y = expected;
    net_run(ARGUMENTS, arena);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, calls, &different[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], 0);
        all += different[i];
    }
    printf("%d\\n", all);
    return all != 0;
}
"""


def write_program(library: Library, folder: Path) -> list[str]:
    """main.c beside the library's files; the macros that it needs."""
    program = library.program
    sizes = [[program.tensors[name].nbytes for name in names] for names in (program.inputs, program.outputs)]
    given = [f"given[{at}]" for at in range(len(sizes[0]))]
    results = [f"y[{at}]" for at in range(len(sizes[1]))]
    for name, text in library.files().items():
        (folder / name).write_text(text)
    (folder / "main.c").write_text(MAIN)
    (folder / "feeds.bin").write_bytes(inputs([library]))
    macros = {
        **{"THREADS": THREADS, "INPUTS": len(given), "OUTPUTS": len(results)},
        "GIVEN_BYTES": ",".join(map(str, sizes[0])),
        "EXPECTED_BYTES": ",".join(map(str, sizes[1])),
        "ARGUMENTS": ",".join([*given, *results]),
    }
    return [f"-D{name}={value}" for name, value in macros.items()]


@pytest.mark.parametrize("kind", ["float32", "uint8"])
@pytest.mark.parametrize("target", ["c99", "x86-64"])
def test_threads_with_arenas_of_their_own_get_one_answer(target: str, kind: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc, whose ThreadSanitizer comes with it")
    if not TARGETS[target].runs_here():
        pytest.skip(f"needs another machine than {platform.machine()}")
    model = student(size=16)
    if kind != "float32":
        pytest.importorskip("onnxruntime")
        model = quantized(model, shape=(1, 1, 16, 16), activations=kind)
    macros = write_program(translate(model, target, name="net"), tmp_path)
    for calls, flags in BUILDS.values():
        build = [
            "gcc",
            "-std=c99",
            *flags,
            *macros,
            f"-DCALLS={calls}",
            "main.c",
            "net.c",
            "-o",
            "main",
            "-lm",
            "-pthread",
        ]
        subprocess.run(build, cwd=tmp_path, check=True, capture_output=True)
        ran = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (ran.stdout, ran.stderr, ran.returncode) == ("0\n", "", 0)
