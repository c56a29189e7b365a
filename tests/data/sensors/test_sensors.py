"""What every sensor must do with every window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walls import read, step_edge, wall

from thenar.data.sensors import SENSORS, Sensor, Triangulation, apply
from thenar.errors import ThenarError

NAMES = sorted(SENSORS)
every_sensor = pytest.mark.parametrize("sensor", SENSORS.values(), ids=SENSORS.keys())


def test_the_six_sensors() -> None:
    assert {s.family for s in SENSORS.values()} == {"structured light", "time of flight", "stereo"}
    assert NAMES == ["azure", "d435", "kinect1", "kinect2", "oakd", "sr305"]
    assert all(name == sensor.name and sensor.source for name, sensor in SENSORS.items())


@every_sensor
def test_same_seed_same_reading_other_seed_another(sensor: Sensor) -> None:
    depth = step_edge(600, 800)
    before = depth.copy()
    assert np.array_equal(read(sensor, depth, 7), read(sensor, depth, 7))
    assert not np.array_equal(read(sensor, depth, 7), read(sensor, depth, 8))
    assert np.array_equal(depth, before), "the true depth is left alone"


@every_sensor
def test_nothing_stays_nothing(sensor: Sensor) -> None:
    for empty in (np.inf, 0.0):
        assert not read(sensor, wall(empty, 40), 3).any()


@every_sensor
def test_a_wall_in_range_is_read_nearly_whole_and_one_out_of_range_not(sensor: Sensor) -> None:
    share = np.mean([(read(sensor, wall(700), seed) > 0).mean() for seed in range(12)])
    assert share > 0.96
    for z in (sensor.near_mm * 0.9, sensor.far_mm * 1.1):
        assert not read(sensor, wall(z, 40), 3).any()


@every_sensor
def test_a_wall_is_read_where_it_is(sensor: Sensor) -> None:
    readings = np.concatenate([r[r > 0] for r in (read(sensor, wall(700), seed) for seed in range(12))])
    assert abs(readings.mean() - 700) < 0.6
    assert 0 < readings.std() < 6


@every_sensor
def test_steep_surfaces_are_lost(sensor: Sensor) -> None:
    def valid_share(tangent: float) -> float:
        x = np.arange(80) - 40
        row = 700 / (1 - x * tangent / sensor.camera.fx)
        plane = np.repeat(row[None].astype(np.float32), 80, axis=0)
        return float(np.mean([(read(sensor, plane, seed)[:, 10:70] > 0).mean() for seed in range(6)]))

    assert valid_share(0.5) > 0.9
    assert valid_share(1.2 * sensor.errors.steep_limit) < 0.5


@every_sensor
def test_a_hand_keeps_most_of_its_fingers(sensor: Sensor) -> None:
    width = round(16 * sensor.camera.fx / 600)  # a finger of 16 mm at 600 mm
    depth = wall(np.inf)
    depth[:, 70 : 70 + width] = 600
    kept = np.mean([(read(sensor, depth, seed)[:, 70 : 70 + width] > 0).mean() for seed in range(12)])
    assert kept > 0.72


@every_sensor
def test_bad_windows_are_refused(sensor: Sensor) -> None:
    for depth, stride, focal in ((wall(600, 4), 0, 400.0), (wall(600, 4), 1, 0.0), (wall(600, 4)[0], 1, 400.0)):
        with pytest.raises(ThenarError, match=sensor.name):
            apply(sensor, depth, stride, focal, 1)
    with pytest.raises(ThenarError, match="window"):
        apply(sensor, np.empty((0, 5), np.float32), 1, 400.0, 1)


@given(
    name=st.sampled_from(NAMES),
    shape=st.tuples(st.integers(1, 40), st.integers(1, 300)),
    stride=st.integers(1, 5),
    focal_scale=st.floats(0.3, 3.0),
    seed=st.integers(0, 2**63),
    content=st.integers(0, 2**31),
)
def test_any_window_gives_whole_units_within_range(
    name: str, shape: tuple[int, int], stride: int, focal_scale: float, seed: int, content: int
) -> None:
    sensor = SENSORS[name]
    rng = np.random.default_rng(content)
    depth = rng.uniform(100, 5000, shape).astype(np.float32)
    smooth = rng.random() < 0.5
    if smooth:
        depth[:] = rng.uniform(300, 1500) + np.linspace(0, rng.uniform(0, 300), shape[1])
    odd = np.array([np.inf, 0, np.nan, -5, 1e-30, 1e30], np.float32)
    depth = np.where(rng.random(shape) < 0.2, rng.choice(odd, shape), depth)

    reading = apply(sensor, depth, stride, sensor.camera.fx * focal_scale / stride, seed)

    assert reading.dtype == np.float32 and reading.shape == shape
    assert np.isfinite(reading).all()
    seen = reading[reading > 0]
    assert (reading >= 0).all() and (seen >= sensor.near_mm).all() and (seen <= sensor.far_mm).all()
    units = reading / sensor.camera.depth_unit_mm
    assert np.array_equal(units, np.rint(units))
    grows = isinstance(sensor.errors, Triangulation) and sensor.errors.fatten_px > 0
    nothing = ~(np.isfinite(depth) & (depth > 0))
    assert grows or not reading[nothing].any()


@every_sensor
def test_the_focal_length_of_the_window_counts(sensor: Sensor) -> None:
    depth = np.maximum(step_edge(600, 800), np.linspace(500, 900, 160, dtype=np.float32))
    assert not np.array_equal(apply(sensor, depth, 1, 300.0, 1), apply(sensor, depth, 1, 600.0, 1))
