"""Sensors that measure disparity: a camera and a projector (structured light), or two cameras (stereo).

Everything happens in disparity D = f B / z, in pixels of the sensor. An error of constant size there is the z^2 law of
depth; steps of constant size are the depth steps that grow with range; and a point is in shadow when, seen along its
row, another point lies on or beyond its ray from the projector.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from thenar.data.sensors.noise import blobs, hash32, read_row, uniform

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Triangulation:
    """How a triangulating sensor errs; every length is in pixels of the sensor's own image.

    baseline_mm: distance of the projector or second camera. shadow_side: +1 = shadows fall right of near things
    (projector on the left), -1 = left of them.
    disparity_sigma_px: standard deviation of the disparity on a flat wall, quantisation included.
    disparity_step_px: quantisation of the disparity. noise_size_px: how far the noise is correlated.
    steep_noise: the noise grows by 1 + steep_noise tan^2(angle of incidence).
    steep_limit: tan of the angle of incidence at which half of the readings are lost.
    near_loss_px, far_loss_px: how much is lost of the nearer and the farther surface at a depth edge.
    fatten_px: how far the nearer surface grows over the farther one. blur: share of a pixel that comes from its
    neighbours where the surface is continuous.
    hole_size_px: size of missing patches. fade_mm: the range at which half of the readings are lost.
    """

    baseline_mm: float
    shadow_side: int
    disparity_sigma_px: float
    disparity_step_px: float
    noise_size_px: float
    steep_noise: float
    steep_limit: float
    near_loss_px: float
    far_loss_px: float
    fatten_px: float
    blur: float
    hole_size_px: float
    fade_mm: float


class Settings(NamedTuple):
    """`Triangulation` made ready for the kernel at one stride."""

    baseline: float
    side: float
    sigma: float
    step: float
    steep_noise: float
    steep_limit: float
    near_quantile: float
    far_quantile: float
    fatten_quantile: float
    blur: float
    fade: float
    near: float
    far: float
    unit: float


REACH_PX = 2.0  # how far from a depth edge its effects are felt, in pixels of the sensor
HOLE_QUANTILE = 3.4  # normal quantile above which a hole opens on a good surface: 0.03 % of the pixels
EDGE_STEPS = 4.0  # a jump this many times steeper than `steep_limit` is an edge, not a slope


@cache
def reach(stride: int) -> int:
    """REACH_PX in pixels of a window of this stride, at least 1."""
    return max(1, round(REACH_PX / stride))


@cache
def settings(model: Triangulation, near_mm: float, far_mm: float, unit_mm: float, stride: int) -> Settings:
    """The kernel's numbers for one sensor at one stride."""
    band_px = reach(stride) * stride

    def quantile(width_px: float) -> float:
        """Above which normal quantile a pixel of the band along an edge is touched, for `width_px` on average."""
        return -NormalDist().inv_cdf(min(max(width_px / band_px, 1e-4), 1 - 1e-4))

    variance = model.disparity_sigma_px**2 - model.disparity_step_px**2 / 12
    return Settings(
        baseline=model.baseline_mm,
        side=float(model.shadow_side),
        sigma=max(variance, 0.0) ** 0.5,
        step=model.disparity_step_px,
        steep_noise=model.steep_noise,
        steep_limit=model.steep_limit,
        near_quantile=quantile(model.near_loss_px),
        far_quantile=quantile(model.far_loss_px),
        fatten_quantile=quantile(model.fatten_px),
        blur=model.blur,
        fade=model.fade_mm,
        near=near_mm,
        far=far_mm,
        unit=unit_mm,
    )


def simulate(
    model: Triangulation,
    near_mm: float,
    far_mm: float,
    unit_mm: float,
    depth: Floats,
    stride: int,
    focal: float,
    seed: int,
) -> Floats:
    """(h, w) true depth -> (h, w) reading, both mm; see `thenar.data.sensors.apply`."""
    noise = blobs((round(model.noise_size_px / stride, 2),), (1.0,), 1)
    size = round(model.hole_size_px / stride, 2)
    holes = blobs((size, 4 * size), (0.7, 0.3), 2)
    out = np.empty_like(depth)
    return _simulate(
        depth, noise, holes, settings(model, near_mm, far_mm, unit_mm, stride), reach(stride), stride, focal, seed, out
    )


@njit(cache=True, nogil=True)
def disparities(depth: Floats, focal_baseline: float, margin: int) -> Floats:
    """(h, w) mm -> (h + 2 margin, w + 2 margin) pixels, 0 = nothing there; the margin repeats the border."""
    h, w = depth.shape
    padded = np.empty((h + 2 * margin, w + 2 * margin), np.float32)
    for i in range(h):
        z = depth[i]
        row = padded[i + margin, margin : margin + w]
        for j in range(w):
            row[j] = focal_baseline / z[j] if z[j] > 0 else np.float32(0.0)
        for k in range(margin):
            padded[i + margin, k] = row[0]
            padded[i + margin, margin + w + k] = row[w - 1]
    for k in range(margin):
        padded[k] = padded[margin]
        padded[h + margin + k] = padded[h + margin - 1]
    return padded


