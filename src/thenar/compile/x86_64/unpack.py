"""Float32 images leave the layout sixteen pixels at a time."""

from __future__ import annotations

from dataclasses import replace

from thenar.compile.nhwc.moves import MOVES
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call


def _unpack(site: Site) -> Lowered:
    return [
        replace(step, kernel="unpack_float", header="x86_64/unpack")
        if isinstance(step, Call) and step.kernel == "nhwc_unpack_float"
        else step
        for step in MOVES["nhwc.Unpack"](site)
    ]


UNPACK: dict[str, Lower] = {"nhwc.Unpack": _unpack}
