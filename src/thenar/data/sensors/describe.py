"""The sensors in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

from thenar.data.sensors.sensor import Sensor, Triangulation


def wall_sigma_mm(sensor: Sensor, z_mm: float) -> float:
    """Standard deviation, mm, of the readings of a wall seen square on at `z_mm`, at nominal strength."""
    errors, unit = sensor.errors, sensor.camera.depth_unit_mm
    if isinstance(errors, Triangulation):
        sigma = z_mm**2 / (sensor.camera.fx * errors.baseline_mm) * errors.disparity_sigma_px
    else:
        sigma = errors.sigma_mm + errors.sigma_per_m2_mm * (z_mm / 1000) ** 2
    return math.hypot(sigma, unit / math.sqrt(12))


def depth_step_mm(sensor: Sensor, z_mm: float) -> float:
    """Distance, mm, between two depths that the sensor can tell apart at `z_mm`."""
    errors, unit = sensor.errors, sensor.camera.depth_unit_mm
    if not isinstance(errors, Triangulation):
        return unit
    return max(unit, z_mm**2 / (sensor.camera.fx * errors.baseline_mm) * errors.disparity_step_px)


def markdown_table(sensors: Iterable[Sensor]) -> str:
    """A Markdown table with one row per sensor."""
    lines = [
        "| sensor | family | image | f px | baseline mm | range mm | noise, 600 mm | step, 600 mm | shadows | from |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for s in sensors:
        baseline, shadow = "-", "none"
        if isinstance(s.errors, Triangulation):
            baseline = f"{s.errors.baseline_mm:g}"
            shadow = "right" if s.errors.shadow_side > 0 else "left"
        lines.append(
            f"| `{s.name}` | {s.family} | {s.camera.width}x{s.camera.height} | {s.camera.fx:g} | {baseline} "
            f"| {s.near_mm:.0f}-{s.far_mm:.0f} | {wall_sigma_mm(s, 600):.2f} mm | {depth_step_mm(s, 600):.2f} mm "
            f"| {shadow} | {s.source} |"
        )
    return "\n".join(lines) + "\n"
