"""Sessions on ONNX Runtime's CPU provider."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from thenar import telemetry

telemetry.switch_off()

import onnxruntime  # noqa: E402  after its telemetry is off

from thenar.errors import ThenarError  # noqa: E402
from thenar.run.cores import usable_cores  # noqa: E402
from thenar.run.model import ModelFile, not_a_model  # noqa: E402
from thenar.run.session import Options  # noqa: E402
from thenar.run.tensors import Arrays, TensorSpec, checked_feed  # noqa: E402

_FATAL_ONLY = 4
_DTYPES = {"tensor(float)": "float32", "tensor(uint8)": "uint8", "tensor(int8)": "int8", "tensor(int64)": "int64"}


def open_session(model: ModelFile, options: Options) -> OnnxRuntimeSession:
    """`model` loaded for the CPU.

    Raises:
        ThenarError: not a model, or dynamic shapes.
    """
    cores = usable_cores()
    threads = min(options.threads or cores, cores)
    streams = options.streams or (1 if options.hint == "latency" else threads)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = max(1, threads // streams)
    settings.inter_op_num_threads = 1
    settings.log_severity_level = _FATAL_ONLY
    try:
        native = onnxruntime.InferenceSession(model.data, settings, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise not_a_model(model, "ONNX Runtime", error) from error
    ports = (*native.get_inputs(), *native.get_outputs())
    if any(not isinstance(size, int) for port in ports for size in port.shape):
        raise ThenarError("the model has dynamic shapes", where=model.name, fix="export it with fixed shapes")
    return OnnxRuntimeSession(native, options, settings.intra_op_num_threads, streams)


class OnnxRuntimeSession:
    """A `thenar.run.Session`; ONNX Runtime itself lets many threads call one session at a time."""

    runtime = "onnxruntime"

    def __init__(self, native: Any, options: Options, threads: int, streams: int) -> None:
        self.inputs = tuple(_spec(port) for port in native.get_inputs())
        self.outputs = tuple(_spec(port) for port in native.get_outputs())
        self.info = {
            "version": onnxruntime.__version__,
            "device": native.get_providers()[0],
            "hint": options.hint,
            "threads": str(threads * streams),
            "streams": str(streams),
            "precision": "float32 and int8",
        }
        self._native = native
        self._names = [spec.name for spec in self.outputs]
        self._streams = streams

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """See `thenar.run.Session.run`."""
        arrays = checked_feed(feed, self.inputs)
        native = self._opened()
        named = {spec.name: array for spec, array in zip(self.inputs, arrays, strict=True)}
        return dict(zip(self._names, native.run(self._names, named), strict=True))

    def run_many(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """See `thenar.run.Session.run_many`."""
        arrays = checked_feed(feed, self.inputs, batch=True)
        native = self._opened()
        count = len(arrays[0])
        results = [np.empty((count, *spec.shape[1:]), spec.dtype) for spec in self.outputs]

        def run_every(start: int) -> None:
            for item in range(start, count, self._streams):
                named = {spec.name: array[item : item + 1] for spec, array in zip(self.inputs, arrays, strict=True)}
                for result, output in zip(results, native.run(self._names, named), strict=True):
                    result[item] = output[0]

        with ThreadPoolExecutor(self._streams) as pool:
            list(pool.map(run_every, range(min(self._streams, count))))
        return dict(zip(self._names, results, strict=True))

    def close(self) -> None:
        """Free the model."""
        self._native = None

    def _opened(self) -> Any:
        native = self._native
        if native is None:
            raise ThenarError("the session is closed", fix="open it again")
        return native

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _spec(port: Any) -> TensorSpec:
    return TensorSpec(port.name, tuple(port.shape), _DTYPES.get(port.type, port.type))
