"""One network in each runtime, ready to be timed: a call with its image and its results already in place."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
from numpy.typing import NDArray

from thenar.bench.interleave import turn
from thenar.compile import translate

Image = NDArray[np.float32]
Take = Callable[[], float]


def native(model: Path, image: Image, seconds: float) -> Take:
    """The network in C, with the C compiler that CC names."""
    bound = translate(model).native().bind({"depth": image})
    return lambda: turn(bound, seconds)


def with_openvino(model: Path, image: Image, seconds: float) -> Take:
    """One stream of one thread; float32 stays float32 where the CPU would offer bfloat16."""
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(str(model), "CPU", hints).create_infer_request()
    request.get_input_tensor().data[:] = image
    return lambda: turn(lambda: request.infer(share_outputs=True), seconds)


def with_onnxruntime(model: Path, image: Image, seconds: float) -> Take:
    """One thread, all optimizations."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, image)
    for output in session.get_outputs():
        binding.bind_output(output.name)
    return lambda: turn(lambda: session.run_with_iobinding(binding), seconds)


class LiteRt:
    """LiteRT in a process of its own, with its own Python; it has its turns when this process waits for it."""

    def __init__(self, python: Path, models: list[Path], image: Path) -> None:
        timer = Path(__file__).with_name("litert_timer.py")
        self._process = subprocess.Popen(
            [python, timer, image, *models],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=litert_environment(),
        )
        self._answer()

    def take(self, index: int, seconds: float) -> Take:
        """A turn of the model at `index`."""

        def ask() -> float:
            assert self._process.stdin is not None
            self._process.stdin.write(f"{index} {seconds}\n")
            self._process.stdin.flush()
            return float(self._answer())

        return ask

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("bench/litert_timer.py stopped; run it by hand to see why")
        return line

    def close(self) -> None:
        self._process.communicate()


def litert_environment() -> dict[str, str]:
    """Its scripts find this project's packages and the bench's modules, and use one thread."""
    root = Path(__file__).parents[1]
    return os.environ | {"PYTHONPATH": f"{root / 'src'}:{root / 'bench'}", "OMP_NUM_THREADS": "1"}
