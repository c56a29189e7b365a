"""Elementwise functions of one tensor: activations, exp and its kin, casts."""

from __future__ import annotations

from functools import partial

import numpy as np

from thenar.compile.c_types import TYPES, c_type, literal
from thenar.compile.ops.site import ANY, BOOL, FLOAT, Lowered, Operator, Site
from thenar.compile.program import Call, View

_SIGNED = frozenset({"float32", "int8", "int16", "int32", "int64"})

# ONNX name: (C name, element types, the attributes that become alpha and beta)
_FUNCTIONS: dict[str, tuple[str, frozenset[str], tuple[str, ...]]] = {
    "Relu": ("relu", _SIGNED, ()),
    "LeakyRelu": ("leaky_relu", FLOAT, ("alpha",)),
    "Elu": ("elu", FLOAT, ("alpha",)),
    "Sigmoid": ("sigmoid", FLOAT, ()),
    "HardSigmoid": ("hard_sigmoid", FLOAT, ("alpha", "beta")),
    "HardSwish": ("hard_swish", FLOAT, ()),
    "Tanh": ("tanh", FLOAT, ()),
    "Softplus": ("softplus", FLOAT, ()),
    "Mish": ("mish", FLOAT, ()),
    "Erf": ("erf", FLOAT, ()),
    "Exp": ("exp", FLOAT, ()),
    "Log": ("log", FLOAT, ()),
    "Sqrt": ("sqrt", FLOAT, ()),
    "Reciprocal": ("reciprocal", FLOAT, ()),
    "Floor": ("floor", FLOAT, ()),
    "Ceil": ("ceil", FLOAT, ()),
    "Round": ("round", FLOAT, ()),
    "Abs": ("abs", _SIGNED, ()),
    "Neg": ("neg", _SIGNED, ()),
    "Not": ("not", BOOL, ()),
}


def _unary(site: Site, name: str, parameters: tuple[str, ...] = ()) -> Lowered:
    x = site.input()
    kind = c_type(x.dtype)
    name = f"integer_{name}" if x.dtype.kind == "i" and name in ("abs", "neg") else name
    fields: dict[str, int | float] = {"size": x.size}
    fields |= {key: site.number(attribute) for key, attribute in zip(("alpha", "beta"), parameters, strict=False)}
    return [
        Call(
            kernel=f"{name}_{kind}",
            header="unary",
            struct="unary",
            fields=fields,
            reads=(x.name,),
            writes=(site.output().name,),
            instance=f"THENAR_UNARY({name}, {kind})",
            inplace=(0,),
        )
    ]


def _gelu(site: Site) -> Lowered:
    return _unary(site, "gelu_tanh" if site.text("approximate") == "tanh" else "gelu")


def _cast(site: Site) -> Lowered:
    x, y = site.input(), site.output()
    if y.dtype.name not in TYPES:
        site.fail(f"casts to {y.dtype.name}", "the compiler has float32, bool and 8- to 64-bit integers")
    if x.dtype == y.dtype:
        return [View(x.name, y.name)]
    source, target = c_type(x.dtype), c_type(y.dtype)
    kernel, instance = f"cast_{source}_{target}", f"THENAR_CAST({source}, {target})"
    if y.dtype.name == "bool":
        kernel, instance = f"cast_{source}_bool", f"THENAR_CAST_BOOL({source})"
    elif x.dtype.kind == "f":
        limits = np.iinfo(y.dtype)
        instance = f"THENAR_CAST_FLOAT({target}, {literal(limits.min, y.dtype)}, {literal(limits.max, y.dtype)})"
    return [Call(kernel, "unary", "unary", {"size": x.size}, (x.name,), (y.name,), instance)]


OPERATORS = (
    *(
        Operator(op, partial(_unary, name=name, parameters=parameters), types)
        for op, (name, types, parameters) in _FUNCTIONS.items()
    ),
    Operator("Gelu", _gelu, FLOAT),
    Operator("Cast", _cast, ANY),
)
