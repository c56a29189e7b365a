"""Noise, steps, shadows and edges of the sensors that measure disparity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from walls import NOMINAL, read, step_edge, wall

from thenar.data.sensors import SENSORS, Sensor, Triangulation

TRIANGULATING = {n: s for n, s in SENSORS.items() if isinstance(s.errors, Triangulation)}
every_triangulating = pytest.mark.parametrize("sensor", TRIANGULATING.values(), ids=TRIANGULATING.keys())


def errors_of(sensor: Sensor) -> Triangulation:
    assert isinstance(sensor.errors, Triangulation)
    return sensor.errors


# Khoshelham and Elberink 2012: sigma_z = 1.425e-5 z^2 in cm. Intel, D400 tuning guide: z^2 subpixel / (f B).
PUBLISHED = {
    "kinect1": lambda z_mm: 1.425e-5 * (z_mm / 10) ** 2 * 10,
    "d435": lambda z_mm: z_mm**2 * 0.08 / (424 * 50),
}


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("z_mm", [600, 1000, 2000])
@pytest.mark.parametrize("stride", [1, 2])
def test_noise_of_a_wall_follows_the_published_law(name: str, z_mm: float, stride: int) -> None:
    readings = [read(SENSORS[name], wall(z_mm + shift), NOMINAL, stride) for shift in np.linspace(0, 12, 7)]
    spread = np.sqrt(np.mean([r[r > 0].var() for r in readings]))
    assert spread == pytest.approx(np.hypot(PUBLISHED[name](z_mm), 12**-0.5), rel=0.1)


@pytest.mark.parametrize("name, z_mm", [("kinect1", 1800), ("oakd", 1800), ("d435", 2800)])
def test_disparity_comes_in_steps(name: str, z_mm: float) -> None:
    sensor = SENSORS[name]
    step, scale = errors_of(sensor).disparity_step_px, sensor.camera.fx * errors_of(sensor).baseline_mm
    levels = np.unique(read(sensor, wall(z_mm), 5))
    levels = scale / levels[levels > 0] / step
    assert len(levels) > 2
    half_unit = 0.5 / (z_mm**2 / scale * step)  # half a mm, in steps
    assert np.abs(levels - np.rint(levels)).max() < 1.1 * half_unit < 0.2


@every_triangulating
def test_noise_is_correlated_over_the_same_sensor_pixels_at_every_stride(sensor: Sensor) -> None:
    whole = replace(sensor, errors=replace(errors_of(sensor), hole_share=0.0))

    def correlation(reading: np.ndarray, lag: int) -> float:
        r = reading - reading.mean()
        return float((r[:, lag:] * r[:, :-lag]).mean() / r.var())

    fine, coarse = read(whole, wall(800), 2, stride=1), read(whole, wall(800), 2, stride=2)
    assert correlation(fine, 2) == pytest.approx(correlation(coarse, 1), abs=0.12)
    assert fine.std() == pytest.approx(coarse.std(), rel=0.15)


@every_triangulating
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_shadow_is_on_the_right_side_and_as_wide_as_geometry_says(sensor: Sensor, stride: int) -> None:
    errors = errors_of(sensor)
    near, far, size = 500, 800, 160
    expected = sensor.camera.fx * errors.baseline_mm * (1 / near - 1 / far) / stride
    width = {1: [], -1: []}
    for seed in range(8):
        hole = read(sensor, step_edge(near, far), seed, stride) == 0
        width[1].append(hole[:, size * 3 // 5 :].sum(axis=1))
        width[-1].append(hole[:, : size * 2 // 5].sum(axis=1))
    shadow, lit = np.mean(width[errors.shadow_side]), np.mean(width[-errors.shadow_side])
    assert shadow == pytest.approx(expected - errors.fatten_px / stride, abs=2.5)
    assert lit < errors.far_loss_px / stride + 1.0


@pytest.mark.parametrize("name", ["oakd", "d435"])
def test_stereo_fattens_what_is_near(name: str) -> None:
    sensor, near = SENSORS[name], 500
    side = errors_of(sensor).shadow_side
    grown = []
    for seed in range(12):
        reading = read(sensor, step_edge(near, 700), seed)
        beside = reading[:, 54:64] if side > 0 else reading[:, 96:106]  # where no shadow falls
        grown.append((np.abs(beside - near) < 40).sum(axis=1).mean())
    assert np.mean(grown) == pytest.approx(errors_of(sensor).fatten_px, abs=0.5)


def test_structured_light_leaves_a_gap_at_every_jump() -> None:
    """No two neighbouring readings of the recorded SR305 frames differ by 20 mm."""
    for seed in range(8):
        reading = read(SENSORS["sr305"], step_edge(500, 600), seed)
        both = (reading[:, 1:] > 0) & (reading[:, :-1] > 0)
        assert np.abs(np.diff(reading, axis=1))[both].max() < 20


def test_strength_varies_from_seed_to_seed() -> None:
    spreads = [r[r > 0].std() for r in (read(SENSORS["d435"], wall(1500), seed) for seed in range(40))]
    assert max(spreads) > 2 * min(spreads)
