"""Noise, mixed pixels and bias of the sensors that measure phase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from walls import NOMINAL, read, step_edge, wall

from thenar.data.sensors import SENSORS, Sensor, TimeOfFlight
from thenar.data.sensors.describe import wall_sigma_mm

BY_PHASE = {n: s for n, s in SENSORS.items() if isinstance(s.errors, TimeOfFlight)}
every_by_phase = pytest.mark.parametrize("sensor", BY_PHASE.values(), ids=BY_PHASE.keys())


def unbiased(sensor: Sensor) -> Sensor:
    assert isinstance(sensor.errors, TimeOfFlight)
    return replace(sensor, errors=replace(sensor.errors, multipath_mm=0.0))


@every_by_phase
@pytest.mark.parametrize("z_mm", [600, 1200, 2500])
@pytest.mark.parametrize("stride", [1, 2])
def test_noise_of_a_wall_grows_with_the_square_of_its_distance(sensor: Sensor, z_mm: float, stride: int) -> None:
    reading = read(unbiased(sensor), wall(z_mm), NOMINAL, stride)
    assert reading[reading > 0].std() == pytest.approx(wall_sigma_mm(sensor, z_mm), rel=0.08)


@every_by_phase
def test_noise_grows_with_the_angle(sensor: Sensor) -> None:
    row = (700 / (1 - (np.arange(160) - 80) * 1.7 / sensor.camera.fx)).astype(np.float32)
    plane = np.repeat(row[None], 160, axis=0)
    middle = slice(70, 90)
    error = (read(unbiased(sensor), plane, NOMINAL) - plane)[:, middle]
    error = error[np.abs(error) < 50]
    expected = np.hypot(1, 1.7) * wall_sigma_mm(sensor, 700)
    assert error.std() == pytest.approx(expected, rel=0.25)


@every_by_phase
def test_edges_mix_fore_and_background(sensor: Sensor) -> None:
    between, along = [], []
    for seed in range(12):
        reading = read(sensor, step_edge(600, 900), seed)
        flying = (reading > 620) & (reading < 880)
        columns = np.flatnonzero(flying.any(axis=0))
        assert set(columns) <= {63, 64, 95, 96}, "only beside the edge"
        between.append(flying[:, [63, 64, 95, 96]].mean())
        along.append((reading[:, [63, 64, 95, 96]] == 0).mean())
    assert 0.02 < np.mean(between) < 0.7
    assert np.mean(along) > 0.03


def test_azure_drops_more_mixed_pixels_than_kinect2() -> None:
    def dropped(name: str) -> float:
        return float(np.mean([(read(SENSORS[name], step_edge(600, 900), s)[:, 63:65] == 0).mean() for s in range(12)]))

    assert dropped("azure") > 1.5 * dropped("kinect2")


@every_by_phase
def test_bias_varies_slowly(sensor: Sensor) -> None:
    quiet = replace(sensor, errors=replace(sensor.errors, sigma_mm=0.0, sigma_per_m2_mm=0.0, hole_share=0.0))
    seen = [read(quiet, wall(700), seed) - 700 for seed in range(20)]
    assert 0.5 < np.mean([s.std() for s in seen]) < 3
    assert max(np.abs(np.diff(s, axis=1)).max() for s in seen) <= 1, "from pixel to pixel not even a unit"
