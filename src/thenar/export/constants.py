"""What a model would compute the same way at every run is computed once, when it is exported."""

from __future__ import annotations

from typing import Any

MAX_FOLDED_VALUES = 1 << 20
COMPUTED = ("QuantizeLinear", "DequantizeLinear", "Expand")
"""Left as they are: what they make is larger than what they are made from."""


def fold_constants(model: Any) -> int:
    """Replace, in place, nodes whose inputs are all constant by their values; the number replaced.

    Constant nodes become initializers. ONNX's own reference implementation computes the values. A result of more than
    `MAX_FOLDED_VALUES` numbers is left to be computed, and so is an Expand: what is repeated is stored once.
    """
    from onnx import numpy_helper
    from onnx.reference import ReferenceEvaluator

    graph = model.graph
    outputs = {output.name for output in graph.output}
    values = {initializer.name: initializer for initializer in graph.initializer}
    kept = []
    for node in graph.node:
        foldable = node.op_type not in COMPUTED and not outputs.intersection(node.output)
        if not foldable or not all(name in values for name in node.input if name):
            kept.append(node)
            continue
        evaluator = ReferenceEvaluator(_single(node, [values[name] for name in node.input if name], model))
        results = evaluator.run(None, {})
        if sum(result.size for result in results) > MAX_FOLDED_VALUES:
            kept.append(node)
            continue
        for name, result in zip(node.output, results, strict=True):
            values[name] = numpy_helper.from_array(result, name)
    folded = len(graph.node) - len(kept)
    used = dict.fromkeys(name for node in kept for name in node.input)
    initializers = [values[name] for name in used if name in values]
    del graph.node[:]
    graph.node.extend(kept)
    del graph.initializer[:]
    graph.initializer.extend(initializers)
    return folded


def _single(node: Any, constants: list[Any], model: Any) -> Any:
    """A model of `node` alone, fed by `constants`."""
    from onnx import TensorProto, helper

    given = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in node.output]
    graph = helper.make_graph([node], "constant", [], given, constants)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
