"""The page about the sensors says what the code says."""

from __future__ import annotations

from pathlib import Path

from thenar.data.sensors import SENSORS
from thenar.data.sensors.describe import depth_step_mm, markdown_table, wall_sigma_mm

PAGE = Path(__file__).parents[3] / "docs" / "sensors.md"


def test_the_page_holds_the_table() -> None:
    table = markdown_table(SENSORS.values())
    assert table in PAGE.read_text(encoding="utf-8"), f"put this into docs/sensors.md:\n{table}"


def test_noise_and_steps_grow_with_range() -> None:
    for sensor in SENSORS.values():
        assert wall_sigma_mm(sensor, 500) < wall_sigma_mm(sensor, 1000)
        assert sensor.camera.depth_unit_mm <= depth_step_mm(sensor, 500) <= depth_step_mm(sensor, 1000)
