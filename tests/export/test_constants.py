from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytestmark = pytest.mark.train

from onnx import helper, numpy_helper  # noqa: E402

from thenar.export import constants  # noqa: E402


def repeating(kind: str = "Tile", values: tuple[int, int] = (3, 1)) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Constant", [], ["shape"], name="shape", value=numpy_helper.from_array(np.array(values))),
        helper.make_node(kind, ["row", "shape"], ["grid"], name="repeat"),
        helper.make_node("Add", ["x", "grid"], ["y"], name="add"),
    ]
    x, y = (helper.make_tensor_value_info(name, 1, [3, 4]) for name in "xy")
    row = numpy_helper.from_array(np.arange(4, dtype=np.float32)[None], "row")
    return helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], [row]), opset_imports=[helper.make_opsetid("", 17)]
    )


def test_constant_chain_becomes_one_value() -> None:
    model = repeating()
    assert constants.fold_constants(model) == 2
    onnx.checker.check_model(model)
    assert [node.name for node in model.graph.node] == ["add"]
    (grid,) = model.graph.initializer
    np.testing.assert_array_equal(numpy_helper.to_array(grid), np.tile(np.arange(4, dtype=np.float32), (3, 1)))


def test_large_results_stay_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "MAX_FOLDED_VALUES", 11)
    model = repeating()
    assert constants.fold_constants(model) == 1
    assert [node.name for node in model.graph.node] == ["repeat", "add"]
    onnx.checker.check_model(model)


def test_what_is_only_repeated_is_stored_once() -> None:
    model = repeating("Expand", (3, 4))
    assert constants.fold_constants(model) == 1
    assert [node.name for node in model.graph.node] == ["repeat", "add"]
    onnx.checker.check_model(model)
