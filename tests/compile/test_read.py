"""Models that can't be compiled end in one line that names the node or tensor; shapes fold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from networks import Net, student
from onnx import TensorProto, helper, numpy_helper

from thenar.compile import translate
from thenar.errors import ThenarError


def _one(op: str, shape: Any = (1, 3, 4, 4), kind: int = TensorProto.FLOAT, **attributes: Any) -> Any:
    node = helper.make_node(op, ["x"], ["y"], name="the_node", **attributes)
    inputs, outputs = (
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, shape)],
    )
    graph = helper.make_graph([node], "g", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def _unsorted() -> Any:
    model = student()
    model.graph.node.insert(0, model.graph.node.pop())
    return model


def _cyclic() -> Any:
    model = _one("Relu")
    model.graph.node[0].input[0] = "y"
    return model


def _nan() -> Any:
    net = Net()
    out = net.op("Add", "x", net.constant(np.array([1, np.nan], np.float32)))
    return net.model({"x": (2,)}, [out])


def _huge() -> Any:
    net = Net()
    out = net.op("Expand", "x", net.constant(np.array([2**20, 2**20], np.int64)))
    return net.model({"x": (1, 1)}, [out])


def _external(location: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        model = student()
        weights = model.graph.initializer[0]
        weights.ClearField("raw_data")
        weights.data_location = TensorProto.EXTERNAL
        weights.external_data.add(key="location", value=location)
        path = folder / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return write


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "truncated": (lambda: student().SerializeToString()[:-100], "ONNX|truncated|weights"),
    "not onnx": (lambda: b"\xff\xfe not a model", "not an ONNX file"),
    "empty": (lambda: b"", "no ONNX graph"),
    "operator outside the list": (lambda: _one("Acos"), "Acos node 'the_node'.*doesn't have the operator Acos"),
    "type outside the list": (lambda: _one("Relu", kind=TensorProto.DOUBLE), "Relu node 'the_node'.*float64"),
    "dynamic input": (lambda: _one("Relu", shape=("batch", 3, 4, 4)), "batch.*--shape x=1x3x4x4"),
    "unsorted": (_unsorted, "sort"),
    "cyclic": (_cyclic, "sort|cycl"),
    "nan": (_nan, "weights 'w1' hold NaN"),
    "two gigabytes": (_huge, "Expand node 'Expand2'.*2 GB"),
    "no such axis": (lambda: _one("Softmax", axis=9), "Softmax node 'the_node'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_model_is_refused_in_one_line(name: str) -> None:
    make, pattern = BAD[name]
    with pytest.raises(ThenarError, match=pattern) as caught:
        translate(make(), "c99")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "pattern"), [("gone.bin", "missing"), ("../out.bin", "outside"), ("/etc/passwd", "outside")]
)
def test_external_data_stays_in_the_models_folder(tmp_path: Path, location: str, pattern: str) -> None:
    with pytest.raises(ThenarError, match=pattern):
        translate(_external(location)(tmp_path), "c99")


def test_external_data_beside_the_model_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(student(), path, save_as_external_data=True, location="model.bin", size_threshold=0)
    assert translate(path, "c99").program.macs == translate(student(), "c99").program.macs


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ThenarError, match=r"nowhere\.onnx: cannot read"):
        translate(Path("nowhere.onnx"), "c99")


def test_shapes_fix_dynamic_inputs_and_what_follows_folds() -> None:
    net = Net()
    shape = net.op("Shape", "x")
    first = net.op("Gather", shape, net.constant(np.array([0], np.int64)), axis=0)
    rows = net.op("Concat", first, net.constant(np.array([-1], np.int64)), axis=0)
    model = net.model({"x": ("n", 2, "w")}, [net.op("Reshape", "x", rows)])  # type: ignore[list-item, dict-item]
    program = translate(model, "c99", {"x": (3, 2, 5)}).program
    assert program.tensors[program.outputs[0]].shape in ((30,), (3, 10))
    assert [call.kernel for call in program.calls] == ["copy_float"]


@pytest.mark.parametrize("shapes", [{"y": (1,)}, {"x": (1, 3, 4)}, {"x": (1, 3, 4, 5)}])
def test_shapes_that_do_not_fit_are_refused(shapes: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ThenarError, match=r"no input 'y'|doesn't fit"):
        translate(_one("Relu"), "c99", shapes)


def test_weights_of_a_wrong_length_are_refused() -> None:
    model = student()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((2, 2), np.float32), "w1"))
    model.graph.initializer[0].raw_data += b"\0"
    with pytest.raises(ThenarError, match=r"w1|invalid"):
        translate(model, "c99")
