from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from thenar.data.datasets import open_dataset
from thenar.data.datasets.icvl import CAMERA
from thenar.data.frame import BadFrame, Frame
from thenar.errors import ThenarError
from thenar.hand.skeleton import JOINTS

RNG = np.random.default_rng(0)
UVD = RNG.uniform([20, 20, 200], [300, 220, 500], (4, 16, 3)).round(3)
MM = RNG.integers(0, 32_000, (4, 240, 320)).astype(np.uint16)
MM[:, 0, 0] = 32_001


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`Testing` as published: two sequences of two frames."""
    for s in (1, 2):
        images = tmp_path / "Depth" / f"test_seq_{s}"
        images.mkdir(parents=True)
        lines = []
        for i in range(2):
            k = 2 * (s - 1) + i
            Image.fromarray(MM[k]).save(images / f"image_{i:04d}.png")
            lines.append(" ".join([f"test_seq_{s}/image_{i:04d}.png", *(f"{v:.3f}" for v in UVD[k].ravel())]) + " \n")
        (tmp_path / f"test_seq_{s}.txt").write_text("".join(lines) + "\n")
    return tmp_path


def test_frames_and_labels_come_out_in_our_frame(folder: Path) -> None:
    frames = list(open_dataset(folder, "icvl"))
    assert [frame.name for frame in frames] == [f"test_seq_{s}/image_{i:04d}.png" for s in (1, 2) for i in (0, 1)]
    for k, frame in enumerate(frames):
        assert isinstance(frame, Frame) and frame.depth_mm[0, 0] == 0
        np.testing.assert_array_equal(frame.depth_mm[1:], MM[k, 1:])
        joints = frame.hands[0].joints_mm
        np.testing.assert_allclose(CAMERA.project(joints[JOINTS.index("index_tip")]), UVD[k, 6], rtol=1e-5)
        np.testing.assert_allclose(CAMERA.project(joints[JOINTS.index("thumb_cmc")]), UVD[k, 1], rtol=1e-5)
        assert np.isnan(joints[JOINTS.index("wrist")]).all() and np.isfinite(joints[:, 0]).sum() == 15


def test_training_is_read_by_its_labels_txt(folder: Path) -> None:
    (folder / "test_seq_1.txt").rename(folder / "labels.txt")
    (folder / "test_seq_2.txt").unlink()
    assert len(list(open_dataset(folder, "icvl"))) == 2


def test_a_broken_frame_is_told_and_skipped(folder: Path) -> None:
    Image.new("L", (320, 240)).save(folder / "Depth" / "test_seq_1" / "image_0001.png")
    assert [type(frame) for frame in open_dataset(folder, "icvl")] == [Frame, BadFrame, Frame, Frame]


@pytest.mark.parametrize(
    "line",
    [
        "../../etc/passwd " + "1 " * 48,
        "/etc/passwd " + "1 " * 48,
        "test_seq_1/image_0000.png " + "1 " * 47,
        "test_seq_1/image_0000.png " + "1 " * 49,
        "test_seq_1/image_0000.png " + "one " * 48,
        "test_seq_1/image_0000.png " + "nan " * 48,
    ],
)
def test_a_wrong_line_is_named_by_its_number(folder: Path, line: str) -> None:
    (folder / "test_seq_1.txt").write_text(line + "\n")
    with pytest.raises(ThenarError, match=r"test_seq_1\.txt:1"):
        list(open_dataset(folder, "icvl"))


def test_a_folder_without_labels_is_named(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match=r"has neither labels\.txt nor test_seq_N\.txt; give Training or Testing"):
        list(open_dataset(tmp_path, "icvl"))
