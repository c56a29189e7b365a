"""What stands in the sequences: a person, a table, things.

Each function gives rows of a shape table, see `shapes3d`; mm, camera frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter_far, shapes3d
from thenar.data.clutter import ClutterPlan

Floats = NDArray[np.float32]
Point = tuple[float, float, float]


def person(head_mm: Point) -> Floats:
    """An upright person who faces the camera: head with a nose, neck, chest, shoulders; the middle of the head given.

    Sizes are the middle of those in `clutter_far.body`.
    """
    x, y, z = head_mm
    rows = _rows(5)
    shapes3d.ellipsoid(rows[0], clutter_far.BODY, _at(x, y, z), _at(75, 0, 0), _at(0, 112, 0), _at(0, 0, 96))
    shapes3d.ellipsoid(rows[1], clutter_far.BODY, _at(x, y + 12, z - 92), _at(15, 0, 0), _at(0, 26, 0), _at(0, 0, 18))
    shapes3d.round_cone(rows[2], clutter_far.BODY, _at(x, y + 150, z + 30), _at(x, y, z + 10), 62, 52)
    chest = _at(x, y + 390, z + 30)
    shapes3d.ellipsoid(rows[3], clutter_far.BODY, chest, _at(168, 0, 0), _at(0, 265, 0), _at(0, 0, 110))
    left, right = _at(x - 160, y + 210, z + 30), _at(x + 160, y + 210, z + 30)
    shapes3d.round_cone(rows[4], clutter_far.BODY, left, right, 62, 62)
    return rows


def wall(z_mm: float) -> Floats:
    """A wall across the whole view."""
    rows = _rows(1)
    shapes3d.plate(rows[0], clutter_far.WALL, _at(0, 0, z_mm), _at(5000, 0, 0), _at(0, 5000, 0))
    return rows


def table_top(z_mm: float, half_mm: float) -> Floats:
    """A table seen straight from above."""
    rows = _rows(1)
    shapes3d.plate(rows[0], clutter_far.SURFACE, _at(0, 0, z_mm), _at(half_mm, 0, 0), _at(0, half_mm, 0))
    return rows


def bottle(center_mm: Point, radius_mm: float, half_height_mm: float) -> Floats:
    """An upright cylinder."""
    rows = _rows(1)
    ends = _at(radius_mm, 0, 0), _at(0, 0, radius_mm), _at(0, half_height_mm, 0)
    shapes3d.frustum(rows[0], clutter_far.THING, _at(*center_mm), ends[0], ends[1], ends[2], 1.0)
    return rows


def box(center_mm: Point, half_mm: Point) -> Floats:
    """A box that stands straight."""
    rows = _rows(1)
    x, y, z = half_mm
    shapes3d.box(rows[0], clutter_far.THING, _at(*center_mm), _at(x, 0, 0), _at(0, y, 0), _at(0, 0, z))
    return rows


def ball(center_mm: Point, radius_mm: float) -> Floats:
    """A ball."""
    rows = _rows(1)
    r = radius_mm
    shapes3d.ellipsoid(rows[0], clutter_far.THING, _at(*center_mm), _at(r, 0, 0), _at(0, r, 0), _at(0, 0, r))
    return rows


def limb(a_mm: Point, b_mm: Point, radius_mm: float) -> Floats:
    """Somebody's arm or leg, without its end."""
    rows = _rows(1)
    shapes3d.round_cone(rows[0], clutter_far.BODY, _at(*a_mm), _at(*b_mm), radius_mm, radius_mm)
    return rows


def scene(*parts: Floats) -> ClutterPlan:
    """All of it together."""
    return ClutterPlan(np.concatenate(parts))


def _rows(count: int) -> Floats:
    return np.zeros((count, shapes3d.COLUMNS), np.float32)


def _at(x: float, y: float, z: float) -> Floats:
    return np.array([x, y, z], np.float32)
