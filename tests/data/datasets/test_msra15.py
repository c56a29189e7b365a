from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from thenar.data.datasets import open_dataset
from thenar.data.frame import BadFrame, Frame
from thenar.errors import ThenarError
from thenar.hand.skeleton import JOINTS

RNG = np.random.default_rng(0)
BOX = (100, 50, 180, 130)  # left, top, right, bottom
LABELS = RNG.uniform([-100, -100, -500], [100, 100, -300], (3, 21, 3)).round(3)  # y up, z towards the camera


def bin_of(depth: np.ndarray, header: tuple[int, ...] = (320, 240, *BOX)) -> bytes:
    return struct.pack("<6i", *header) + depth.astype("<f4").tobytes()


def box_depth(k: int) -> np.ndarray:
    depth = np.full((80, 80), 350.0 + k)
    depth[0, 0] = 0
    return depth


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two frames of subject P0, gesture 1, and one of P1, gesture TIP, as published."""
    for subject, gesture, rows in (("P0", "1", (0, 1)), ("P1", "TIP", (2,))):
        place = tmp_path / subject / gesture
        place.mkdir(parents=True)
        for i, k in enumerate(rows):
            (place / f"{i:06d}_depth.bin").write_bytes(bin_of(box_depth(k)))
        lines = [" ".join(f"{v:.3f}" for v in LABELS[k].ravel()) for k in rows]
        (place / "joint.txt").write_text("\n".join([str(len(rows)), *lines]) + "\n")
    return tmp_path


def test_the_box_and_the_joints_land_in_our_frame(folder: Path) -> None:
    frames = list(open_dataset(folder, "msra15"))
    assert [frame.name for frame in frames] == [
        "P0/1/000000_depth.bin",
        "P0/1/000001_depth.bin",
        "P1/TIP/000000_depth.bin",
    ]
    for k, frame in enumerate(frames):
        assert isinstance(frame, Frame) and frame.depth_mm.shape == (240, 320)
        np.testing.assert_array_equal(frame.depth_mm[50:130, 100:180], box_depth(k))
        assert np.count_nonzero(frame.depth_mm) == 80 * 80 - 1
        joints = frame.hands[0].joints_mm
        assert np.isfinite(joints).all() and (joints[:, 2] > 0).all()
        np.testing.assert_allclose(joints[JOINTS.index("index_mcp")], LABELS[k, 1] * [1, -1, -1], rtol=1e-6)
        np.testing.assert_allclose(joints[JOINTS.index("thumb_tip")], LABELS[k, 20] * [1, -1, -1], rtol=1e-6)


@pytest.mark.parametrize(("part", "count"), [("P0", 2), ("P0/1", 2), ("P1/TIP", 1)])
def test_a_subject_or_a_gesture_alone(folder: Path, part: str, count: int) -> None:
    assert len(list(open_dataset(folder / part, "msra15"))) == count


def test_nan_is_no_reading(folder: Path) -> None:
    (folder / "P0/1/000000_depth.bin").write_bytes(bin_of(np.full((80, 80), np.nan)))
    frame = next(iter(open_dataset(folder, "msra15")))
    assert isinstance(frame, Frame) and not frame.depth_mm.any()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 20,
        bin_of(box_depth(0))[:-1],
        bin_of(box_depth(0)) + b"\0",
        bin_of(box_depth(0), (320, 240, 100, 50, 330, 130)),
        bin_of(box_depth(0), (320, 240, 180, 50, 100, 130)),
        bin_of(box_depth(0), (320, 240, -1, 50, 79, 130)),
        bin_of(box_depth(0), (2**31 - 1, 2**31 - 1, 0, 0, 2**31 - 1, 2**31 - 1)),
        b"\0" * 1_000_000,
    ],
    ids=["empty", "no header", "short", "long", "beyond", "backwards", "negative", "absurd", "huge"],
)
def test_a_frame_that_contradicts_its_header_is_told_and_skipped(folder: Path, content: bytes) -> None:
    (folder / "P0/1/000000_depth.bin").write_bytes(content)
    frames = list(open_dataset(folder, "msra15"))
    assert [type(frame) for frame in frames] == [BadFrame, Frame, Frame]
    assert isinstance(frames[0], BadFrame) and "000000_depth.bin" in frames[0].reason


def test_wrong_labels_are_named_by_their_line(folder: Path) -> None:
    (folder / "P0/1/joint.txt").write_text("2\n1 2 3\n")
    with pytest.raises(ThenarError, match=r"joint\.txt:2: 3 numbers where 63"):
        list(open_dataset(folder, "msra15"))


def test_a_folder_without_labels_is_named(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match=r"has no joint\.txt"):
        list(open_dataset(tmp_path, "msra15"))
