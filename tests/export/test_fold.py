from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

onnx = pytest.importorskip("onnx")
pytestmark = pytest.mark.train

from onnx import helper, numpy_helper  # noqa: E402

import thenar.run  # noqa: E402
from thenar.export.fold import fold_batch_norm, resolve_aliases  # noqa: E402

RNG = np.random.default_rng(0)


def conv_norm(kind: str, groups: int, bias: bool, read_twice: bool = False) -> onnx.ModelProto:
    inputs, outputs = 4, 6
    shape = (outputs, inputs // groups, 3, 3) if kind == "Conv" else (inputs, outputs // groups, 3, 3)
    arrays = {"conv.weight": RNG.normal(size=shape), "gamma": RNG.uniform(0.5, 2, outputs)}
    arrays |= {"beta": RNG.normal(size=outputs), "mean": RNG.normal(size=outputs), "var": RNG.uniform(0.1, 3, outputs)}
    if bias:
        arrays["conv.bias"] = RNG.normal(size=outputs)
    weights = ["conv.weight", "conv.bias"] if bias else ["conv.weight"]
    nodes = [
        helper.make_node(kind, ["x", *weights], ["c"], name="conv", group=groups, pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c", "gamma", "beta", "mean", "var"], ["n"], name="n", epsilon=1e-3),
        helper.make_node("Add", ["n", "c" if read_twice else "n"], ["y"], name="add"),
    ]
    constants = [numpy_helper.from_array(array.astype(np.float32), name) for name, array in arrays.items()]
    x, y = (helper.make_tensor_value_info(n, 1, [1, c, 5, 5]) for n, c in (("x", inputs), ("y", outputs)))
    graph = helper.make_graph(nodes, "g", [x], [y], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def computed(model: onnx.ModelProto, x: NDArray[np.float32]) -> NDArray[np.float32]:
    with thenar.run.open(model.SerializeToString(), "openvino") as session:
        return session.run({"x": x})["y"]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("kind", "groups"), [("Conv", 1), ("Conv", 2), ("ConvTranspose", 1), ("ConvTranspose", 2)])
def test_folded_computes_the_same(kind: str, groups: int, bias: bool) -> None:
    model = conv_norm(kind, groups, bias)
    x = RNG.normal(size=(1, 4, 5, 5)).astype(np.float32)
    before = computed(model, x)
    assert fold_batch_norm(model) == 1
    onnx.checker.check_model(model)
    assert [node.op_type for node in model.graph.node] == [kind, "Add"]
    assert [initializer.name for initializer in model.graph.initializer] == ["conv.weight", "conv.bias"]
    np.testing.assert_allclose(computed(model, x), before, atol=1e-4)


def test_convolution_that_others_read_is_not_folded() -> None:
    model = conv_norm("Conv", 1, bias=True, read_twice=True)
    assert fold_batch_norm(model) == 0
    assert [node.op_type for node in model.graph.node] == ["Conv", "BatchNormalization", "Add"]


def test_second_names_of_initializers_go() -> None:
    nodes = [
        helper.make_node("Identity", ["a"], ["b"], name="1"),
        helper.make_node("Identity", ["b"], ["c"], name="2"),
        helper.make_node("Add", ["x", "c"], ["s"], name="add"),
        helper.make_node("Identity", ["s"], ["y"], name="3"),
    ]
    x, y = (helper.make_tensor_value_info(name, 1, [2]) for name in "xy")
    constant = numpy_helper.from_array(np.ones(2, np.float32), "a")
    model = helper.make_model(helper.make_graph(nodes, "g", [x], [y], [constant]))
    resolve_aliases(model)
    assert [(node.name, list(node.input)) for node in model.graph.node] == [("add", ["x", "a"]), ("3", ["s"])]
