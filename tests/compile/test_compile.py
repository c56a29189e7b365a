"""The road as a whole: answers, threads, processes, bytes, the folder."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from networks import student
from strict import STRICT

from thenar.compile import translate
from thenar.compile.native import Native
from thenar.errors import ThenarError

pytestmark = pytest.mark.native


def image(seed: int = 0, count: int | None = None) -> np.ndarray:
    shape = (1, 1, 32, 32) if count is None else (count, 1, 1, 32, 32)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def native() -> Native:
    return translate(student(), STRICT).native()


@pytest.mark.runtime
def test_float32_agrees_with_onnx_runtime(native: Native) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(student().SerializeToString(), providers=["CPUExecutionProvider"])
    for seed in range(3):
        want = session.run(None, {"image": image(seed)})
        got = native.run({"image": image(seed)}).values()
        for w, g in zip(want, got, strict=True):
            assert np.abs(w - g).max() <= 1e-4 * np.abs(w).max()


def test_run_many_is_run_over_and_over(native: Native) -> None:
    images = image(1, count=6)
    for threads in (1, 4):
        many = native.run_many({"image": images}, threads)
        for i in range(len(images)):
            for name, value in native.run({"image": images[i]}).items():
                np.testing.assert_array_equal(many[name][i], value)


def test_a_thousand_calls_from_eight_threads_give_one_answer() -> None:
    native = translate(student(channels=2, size=16), STRICT).native()
    feeds = {"image": image(2)[:, :, :16, :16].copy()}
    want = native.run(feeds)
    with ThreadPoolExecutor(8) as pool:
        for got in pool.map(lambda _: native.run(feeds), range(1000)):
            for name in want:
                np.testing.assert_array_equal(got[name], want[name])


def test_a_bound_call_reads_and_fills_the_same_arrays(native: Native) -> None:
    feeds = {tensor.name: np.zeros(tensor.shape, tensor.dtype) for tensor in native.inputs}
    bound = native.bind(feeds)
    for seed in range(3):
        for array in feeds.values():
            array[...] = np.random.default_rng(seed).normal(size=array.shape)
        bound()
        for name, value in native.run(feeds).items():
            np.testing.assert_array_equal(bound.outputs[name], value)


def test_strided_inputs_are_taken(native: Native) -> None:
    wide = np.repeat(image(3), 2, axis=3)
    want = native.run({"image": image(3)})
    for name, value in native.run({"image": wide[..., ::2]}).items():
        np.testing.assert_array_equal(value, want[name])


@pytest.mark.parametrize(
    "feeds", [{}, {"image": np.zeros((1, 1, 32, 31), np.float32)}, {"image": np.zeros((1, 1, 32, 32))}]
)
def test_a_wrong_input_is_named(native: Native, feeds: dict[str, np.ndarray]) -> None:
    with pytest.raises(ThenarError, match=r"input 'image' is .*give it as 1x1x32x32 float32"):
        native.run(feeds)


def _path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}


def test_two_processes_may_compile_the_same_network_at_once() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from networks import student; from strict import STRICT;"
        "from thenar.compile import translate; translate(student(9), STRICT, name='twice').native()"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    running = [subprocess.Popen(command, env={**os.environ, **_path()}) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]


def test_no_compiler_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    from thenar.compile import build

    build.compiler.cache_clear()
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(ThenarError, match=r"no C compiler 'no-such-compiler'.*install gcc or clang"):
        translate(student(), "c99").native()
    monkeypatch.undo()
    build.compiler.cache_clear()
