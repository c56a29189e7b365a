"""Sessions on OpenVINO's CPU plugin."""

from __future__ import annotations

import io
import threading
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from thenar import telemetry

telemetry.switch_off()

import openvino  # noqa: E402  after its telemetry is off

from thenar.errors import ThenarError  # noqa: E402
from thenar.run.cores import usable_cores  # noqa: E402
from thenar.run.model import ModelFile, not_a_model  # noqa: E402
from thenar.run.session import Options  # noqa: E402
from thenar.run.tensors import Arrays, TensorSpec, checked_feed  # noqa: E402


@cache
def _core() -> Any:
    return openvino.Core()


def open_session(model: ModelFile, options: Options) -> OpenVinoSession:
    """`model` compiled for the CPU.

    Raises:
        ThenarError: not a model, or dynamic shapes.
    """
    try:
        network = _core().read_model(io.BytesIO(model.data))
    except Exception as error:
        raise not_a_model(model, "OpenVINO", error) from error
    if network.is_dynamic():
        raise ThenarError("the model has dynamic shapes", where=model.name, fix="export it with fixed shapes")
    try:
        compiled = _core().compile_model(network, "CPU", _properties(options))
    except Exception as error:
        raise not_a_model(model, "OpenVINO", error) from error
    inputs = tuple(_spec(port, port.node) for port in network.inputs)
    outputs = tuple(_spec(port, port.node) for port in network.outputs)
    return OpenVinoSession(compiled, inputs, outputs, options)


class OpenVinoSession:
    """A `thenar.run.Session`: one infer request for `run`, a queue of them for `run_many`."""

    runtime = "openvino"

    def __init__(
        self, compiled: Any, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], options: Options
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.info = {
            "version": version("openvino"),
            "device": str(_core().get_property("CPU", "FULL_DEVICE_NAME")),
            "hint": options.hint,
            "threads": str(compiled.get_property("INFERENCE_NUM_THREADS")),
            "streams": str(compiled.get_property("NUM_STREAMS")),
            "precision": "float32 and int8",
        }
        self._compiled = compiled
        self._jobs = options.streams or int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._lock = threading.Lock()
        self._queue: Any = None
        self._request = compiled.create_infer_request()
        # Filling these views and copying from them costs half of what passing a dictionary through `infer` does.
        self._fed = [self._request.get_input_tensor(index).data for index in range(len(inputs))]
        self._given = [self._request.get_output_tensor(index).data for index in range(len(outputs))]

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """See `thenar.run.Session.run`."""
        arrays = checked_feed(feed, self.inputs)
        with self._lock:
            self._check_open()
            for view, array in zip(self._fed, arrays, strict=True):
                np.copyto(view, array)
            self._request.infer(share_outputs=True)
            return {spec.name: view.copy() for spec, view in zip(self.outputs, self._given, strict=True)}

    def run_many(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """See `thenar.run.Session.run_many`."""
        arrays = checked_feed(feed, self.inputs, batch=True)
        count = len(arrays[0])
        results = [np.empty((count, *spec.shape[1:]), spec.dtype) for spec in self.outputs]

        def keep(request: Any, item: int) -> None:
            for index, result in enumerate(results):
                result[item] = request.get_output_tensor(index).data[0]

        with self._lock:
            self._check_open()
            if self._queue is None:  # several ms to make
                self._queue = openvino.AsyncInferQueue(self._compiled, self._jobs)
            self._queue.set_callback(keep)
            for item in range(count):
                self._queue.start_async({index: array[item : item + 1] for index, array in enumerate(arrays)}, item)
            self._queue.wait_all()
        return {spec.name: result for spec, result in zip(self.outputs, results, strict=True)}

    def close(self) -> None:
        """Free the model."""
        with self._lock:
            self._fed, self._given, self._request, self._queue, self._compiled = [], [], None, None, None

    def _check_open(self) -> None:
        if self._compiled is None:
            raise ThenarError("the session is closed", fix="open it again")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _properties(options: Options) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "PERFORMANCE_HINT": options.hint.upper(),
        # CPUs with AMX would otherwise compute float layers in bfloat16: centimetres in the decoded joints.
        "INFERENCE_PRECISION_HINT": "f32",
    }
    if options.threads is not None:
        properties["INFERENCE_NUM_THREADS"] = min(options.threads, usable_cores())
    if options.streams is not None:
        properties["NUM_STREAMS"] = options.streams
    return properties


def _spec(port: Any, node: Any) -> TensorSpec:
    # A port has the names of all tensors that are equal to it; its node has the one of the file.
    name = str(node.get_friendly_name()).split("/sink_port_")[0]
    return TensorSpec(name, tuple(int(size) for size in port.shape), np.dtype(port.element_type.to_dtype()).name)
