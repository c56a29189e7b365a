"""Quantized matrix products with constant weights as the 1x1 convolutions that they are."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from thenar.compile.cortex_m.convolution import convolutions
from thenar.compile.cortex_m.pack import WORD
from thenar.compile.cortex_m.served import served
from thenar.compile.graph import Node, Tensor
from thenar.compile.nhwc.image import Image
from thenar.compile.ops import OPERATORS
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Field


def _matmul(site: Site, loop: str) -> Lowered:
    """QLinearMatMul (a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero, bias): rows of a are pixels."""
    a, b, y = site.input(0), site.input(3), site.output()
    if b.data is None or len(b.shape) != 2 or a.size == 0 or b.size == 0:
        return OPERATORS["QLinearMatMul"].lower(site)
    depth, columns = b.shape
    pixels = math.prod(a.shape[:-1])
    offset = -128 if a.dtype.name == "uint8" else 0
    x_image = Image(1, pixels, depth, offset=offset)
    w = Tensor.constant(f"{y.name}/weights", b.data.T.reshape(columns, depth, 1, 1))
    x = Tensor(f"{y.name}/pixels", a.dtype, (1, depth, 1, pixels))
    result = replace(y, shape=(1, columns, 1, pixels))
    tensors = {**site.graph.tensors, w.name: w, x.name: x, y.name: result}
    inputs = (x.name, *site.node.inputs[1:3], w.name, *site.node.inputs[4:])
    attributes = {**site.node.attributes, "x_image": x_image.attribute()}
    attributes["y_image"] = Image(1, pixels, columns).attribute()
    graph = replace(site.graph, tensors=tensors)
    node = Node("QLinearConv", site.node.name, inputs, site.node.outputs, attributes)
    if not served(node, graph):
        return OPERATORS["QLinearMatMul"].lower(site)
    calls: list[Call] = []
    source = a.name
    if offset or depth % WORD:  # reads end at a word
        source = site.temporary((x_image.size,), np.dtype(np.int8))
        fields: dict[str, Field] = {"height": 1, "width": 1, "channels": a.size, "flip": abs(offset)}
        calls.append(Call("cortex_pack", "cortex_m/move", "cortex_move", fields, (a.name,), (source,)))
    lowered = convolutions(loop)["nhwc.QLinearConv"](Site(replace(node, op="nhwc.QLinearConv"), graph, site.scratch))
    for call in lowered:
        assert isinstance(call, Call)
        calls.append(replace(call, reads=(source, *call.reads[1:])))
    return calls


def dense(loop: str) -> dict[str, Lower]:
    """The lowering of matrix products with an inner loop of convolutions."""
    return {"QLinearMatMul": partial(_matmul, loop=loop)}
