from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models import SHAPE, arithmetic, write
from numpy.typing import NDArray

import thenar.run
from thenar.errors import MissingExtra, ThenarError
from thenar.run import RUNTIMES, Session, TensorSpec
from thenar.run import session as sessions

BOTH = ["openvino", pytest.param("onnxruntime", marks=pytest.mark.runtime)]


@pytest.fixture(params=BOTH)
def runtime(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def session(runtime: str) -> Iterator[Session]:
    with thenar.run.open(arithmetic(), runtime) as opened:
        yield opened


def inputs(count: int, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=(count, *SHAPE[1:])).astype(np.float32) for name in "ab"}


def test_describes_itself(session: Session, runtime: str) -> None:
    assert session.runtime == runtime
    assert session.inputs == (TensorSpec("a", SHAPE, "float32"), TensorSpec("b", SHAPE, "float32"))
    assert session.outputs == (TensorSpec("total", SHAPE, "float32"), TensorSpec("sum", (1,), "float32"))
    assert {"version", "hint", "threads", "streams", "precision"} <= session.info.keys()
    assert all(isinstance(value, str) for value in session.info.values())


def test_run_computes_and_gives_arrays_to_keep(session: Session) -> None:
    first, second = inputs(1, 0), inputs(1, 1)
    kept = session.run(first)
    session.run(second)
    np.testing.assert_allclose(kept["total"], first["a"] + first["b"], rtol=1e-6)
    np.testing.assert_allclose(kept["sum"], (first["a"] + first["b"]).sum((1, 2)), rtol=1e-5, atol=1e-5)
    kept["total"][:] = 0  # writable


@pytest.mark.parametrize("count", [0, 1, 2, 37])
@pytest.mark.parametrize(("hint", "streams"), [("latency", None), ("throughput", None), ("throughput", 3)])
def test_run_many_keeps_the_order(runtime: str, hint: Any, streams: int | None, count: int) -> None:
    feed = inputs(count)
    with thenar.run.open(arithmetic(), runtime, hint=hint, streams=streams) as session:
        for _ in range(2):
            got = session.run_many(feed)
            assert got["total"].shape == (count, *SHAPE[1:])
            np.testing.assert_allclose(got["total"], feed["a"] + feed["b"], rtol=1e-6)
            np.testing.assert_allclose(got["sum"], (feed["a"] + feed["b"]).sum((1, 2)), rtol=1e-4, atol=1e-4)


def test_strided_input_is_read_right(session: Session) -> None:
    wide = np.arange(24, dtype=np.float32).reshape(1, 3, 8)
    got = session.run({"a": wide[:, :, ::2], "b": wide[:, ::-1, 1::2]})
    np.testing.assert_array_equal(got["total"], wide[:, :, ::2] + wide[:, ::-1, 1::2])


def test_many_threads_may_call(session: Session) -> None:
    def call(seed: int) -> bool:
        feed = inputs(1, seed)
        many = inputs(3, seed)
        ok = np.allclose(session.run(feed)["total"], feed["a"] + feed["b"])
        return ok and np.allclose(session.run_many(many)["total"], many["a"] + many["b"])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(call, range(100)))


def test_closed_session_says_so(session: Session) -> None:
    session.close()
    session.close()
    for call in (session.run, session.run_many):
        with pytest.raises(ThenarError, match="the session is closed; open it again"):
            call(inputs(1))


ZEROS = np.zeros(SHAPE, np.float32)


@pytest.mark.parametrize(
    ("feed", "says"),
    [
        ({}, "the model reads a, b, not nothing"),
        ({"a": ZEROS}, "the model reads a, b, not a"),
        ({"a": ZEROS, "c": ZEROS}, "the model reads a, b, not a, c"),
        ({"a": ZEROS, "b": ZEROS[0]}, r"b has shape \(3, 4\); the model reads \(1, 3, 4\)"),
        ({"a": ZEROS, "b": ZEROS.repeat(2, 0)}, r"b has shape \(2, 3, 4\); the model reads \(1, 3, 4\)"),
        ({"a": ZEROS, "b": ZEROS.astype(np.float64)}, r"b is float64; convert it: .astype\(np.float32\)"),
        ({"a": ZEROS, "b": np.full(SHAPE, np.nan, np.float32)}, "b has NaN or infinite values"),
        ({"a": ZEROS, "b": np.full(SHAPE, np.inf, np.float32)}, "b has NaN or infinite values"),
        ({"a": ZEROS, "b": ZEROS.tolist()}, "b is a list; give a NumPy array"),
    ],
)
def test_wrong_input_is_one_line(session: Session, feed: dict[str, Any], says: str) -> None:
    with pytest.raises(ThenarError, match=says):
        session.run(feed)


