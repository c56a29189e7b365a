"""Float32 to bytes without dividing, where a tensor has one scale and it is known."""

from __future__ import annotations

from thenar.compile.nhwc.division import inverse
from thenar.compile.ops import OPERATORS
from thenar.compile.ops.fixed_point import LIMITS
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Field

_QUOTIENTS = 512
"""Quotients beyond it saturate whatever the zero point is."""


def _quantize(site: Site) -> Lowered:
    y, scale, zero = site.output(), _only(site, 1), _only(site, 2) if site.has(2) else 0
    plain = y.dtype.name in LIMITS and site.input().dtype.name == site.input(1).dtype.name == "float32"
    found = inverse(scale, -_QUOTIENTS, _QUOTIENTS) if plain and scale is not None and zero is not None else None
    if scale is None or zero is None or found is None:
        return OPERATORS["QuantizeLinear"].lower(site)
    low, high = LIMITS[y.dtype.name]
    fields: dict[str, Field] = {"count": y.size, "zero": int(zero), "low": low, "high": high}
    fields |= {"scale": scale, "inverse_high": found[0], "inverse_low": found[1]}
    return [Call("quantize_bytes", "x86_64/quantize", "quantizer", fields, (site.input().name,), (y.name,))]


def _only(site: Site, index: int) -> float | None:
    """An input's one value, if it has just one and that is known."""
    value = site.graph.constant(site.node.inputs[index])
    return float(value.reshape(())) if value is not None and value.size == 1 else None


QUANTIZE: dict[str, Lower] = {"QuantizeLinear": _quantize}
