"""Resize: for every axis a table of source indices and weights, computed here; the kernels only look up and add."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from thenar.compile.graph import Tensor
from thenar.compile.ops.movement import check_table, take_axes
from thenar.compile.ops.site import FLOAT, Lowered, Operator, Site
from thenar.compile.program import Call, View

Coordinates = npt.NDArray[np.float64]


def source_coordinates(
    mode: str, size: int, scaled: int, scale: float, roi: tuple[float, float] = (0.0, 1.0)
) -> Coordinates:
    """Where in an axis of `size` each of `scaled` outputs lies, by ONNX's coordinate_transformation_mode.

    `scale` is output / input as the model gives it, which need not be exactly scaled / size.

    Raises:
        KeyError: no such mode.
    """
    x = np.arange(scaled, dtype=np.float64)
    length = scale * size  # the size before it is rounded down to `scaled`
    start, end = roi
    spread = (end - start) * (size - 1) / max(scaled - 1, 1)
    modes: dict[str, Callable[[], Coordinates]] = {
        "half_pixel": lambda: (x + 0.5) / scale - 0.5,
        "half_pixel_symmetric": lambda: size / 2 * (1 - scaled / length) + (x + 0.5) / scale - 0.5,
        "pytorch_half_pixel": lambda: (x + 0.5) / scale - 0.5 if scaled > 1 else np.zeros(1),
        "align_corners": lambda: x * (size - 1) / (length - 1) if length != 1 else np.zeros(scaled),
        "asymmetric": lambda: x / scale,
        "tf_half_pixel_for_nn": lambda: (x + 0.5) / scale,
        "tf_crop_and_resize": lambda: (
            start * (size - 1) + x * spread if scaled > 1 else np.full(1, 0.5 * (start + end) * (size - 1))
        ),
    }
    return np.asarray(modes[mode](), dtype=np.float64)


def nearest_index(mode: str, at: Coordinates, size: int) -> npt.NDArray[np.int64]:
    """The neighbour that ONNX's nearest_mode picks, kept inside the axis.

    Raises:
        KeyError: no such mode.
    """
    modes: dict[str, Callable[[], Coordinates]] = {
        "round_prefer_floor": lambda: np.ceil(at - 0.5),
        "round_prefer_ceil": lambda: np.floor(at + 0.5),
        "floor": lambda: np.floor(at),
        "ceil": lambda: np.ceil(at),
    }
    return np.clip(modes[mode](), 0, size - 1).astype(np.int64)


def taps(
    mode: str, at: Coordinates, size: int, scale: float, antialias: bool, cubic_a: float, exclude: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Indices and weights (outputs x taps) of linear or cubic interpolation at the coordinates `at`."""
    stretch = min(scale, 1.0) if antialias else 1.0  # below 1 the filter widens to cover all inputs it stands for
    support = (2.0 if mode == "cubic" else 1.0) / stretch
    count = 2 * math.ceil(support)
    first = np.floor(at).astype(np.int64)[:, None] - count // 2 + 1
    index = first + np.arange(count)
    distance = np.abs(at[:, None] - index) * stretch
    if mode == "cubic":
        near = ((cubic_a + 2) * distance - (cubic_a + 3)) * distance**2 + 1
        far = cubic_a * (((distance - 5) * distance + 8) * distance - 4)
        weight = np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
    else:
        weight = np.maximum(1 - distance, 0.0)
    if exclude:
        weight = np.where((index < 0) | (index >= size), 0.0, weight)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.clip(index, 0, size - 1).astype(np.int32), weight.astype(np.float32)


def _resize(site: Site) -> Lowered:
    x, y = site.input(), site.output()
    rank = len(x.shape)
    axes = [site.axis(axis, rank) for axis in site.integers("axes", range(rank))]
    check_table(site, *x.shape, *y.shape)
    scales = _scales(site, axes)
    roi = site.value(1, ())
    bounds = dict.fromkeys(range(rank), (0.0, 1.0))
    if roi.size == 2 * len(axes):
        bounds |= {axis: (float(roi[i]), float(roi[i + len(axes)])) for i, axis in enumerate(axes)}
    transformation = site.text("coordinate_transformation_mode", "half_pixel")
    try:
        at = {
            axis: source_coordinates(transformation, x.shape[axis], y.shape[axis], scales[axis], bounds[axis])
            for axis in axes
        }
    except KeyError:
        site.fail(f"coordinate_transformation_mode {transformation!r} isn't one that ONNX has")
    mode = site.text("mode", "nearest")
    site.check(mode in ("nearest", "linear", "cubic"), f"mode {mode!r} isn't one that ONNX has")
    if mode == "nearest" and transformation != "tf_crop_and_resize":
        rounding = site.text("nearest_mode", "round_prefer_floor")
        return take_axes(site, {axis: nearest_index(rounding, at[axis], x.shape[axis]) for axis in axes})
    site.check(x.dtype == np.float32, f"interpolates {x.dtype}; the compiler interpolates float32")
    return _interpolate(site, mode, at, scales)


def _scales(site: Site, axes: list[int]) -> dict[int, float]:
    x, y = site.input(), site.output()
    given = site.value(2, ())
    if given.size:
        return {axis: float(scale) for axis, scale in zip(axes, given, strict=True)}
    scales = {axis: y.shape[axis] / x.shape[axis] for axis in axes}
    policy = site.text("keep_aspect_ratio_policy", "stretch")
    if policy != "stretch":
        wanted = [int(size) / x.shape[axis] for axis, size in zip(axes, site.value(3), strict=True)]
        common = min(wanted) if policy == "not_larger" else max(wanted)
        scales = dict.fromkeys(axes, common)
    return scales


def _interpolate(site: Site, mode: str, at: dict[int, Coordinates], scales: dict[int, float]) -> Lowered:
    source, result = site.input(), site.output()
    crop = site.text("coordinate_transformation_mode") == "tf_crop_and_resize"
    cubic_a, exclude = site.number("cubic_coeff_a", -0.75), bool(site.integer("exclude_outside"))
    antialias = bool(site.integer("antialias"))
    steps = [axis for axis in at if crop or source.shape[axis] != result.shape[axis] or scales[axis] != 1]
    if not steps:
        return [View(source.name, result.name)]
    calls = []
    for axis in steps:
        size = source.shape[axis]
        if mode == "nearest":
            neighbour = nearest_index(site.text("nearest_mode", "round_prefer_floor"), at[axis], size)
            index, weight = neighbour[:, None].astype(np.int32), np.ones((neighbour.size, 1), np.float32)
        else:
            index, weight = taps(mode, at[axis], size, scales[axis], antialias, cubic_a, exclude)
        if crop:
            index[(at[axis] < 0) | (at[axis] > size - 1)] = -1
        shape = (*source.shape[:axis], result.shape[axis], *source.shape[axis + 1 :])
        name = result.name if axis == steps[-1] else site.temporary(shape, source.dtype)
        fields = {
            "outer": math.prod(shape[:axis]),
            "axis": size,
            "inner": math.prod(shape[axis + 1 :]),
            "count": shape[axis],
            "taps": index.shape[1],
            "outside": site.number("extrapolation_value"),
        }
        macs = math.prod(shape) * index.shape[1]
        reads = (source.name, np.ascontiguousarray(index), weight)
        calls.append(Call("interpolate_float", "resize", "interpolate", fields, reads, (name,), macs=macs))
        source = Tensor(name, source.dtype, shape)
    return calls


OPERATORS = (Operator("Resize", _resize, FLOAT | {"int8", "uint8"}, static=(1, 2, 3)),)