@njit(cache=True, nogil=True)
def shadow_row(disparity: Floats, stride: int, side: float, lit: Floats) -> None:
    """Set lit (w,) to 1 where the projector (or second camera) sees the point of this row, else to 0."""
    w = disparity.size
    step = np.float32(stride)
    farthest = np.float32(-1e9)
    if side > 0:
        x = np.float32(0.0)
        for j in range(w):
            ray = disparity[j] + x
            lit[j] = np.float32(1.0) if ray >= farthest else np.float32(0.0)
            farthest = max(farthest, ray)
            x += step
    else:
        x = np.float32(0.0)
        for k in range(w):
            j = w - 1 - k
            ray = disparity[j] + x
            lit[j] = np.float32(1.0) if ray >= farthest else np.float32(0.0)
            farthest = max(farthest, ray)
            x += step


@njit(cache=True, nogil=True, error_model="numpy")
def _simulate(
    depth: Floats,
    noise: Floats,
    holes: Floats,
    s: Settings,
    margin: int,
    stride: int,
    focal: float,
    seed: int,
    out: Floats,
) -> Floats:
    h, w = depth.shape
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    focal_baseline = np.float32(focal * s.baseline)
    strength = uniform(seed, 0, 0.5, 1.5)
    sigma = np.float32(s.sigma) * strength
    hole = np.float32(HOLE_QUANTILE) * uniform(seed, 1, 0.8, 1.2)
    shift = uniform(seed, 2, -0.4, 0.4)
    near_edge, far_edge = np.float32(s.near_quantile) + shift, np.float32(s.far_quantile) + shift
    grow_edge = shift - np.float32(s.fatten_quantile)
    fade = np.float32(s.fade) * uniform(seed, 3, 0.9, 1.1)
    # tan(angle) = |dD| f / (D pixels between): `slope` turns dD / D into tan / steep_limit
    slope = np.float32(focal / (stride * margin * s.steep_limit))
    tangent = np.float32(s.steep_noise * s.steep_limit**2)
    step, per_step = np.float32(s.step), np.float32(1 / s.step)
    unit, per_unit = np.float32(s.unit), np.float32(1 / s.unit)
    near, far = np.float32(s.near), np.float32(s.far)
    blur = np.float32(s.blur)
    quarter = np.float32(0.25)
    edge = np.float32(EDGE_STEPS)

    noise_y, noise_x = hash32(seed, 4), hash32(seed, 5)
    holes_y, holes_x = hash32(seed, 6), hash32(seed, 7)
    sign = one if hash32(seed, 8) & np.uint32(1) else -one

    padded = disparities(depth, focal_baseline, margin)
    lit, grain, patch = np.empty(w, np.float32), np.empty(w, np.float32), np.empty(w, np.float32)
    for i in range(h):
        here = padded[i + margin, margin : margin + w]
        left, right = padded[i + margin, :w], padded[i + margin, 2 * margin :]
        above, below = padded[i, margin : margin + w], padded[i + 2 * margin, margin : margin + w]
        shadow_row(here, stride, s.side, lit)
        read_row(noise, noise_y + i, noise_x, sigma, grain)
        read_row(holes, holes_y + i, holes_x, sign, patch)
        reading = out[i]
        for j in range(w):
            d = here[j]
            top = max(max(left[j], right[j]), max(above[j], below[j]))
            low = min(min(left[j], right[j]), min(above[j], below[j]))
            mean = quarter * (left[j] + right[j] + above[j] + below[j])
            per_d = slope / max(d, np.float32(1e-3))
            rise, fall = (top - d) * per_d, (d - low) * per_d
            fat = rise > edge and patch[j] < grow_edge
            steep = zero if fat else max(rise, fall)
            smooth = d + blur * (mean - d)
            d = top if fat else (smooth if steep < one else d)
            seen = lit[j] > half or fat
            at_edge = far_edge if rise > fall else near_edge
            far_away = focal_baseline / (max(d, np.float32(1e-3)) * fade)
            far_away *= far_away
            limit = hole * (one - steep * steep - far_away * far_away)
            limit = at_edge if steep > edge else limit
            noisy = d + grain[j] * (one + tangent * min(steep * steep, one))
            level = step * np.float32(np.int32(noisy * per_step + half))
            z = focal_baseline / max(level, step)
            z = unit * np.float32(np.int32(min(z, far + far) * per_unit + half))
            good = seen and d > zero and patch[j] <= limit and z >= near and z <= far
            reading[j] = z if good else zero
    return out
