"""A model is compiled up to tensors inside it; what lies behind them may be anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from networks import Net
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from thenar.compile import compile, translate
from thenar.errors import ThenarError


def detector(tail: str = "NonMaxSuppression") -> Any:
    """Boxes and scores of a small network, and behind them an operator outside the list; one input only for that."""
    net = Net()
    cells = net.op("Reshape", net.conv("image", 3, 6), net.constant(np.array([1, 6, 64], np.int64)))
    boxes, scores = net.op("Split", cells, axis=1, num_outputs=2), "scores"
    net.nodes[-1].output.append("classes")
    net.nodes.append(helper.make_node("Sigmoid", ["classes"], [scores], name="sigmoid"))
    if tail == "NonMaxSuppression":
        corners = net.op("Transpose", net.op("Pad", boxes, net.constant(np.array([0, 0, 0, 0, 1, 0]))), perm=[0, 2, 1])
        end = net.op(tail, corners, scores, "limit")
    else:
        weights = net.random(1, 8, 64), net.random(1, 8, 2)
        end = net.op(tail, scores, *weights, hidden_size=2)
    model = net.model({"image": (1, 3, 8, 8)}, [end])
    model.opset_import[0].version = 18
    model.graph.input.append(helper.make_tensor_value_info("limit", TensorProto.INT64, [1]))
    return model


@pytest.mark.native
def test_up_to_named_tensors_a_model_compiles_whatever_follows() -> None:
    model, image = detector(), np.random.default_rng(0).standard_normal((1, 3, 8, 8)).astype(np.float32)
    names = ["scores", next(node.output[0] for node in model.graph.node if node.op_type == "Transpose")]
    library = compile(model, "c99", outputs=names)
    assert [tensor.name for tensor in library.inputs] == ["image"]
    results = library.run({"image": image})
    kept = [node for node in model.graph.node if node.op_type != "NonMaxSuppression"]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    graph = helper.make_graph(kept, "kept", list(model.graph.input), outputs, list(model.graph.initializer))
    oracle = ReferenceEvaluator(helper.make_model(graph, opset_imports=model.opset_import))
    for name, expected in zip(names, oracle.run(None, {"image": image, "limit": np.ones(1, np.int64)}), strict=True):
        np.testing.assert_allclose(results[name], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("tail", "outputs", "message"),
    [
        ("NonMaxSuppression", (), "doesn't have the operator NonMaxSuppression; leave it .* --outputs t[0-9]+,scores"),
        ("LSTM", (), "recurrent networks are outside its list; leave it .* --outputs scores"),
        ("LSTM", ("score",), "no node writes 'score'; did you mean .*scores"),
        ("LSTM", ("scores", "scores"), "'scores' is named twice"),
    ],
)
def test_the_error_names_the_cut(tail: str, outputs: tuple[str, ...], message: str) -> None:
    with pytest.raises(ThenarError, match=message):
        translate(detector(tail), "c99", outputs=outputs)


def test_what_no_output_depends_on_may_be_anything() -> None:
    model = detector()
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)
    del model.graph.output[:]
    model.graph.output.append(scores)
    assert translate(model, "c99").program.output_names == ("scores",)
