"""Sensors that measure disparity: a camera and a projector (structured light), or two cameras (stereo).

Everything happens in disparity D = f B / z, in pixels of the sensor. An error of constant size there is the z^2 law of
depth; steps of constant size are the depth steps that grow with range; and a point is in shadow when, seen along its
row, another point lies on or beyond its ray from the projector.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from thenar.data.jit import jit
from thenar.data.sensors.noise import Floats, above, blobs, hash32, patches, read_row, uniform
from thenar.data.sensors.sensor import Sensor, Triangulation

REACH_PX = 2.0  # how far the effects of a depth edge reach, in pixels of the sensor; chosen
EMPTY_PX = 1e-3  # a disparity below this is nothing
MOST_PX = 1e4  # a disparity above this is nearer than any sensor reads


class Settings(NamedTuple):
    """`Triangulation` made ready for the kernel at one stride."""

    reach: int
    baseline: float
    side: int
    sigma: float
    step: float
    steep_noise: float
    steep_limit: float
    near_quantile: float
    far_quantile: float
    grow_quantile: float
    hole_quantile: float
    blur: float
    fade: float
    near: float
    far: float
    unit: float


def simulate(sensor: Sensor, errors: Triangulation, depth: Floats, stride: int, focal: float, seed: int) -> Floats:
    """(h, w) true depth -> (h, w) reading, both mm; see `thenar.data.sensors.apply`."""
    noise = blobs((round(errors.noise_size_px / stride, 2),), (1.0,), 1)
    holes = patches(round(errors.hole_size_px / stride, 2), 2)
    out = np.empty_like(depth)
    _simulate(depth, noise, holes, settings(sensor, errors, stride), stride, focal * stride, seed, out)
    return out


@cache
def settings(sensor: Sensor, errors: Triangulation, stride: int) -> Settings:
    """The kernel's numbers for one sensor at one stride.

    The effects of a depth edge reach `reach` window pixels; which share of that band is touched gives their mean width.
    """
    reach = max(1, round(REACH_PX / stride))
    band_px = reach * stride
    # the published sigma contains the quantisation's own step^2 / 12
    variance = errors.disparity_sigma_px**2 - errors.disparity_step_px**2 / 12
    return Settings(
        reach=reach,
        baseline=errors.baseline_mm,
        side=errors.shadow_side,
        sigma=max(variance, 0.0) ** 0.5,
        step=errors.disparity_step_px,
        steep_noise=errors.steep_noise,
        steep_limit=errors.steep_limit,
        near_quantile=above(errors.near_loss_px / band_px),
        far_quantile=above(errors.far_loss_px / band_px),
        grow_quantile=-above(errors.fatten_px / band_px),
        hole_quantile=above(errors.hole_share),
        blur=errors.blur,
        fade=errors.fade_mm,
        near=sensor.near_mm,
        far=sensor.far_mm,
        unit=sensor.camera.depth_unit_mm,
    )


@jit
def disparities(depth: Floats, focal_baseline: float, margin: int) -> Floats:
    """(h, w) mm -> (h + 2 margin, w + 2 margin) pixels, 0 = nothing there; the margin repeats the border."""
    h, w = depth.shape
    padded = np.empty((h + 2 * margin, w + 2 * margin), np.float32)
    most = np.float32(MOST_PX)
    for i in range(h):
        z = depth[i]
        row = padded[i + margin, margin : margin + w]
        for j in range(w):
            row[j] = min(focal_baseline / z[j], most) if z[j] > 0 else np.float32(0.0)
        for k in range(margin):
            padded[i + margin, k] = row[0]
            padded[i + margin, margin + w + k] = row[w - 1]
    for k in range(margin):
        padded[k] = padded[margin]
        padded[h + margin + k] = padded[h + margin - 1]
    return padded


@jit
def light(padded: Floats, margin: int, first: int, stride: int, side: int, lit: Floats) -> None:
    """Set lit (4, w) above 0 where the projector (or second camera) sees the point; window rows `first` to `first` + 3.

    Seen from there a point lies in column x + D; what comes later along the row but not beyond the farthest column so
    far is hidden. Four rows at once, because a running maximum alone leaves the processor waiting.
    """
    last, end = padded.shape[0] - 1, padded.shape[1] - margin
    row = first + margin
    a, b = padded[row, margin:end], padded[min(row + 1, last), margin:end]
    c, d = padded[min(row + 2, last), margin:end], padded[min(row + 3, last), margin:end]
    top_a = top_b = top_c = top_d = np.float32(-1.0)
    x, step = np.float32(0.0), np.float32(stride)
    for k in range(a.size):
        j = k if side > 0 else a.size - 1 - k
        ray_a, ray_b, ray_c, ray_d = a[j] + x, b[j] + x, c[j] + x, d[j] + x
        lit[0, j], lit[1, j], lit[2, j], lit[3, j] = ray_a - top_a, ray_b - top_b, ray_c - top_c, ray_d - top_d
        top_a, top_b, top_c, top_d = max(top_a, ray_a), max(top_b, ray_b), max(top_c, ray_c), max(top_d, ray_d)
        x += step


@jit
def _simulate(
    depth: Floats,
    noise: Floats,
    holes: Floats,
    s: Settings,
    stride: int,
    focal: float,
    seed: int,
    out: Floats,
) -> None:
    h, w = depth.shape
    margin = s.reach
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    focal_baseline = np.float32(focal * s.baseline)
    strength = uniform(seed, 0, 0.5, 1.5)
    sigma = np.float32(s.sigma) * strength
    hole = np.float32(s.hole_quantile) * uniform(seed, 1, 0.8, 1.2)
    shift = uniform(seed, 2, -0.4, 0.4)
    near_edge, far_edge = np.float32(s.near_quantile) + shift, np.float32(s.far_quantile) + shift
    grow_edge = np.float32(s.grow_quantile) + shift
    to_fade = np.float32(s.fade) * uniform(seed, 3, 0.9, 1.1) / focal_baseline
    # tan(angle) = |dD| f / (D pixels between): `slope` turns dD / D into tan / steep_limit
    slope = np.float32(focal / (stride * margin * s.steep_limit))
    tangent = np.float32(s.steep_noise * s.steep_limit**2)
    step, per_step = np.float32(s.step), np.float32(1 / s.step)
    unit, per_unit = np.float32(s.unit), np.float32(1 / s.unit)
    near, far = np.float32(s.near), np.float32(s.far)
    blur = np.float32(s.blur)
    quarter = np.float32(0.25)
    least = np.float32(EMPTY_PX)

    noise_y, noise_x = hash32(seed, 4), hash32(seed, 5)
    holes_y, holes_x = hash32(seed, 6), hash32(seed, 7)
    sign = one if hash32(seed, 8) & np.uint32(1) else -one

    padded = disparities(depth, focal_baseline, margin)
    lit, grain, patch = np.empty((4, w), np.float32), np.empty(w, np.float32), np.empty(w, np.float32)
    for i in range(h):
        if i & 3 == 0:
            light(padded, margin, i, stride, s.side, lit)
        lit_row, here = lit[i & 3], padded[i + margin, margin : margin + w]
        left, right = padded[i + margin, :w], padded[i + margin, 2 * margin :]
        above, below = padded[i, margin : margin + w], padded[i + 2 * margin, margin : margin + w]
        read_row(noise, noise_y + i, noise_x, sigma, grain)
        read_row(holes, holes_y + i, holes_x, sign, patch)
        reading = out[i]
        for j in range(w):
            d = here[j]
            top = max(max(left[j], right[j]), max(above[j], below[j]))
            low = min(min(left[j], right[j]), min(above[j], below[j]))
            mean = quarter * (left[j] + right[j] + above[j] + below[j])
            to_steep = slope / max(d, least)
            rise, fall = (top - d) * to_steep, (d - low) * to_steep
            across = min(abs(left[j] - d), abs(right[j] - d)) * to_steep
            along = min(abs(above[j] - d), abs(below[j] - d)) * to_steep
            steep = min(across * across + along * along, one)
            fat = rise > one and patch[j] < grow_edge
            at_edge = rise > one or fall > one
            seen = lit_row[j] > zero or fat
            share = d * to_fade
            share *= share
            share *= share
            limit = hole * (one - steep - one / (share * share))
            limit = min(limit, far_edge if rise > fall else near_edge) if at_edge and not fat else limit
            d = top if fat else (d if at_edge else d + blur * (mean - d))
            noisy = d + grain[j] * (one + tangent * steep)
            level = step * np.float32(np.int32(noisy * per_step + half))
            z = focal_baseline / max(level, step)
            z = unit * np.float32(np.int32(min(z, far + far) * per_unit + half))
            good = seen and d > least and patch[j] <= limit and z >= near and z <= far
            reading[j] = z if good else zero
