from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.errors import ThenarError
from thenar.hand.camera import Camera, camera_json, read_camera

SR305 = Camera(476.007, 476.007, 313.683, 242.755, 640, 480, 0.125)
FIELDS = json.loads(camera_json(SR305))


@given(st.floats(0, 639), st.floats(0, 479), st.floats(100, 2000))
def test_unproject_is_the_inverse_of_project(u: float, v: float, z: float) -> None:
    point = np.array([u, v, z], np.float32)
    np.testing.assert_allclose(SR305.project(SR305.unproject(point)), point, rtol=1e-5, atol=1e-3)


def test_axes_are_right_down_forward() -> None:
    right, down = SR305.project(np.array([[10.0, 0, 500], [0, 10, 500]]))
    assert right[0] > SR305.cx and right[1] == pytest.approx(SR305.cy)
    assert down[1] > SR305.cy and down[0] == pytest.approx(SR305.cx)


def test_camera_json_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "camera.json"
    path.write_text(camera_json(SR305))
    assert read_camera(path) == SR305


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"fx": 0}, "fx"),
        ({"fy": -1}, "fy"),
        ({"fx": float("nan")}, "fx"),
        ({"cx": float("inf")}, "cx"),
        ({"cy": None}, "cy"),
        ({"width": 0}, "width"),
        ({"height": 10**9}, "height"),
        ({"width": float("inf")}, "camera.json"),
        ({"depth_unit_mm": 0}, "depth_unit_mm"),
        ({"fx": "476"}, "fx"),
        ({"fx": True}, "fx"),
    ],
)
def test_a_wrong_field_is_named_with_its_file(tmp_path: Path, change: dict[str, object], word: str) -> None:
    path = tmp_path / "camera.json"
    path.write_text(json.dumps(FIELDS | change))
    with pytest.raises(ThenarError, match=word) as caught:
        read_camera(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", list(FIELDS))
def test_a_missing_field_is_named(tmp_path: Path, missing: str) -> None:
    path = tmp_path / "camera.json"
    path.write_text(json.dumps({name: value for name, value in FIELDS.items() if name != missing}))
    with pytest.raises(ThenarError, match=f"field {missing} is missing"):
        read_camera(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"null", b"[" * 100_000])
def test_a_file_that_is_no_camera_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "camera.json"
    path.write_bytes(content)
    with pytest.raises(ThenarError, match=r"camera\.json"):
        read_camera(path)


def test_an_absent_file_is_named_with_what_belongs_in_it(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match="no such file; write it with the fields fx"):
        read_camera(tmp_path / "camera.json")


def test_a_camera_cannot_be_changed_into_a_wrong_one() -> None:
    with pytest.raises(ThenarError):
        replace(SR305, fx=0.0)