@pytest.mark.parametrize(
    ("feed", "says"),
    [
        ({"a": ZEROS[0], "b": ZEROS[0]}, r"a has shape \(3, 4\); the model reads \(N, 3, 4\)"),
        ({"a": ZEROS, "b": ZEROS.repeat(2, 0)}, "inputs differ in length"),
    ],
)
def test_wrong_batch_is_one_line(session: Session, feed: dict[str, Any], says: str) -> None:
    with pytest.raises(ThenarError, match=says):
        session.run_many(feed)


def test_large_finite_values_are_fine(session: Session) -> None:
    """Their sum overflows float32, which is no reason to refuse them."""
    huge = np.full(SHAPE, 3e38, np.float32)
    np.testing.assert_array_equal(session.run({"a": huge, "b": ZEROS})["total"], huge)


@pytest.mark.parametrize("data", [b"not a model", b"\x00" * 100, b"\x08\x08", arithmetic()[:60], b"\xff" * 4096])
def test_what_is_no_model_is_one_line(runtime: str, data: bytes, tmp_path: Path) -> None:
    path = write(tmp_path, data)
    with pytest.raises(ThenarError, match=r"model\.onnx: .* cannot read this as an ONNX model") as caught:
        thenar.run.open(path, runtime)
    assert "\n" not in str(caught.value)


def test_truncated_model_never_opens_or_crashes(runtime: str) -> None:
    whole = arithmetic()
    for length in range(1, len(whole) - 1, 7):
        try:
            thenar.run.open(whole[:length], runtime).close()
        except ThenarError:
            continue
        pytest.fail(f"opened the first {length} of {len(whole)} bytes")


def test_dynamic_shape_is_refused(runtime: str) -> None:
    with pytest.raises(ThenarError, match="the model has dynamic shapes; export it with fixed shapes"):
        thenar.run.open(arithmetic(batch="N"), runtime)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"runtime": "tensorrt"}, "unknown runtime 'tensorrt'; use auto or one of: openvino"),
        ({"hint": "speed"}, "unknown hint 'speed'; use latency or throughput"),
        ({"threads": 0}, "threads is 0; use 1 or more"),
        ({"streams": -1}, "streams is -1; use 1 or more"),
    ],
)
def test_senseless_options_are_one_line(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ThenarError, match=says):
        thenar.run.open(arithmetic(), **options)


def test_missing_runtimes(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"openvino": True, "onnxruntime": False, "onnx": False}
    monkeypatch.setattr(sessions.Runtime, "installed", lambda self: here[self.library])
    assert thenar.run.default_runtime() == "openvino"
    with pytest.raises(MissingExtra, match=r"onnxruntime is not installed; pip install 'thenar\[onnxruntime\]'"):
        thenar.run.open(arithmetic(), "onnxruntime")
    with pytest.raises(ThenarError, match=r"openvino, onnxruntime \(not installed\)"):
        thenar.run.open(arithmetic(), "nothing")
    here["openvino"] = False
    with pytest.raises(ThenarError, match="openvino is not installed; pip install openvino"):
        thenar.run.open(arithmetic())


def test_library_that_does_not_import_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = sessions.Runtime("numpy", "thenar.run.no_such_adapter", "some-extra")
    monkeypatch.setitem(RUNTIMES, "broken", entry)
    with pytest.raises(MissingExtra, match=r"thenar\[some-extra\]"):
        thenar.run.open(arithmetic(), "broken")


def test_importing_the_room_loads_no_runtime() -> None:
    code = "import sys, thenar.run, thenar.export, thenar.run.probe; print(*sys.modules)"
    loaded = __import__("subprocess").run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"openvino", "onnxruntime", "onnx", "torch", "nncf"} & set(loaded.stdout.split())
