from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from thenar.data.datasets import open_dataset
from thenar.data.frame import BadFrame, Frame
from thenar.errors import ThenarError
from thenar.hand.skeleton import JOINTS

RNG = np.random.default_rng(0)
XYZ = RNG.uniform([-100, -100, 300], [100, 100, 800], (2, 21, 3)).round(4)
MM = RNG.integers(0, 4000, (2, 480, 640)).astype(np.uint16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two frames of `training` as published: tabs between the numbers, one after the last."""
    (tmp_path / "images").mkdir()
    lines = []
    for i in range(2):
        name = f"image_D{i + 1:08d}.png"
        Image.fromarray(MM[i]).save(tmp_path / "images" / name, compress_level=1)
        lines.append("\t".join([name, *(f"{v:.4f}" for v in XYZ[i].ravel())]) + "\t\n")
    (tmp_path / "Training_Annotation.txt").write_text("".join(lines))
    return tmp_path


def test_frames_and_labels_come_out_in_our_order(folder: Path) -> None:
    frames = list(open_dataset(folder, "hands17"))
    assert len(frames) == 2
    for i, frame in enumerate(frames):
        assert isinstance(frame, Frame)
        np.testing.assert_array_equal(frame.depth_mm, MM[i])
        joints = frame.hands[0].joints_mm
        for ours, theirs in (("wrist", 0), ("thumb_cmc", 1), ("little_mcp", 5), ("thumb_tip", 8), ("little_tip", 20)):
            np.testing.assert_allclose(joints[JOINTS.index(ours)], XYZ[i, theirs], rtol=1e-6)


def test_a_missing_frame_is_told_and_skipped(folder: Path) -> None:
    (folder / "images" / "image_D00000001.png").unlink()
    assert [type(frame) for frame in open_dataset(folder, "hands17")] == [BadFrame, Frame]


def test_missing_labels_are_named(folder: Path) -> None:
    (folder / "Training_Annotation.txt").unlink()
    with pytest.raises(ThenarError, match=r"Training_Annotation\.txt"):
        list(open_dataset(folder, "hands17"))
