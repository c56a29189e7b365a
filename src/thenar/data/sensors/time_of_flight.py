"""Sensors that measure the phase of returned light: noise falls with amplitude, edges mix fore- and background."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from thenar.data.jit import jit
from thenar.data.sensors.noise import Floats, above, blobs, hash32, patches, read_row, uniform
from thenar.data.sensors.sensor import Sensor, TimeOfFlight

EDGE_STEEPNESS = 2.0  # a jump this many times steeper than `steep_limit` is an edge, not a slope
NO_LIGHT_MM = 1e5  # where nothing is: so far that it returns no light
MULTIPATH_SIZE_PX = 24.0
MIX_SCALES = (16.0, 592.0)  # the fractions of a normal number times these are two independent uniform numbers, nearly
LIFT = 8.0  # added to a normal number to make it positive, so that dropping its fraction rounds down
WIDEST_TANGENT_2 = 100.0  # no noise grows beyond tan^2(angle of incidence) = 100


class Settings(NamedTuple):
    """`TimeOfFlight` made ready for the kernel at one stride."""

    sigma: float
    sigma_per_mm2: float
    multipath: float
    steep_limit: float
    flying_share: float
    flying_cut: float
    hole_quantile: float
    fade: float
    near: float
    far: float
    unit: float


def simulate(sensor: Sensor, errors: TimeOfFlight, depth: Floats, stride: int, focal: float, seed: int) -> Floats:
    """(h, w) true depth -> (h, w) reading, both mm; see `thenar.data.sensors.apply`."""
    noise = blobs((round(errors.noise_size_px / stride, 2),), (1.0,), 3)
    white = blobs((0.0,), (1.0,), 4)
    holes = patches(round(errors.hole_size_px / stride, 2), 5)
    bias = blobs((round(MULTIPATH_SIZE_PX / stride, 2),), (1.0,), 6)
    out = np.empty_like(depth)
    _simulate(depth, noise, white, holes, bias, settings(sensor, errors, stride), focal, seed, out)
    return out


@cache
def settings(sensor: Sensor, errors: TimeOfFlight, stride: int) -> Settings:
    """The kernel's numbers for one sensor at one stride; a mixed pixel is as wide as one of the sensor's own."""
    return Settings(
        sigma=errors.sigma_mm,
        sigma_per_mm2=errors.sigma_per_m2_mm * 1e-6,
        multipath=errors.multipath_mm,
        steep_limit=errors.steep_limit,
        flying_share=errors.flying_share / stride,
        flying_cut=errors.flying_cut,
        hole_quantile=above(errors.hole_share),
        fade=errors.fade_mm,
        near=sensor.near_mm,
        far=sensor.far_mm,
        unit=sensor.camera.depth_unit_mm,
    )


@jit
def distances(depth: Floats, nothing: float) -> Floats:
    """(h, w) mm -> (h + 2, w + 2) mm with `nothing` where no surface is; the margin repeats the border."""
    h, w = depth.shape
    padded = np.empty((h + 2, w + 2), np.float32)
    limit = np.float32(NO_LIGHT_MM)
    for i in range(h):
        z = depth[i]
        row = padded[i + 1, 1 : 1 + w]
        for j in range(w):
            row[j] = z[j] if z[j] > 0 and z[j] < limit else nothing
        padded[i + 1, 0] = row[0]
        padded[i + 1, w + 1] = row[w - 1]
    padded[0] = padded[1]
    padded[h + 1] = padded[h]
    return padded


@jit
def _simulate(
    depth: Floats,
    noise: Floats,
    white: Floats,
    holes: Floats,
    bias: Floats,
    s: Settings,
    focal: float,
    seed: int,
    out: Floats,
) -> None:
    h, w = depth.shape
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    strength = uniform(seed, 0, 0.5, 1.5)
    sigma, sigma_z2 = np.float32(s.sigma), np.float32(s.sigma_per_mm2)
    hole = np.float32(s.hole_quantile) * uniform(seed, 1, 0.8, 1.2)
    fade = np.float32(s.fade) * uniform(seed, 2, 0.9, 1.1)
    per_fade = one / fade
    background = uniform(seed, 3, 1000.0, 3000.0)
    nothing = np.float32(NO_LIGHT_MM) if hash32(seed, 4) & np.uint32(1) else background
    f = np.float32(focal)
    per_limit = np.float32(1 / s.steep_limit**2)
    edge = np.float32(EDGE_STEEPNESS * s.steep_limit)
    share, cut = np.float32(s.flying_share), np.float32(s.flying_cut)
    unit, per_unit = np.float32(s.unit), np.float32(1 / s.unit)
    near, far = np.float32(s.near), np.float32(s.far)
    lift, scale_chance, scale_part = np.float32(LIFT), np.float32(MIX_SCALES[0]), np.float32(MIX_SCALES[1])
    widest = np.float32(WIDEST_TANGENT_2)

    noise_y, noise_x = hash32(seed, 5), hash32(seed, 6)
    holes_y, holes_x = hash32(seed, 7), hash32(seed, 8)
    bias_y, bias_x = hash32(seed, 9), hash32(seed, 10)
    white_x = hash32(seed, 11)
    sign = one if hash32(seed, 12) & np.uint32(1) else -one
    drift = np.float32(s.multipath) * uniform(seed, 13, -1.5, 1.5)

    padded = distances(depth, nothing)
    grain, patch = np.empty(w, np.float32), np.empty(w, np.float32)
    mix, slow = np.empty(w, np.float32), np.empty(w, np.float32)
    for i in range(h):
        here = padded[i + 1, 1 : 1 + w]
        left, right = padded[i + 1, :w], padded[i + 1, 2:]
        above, below = padded[i, 1 : 1 + w], padded[i + 2, 1 : 1 + w]
        truth = depth[i]
        read_row(noise, noise_y + i, noise_x, strength, grain)
        read_row(holes, holes_y + i, holes_x, sign, patch)
        read_row(white, i, white_x + hash32(seed, 100 + i), one, mix)
        read_row(bias, bias_y + i, bias_x, drift, slow)
        reading = out[i]
        for j in range(w):
            z = here[j]
            to_tangent = f / z
            across = min(abs(left[j] - z), abs(right[j] - z)) * to_tangent
            along = min(abs(above[j] - z), abs(below[j] - z)) * to_tangent
            squared = across * across + along * along
            obliquity = np.sqrt(one + min(squared, widest))
            top = max(max(left[j], right[j]), max(above[j], below[j]))
            low = min(min(left[j], right[j]), min(above[j], below[j]))
            other = top if top - z > z - low else low
            at_edge = abs(other - z) * to_tangent > edge
            chance, part = (mix[j] + lift) * scale_chance, (mix[j] + lift) * scale_part
            chance, part = chance - np.float32(np.int32(chance)), part - np.float32(np.int32(part))
            part = part if at_edge and chance < share else zero
            per_z, per_other = one / z, one / other
            light, other_light = (one - part) * per_z * per_z, part * per_other * per_other
            blend = (light * z + other_light * other) / (light + other_light)
            ratio = z * per_fade
            ratio *= ratio
            limit = hole * (one - squared * per_limit - ratio * ratio)
            value = blend + slow[j] + grain[j] * (sigma + sigma_z2 * z * z) * obliquity
            value = unit * np.float32(np.int32(max(min(value, far + far), zero) * per_unit + half))
            there = truth[j] > zero and truth[j] < np.float32(NO_LIGHT_MM)
            good = there and part <= cut and patch[j] <= limit and value >= near and value <= far
            reading[j] = value if good else zero
