"""lanes.Map as a kernel call, on tensors as ONNX holds them and on images."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from thenar.compile.nhwc.image import Image
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.ops.strides import broadcast, merge, pad_front
from thenar.compile.program import Call, Field

NAMES = "abcd"
"""The operands of an expression."""

_RANK = 4
_SHORTEST = 8
"""Values in a row from which vectors are worth their while, where rows differ in their operands."""

Walk = tuple[tuple[int, ...], list[tuple[int, ...]]]
"""A shape of four dimensions, and the strides with which each operand and then the result is walked in it."""


def strides_of(shape: tuple[int, ...], operands: Sequence[tuple[int, ...]]) -> Walk | None:
    """How a map walks dense operands that broadcast to `shape`; None where no row of neighbours comes of it."""
    merged, *strides = merge(shape, *(broadcast(operand, shape) for operand in operands), broadcast(shape, shape))
    if len(merged) > _RANK or (merged[-1] < _SHORTEST and len(merged) > 1) or any(s[-1] not in (0, 1) for s in strides):
        return None
    return pad_front(merged, _RANK, 1), [pad_front(step, _RANK, 0) for step in strides]


def _call(site: Site, walk: Walk, first: Sequence[int], image: tuple[int, ...], inplace: tuple[int, ...]) -> Lowered:
    shape, strides = walk
    count, expression = len(site.node.inputs), site.text("expression")
    fields: dict[str, Field] = {"outer": shape[:3], "count": shape[3], "y": strides[-1]}
    used = [min(index, count - 1) for index in range(len(NAMES))]
    fields |= {name: strides[at] for name, at in zip(NAMES, used, strict=True)}
    fields |= {"first": (*(first[at] for at in used), first[-1]), "image": image}
    name = f"map_{zlib.crc32(expression.encode()):08x}"
    reads = tuple(site.node.inputs[at] for at in used)
    instance = f"THENAR_MAP({name}, {expression})"
    comment = expression.replace("thenar_", "").replace("16(", "(")
    writes = (site.output().name,)
    return [Call(name, "lanes/map", "map", fields, reads, writes, instance, inplace=inplace, comment=comment)]


def _flat(site: Site) -> Lowered:
    operands = [site.input(index) for index in range(len(site.node.inputs))]
    walk = strides_of(site.integers("shape"), [tensor.shape for tensor in operands])
    assert walk is not None, "the pass has tried"
    same = tuple(index for index, tensor in enumerate(operands) if tensor.shape == site.output().shape)
    return _call(site, walk, [0] * (len(operands) + 1), (0,) * 7, same)


def _image(site: Site) -> Lowered:
    """Row by row, or pixel by pixel where an operand is one value for each channel."""
    y = Image.at(site.node, "y_image")
    images = [_operand_image(site, index) for index in range(len(site.node.inputs))]
    pixels = [image is None or (image.height, image.width) != (y.height, y.width) for image in images]
    one = (1, 1, y.height, y.width * y.channels)
    shape = (1, y.height, y.width, y.channels) if any(pixels) else one
    strides: list[tuple[int, ...]] = []
    first: list[int] = []
    for image, pixel in zip([*images, y], [*pixels, False], strict=True):
        if pixel or image is None:
            strides.append((0, 0, 0, 1))
            first.append(0)
            continue
        row = (image.left + image.width + image.right) * image.channels
        strides.append((0, row, image.channels, 1) if any(pixels) else (0, 0, row, 1))
        first.append(image.top * row + image.left * image.channels)
    return _call(site, (shape, strides), first, y.field(), ())


def _operand_image(site: Site, index: int) -> Image | None:
    """The image of an operand; None for a constant, which isn't held as one."""
    return Image.at(site.node, f"x{index}_image") if f"x{index}_image" in site.node.attributes else None


MAPS: dict[str, Lower] = {"lanes.Map": _flat, "nhwc.lanes.Map": _image}
