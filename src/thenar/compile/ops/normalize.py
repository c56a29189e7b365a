"""Batch, instance and layer normalization in float32."""

from __future__ import annotations

import math

from thenar.compile.ops.site import FLOAT, Lowered, Operator, Site
from thenar.compile.program import Call, Field


def _fields(site: Site) -> dict[str, Field]:
    shape = site.input().shape
    site.check(len(shape) >= 2, f"its input has {len(shape)} dimensions, fewer than batch and channels")
    sizes = {"batch": shape[0], "channels": shape[1], "inner": math.prod(shape[2:])}
    return {**sizes, "epsilon": site.number("epsilon", 1e-5)}


def _per_channel(site: Site, inputs: range) -> tuple[str, ...]:
    channels = site.input().shape[1]
    for index in inputs:
        site.check(site.input(index).shape == (channels,), f"its input {index} isn't one value for each channel")
    return tuple(site.input(index).name for index in inputs)


def _batch_norm(site: Site) -> Lowered:
    if site.integer("training_mode") or len(site.node.outputs) > 1:
        site.fail("is in training mode", "export the model for inference")
    fields = _fields(site)
    reads = (site.input().name, *_per_channel(site, range(1, 5)))
    writes = (site.output().name,)
    return [Call("batch_norm_float", "normalize", "normalize", fields, reads, writes, inplace=(0,))]


def _instance_norm(site: Site) -> Lowered:
    fields = _fields(site)
    reads = (site.input().name, *_per_channel(site, range(1, 3)))
    writes = (site.output().name,)
    return [Call("instance_norm_float", "normalize", "normalize", fields, reads, writes, inplace=(0,))]


def _layer_norm(site: Site) -> Lowered:
    x = site.input()
    axis = site.axis(site.integer("axis", -1), len(x.shape))
    inner = math.prod(x.shape[axis:])
    for index in (1, 2):
        if site.has(index):
            site.check(site.input(index).size == inner, f"its input {index} hasn't the {inner} values of a row")
    fields: dict[str, Field] = {"batch": math.prod(x.shape[:axis]), "inner": inner}
    fields["epsilon"] = site.number("epsilon", 1e-5)
    writes = (*site.node.outputs, "", "")[:3]
    reads = (x.name, site.input(1).name, site.operand(2))
    return [Call("layer_norm_float", "normalize", "normalize", fields, reads, writes)]


OPERATORS = (
    Operator("BatchNormalization", _batch_norm, FLOAT),
    Operator("InstanceNormalization", _instance_norm, FLOAT),
    Operator("LayerNormalization", _layer_norm, FLOAT),
)
