from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from thenar.data.datasets import open_dataset
from thenar.data.datasets.nyu import CAMERA
from thenar.data.frame import BadFrame, Frame
from thenar.errors import MissingExtra, ThenarError
from thenar.hand.conventions import NYU_EVALUATED
from thenar.hand.skeleton import JOINTS

io = pytest.importorskip("scipy.io", reason="SciPy reads NYU's labels")

RNG = np.random.default_rng(0)
UVD = RNG.uniform([100, 100, 500], [500, 400, 900], (2, 3, 36, 3))
MM = RNG.integers(0, 10_000, (3, 480, 640)).astype(np.uint16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three frames of the first camera as published: depth packed into green and blue, labels of two cameras."""
    for i, depth in enumerate(MM):
        rgb = np.stack([RNG.integers(0, 256, depth.shape), depth >> 8, depth & 255], axis=-1).astype(np.uint8)
        Image.fromarray(rgb).save(tmp_path / f"depth_1_{i + 1:07d}.png", compress_level=1)
    io.savemat(tmp_path / "joint_data.mat", {"joint_uvd": UVD, "joint_xyz": UVD * 0, "joint_names": ["x"]})
    return tmp_path


@pytest.mark.train
def test_depth_is_unpacked_and_labels_are_in_our_frame(folder: Path) -> None:
    frames = list(open_dataset(folder, "nyu"))
    assert [frame.name for frame in frames] == [f"depth_1_{i:07d}.png" for i in (1, 2, 3)]
    for i, frame in enumerate(frames):
        assert isinstance(frame, Frame) and frame.hands[0].side == "right"
        np.testing.assert_array_equal(frame.depth_mm, MM[i])
        index_tip = frame.hands[0].joints_mm[JOINTS.index("index_tip")]
        np.testing.assert_allclose(CAMERA.project(index_tip), UVD[0, i, NYU_EVALUATED[6]], rtol=1e-5)
        assert np.isnan(frame.hands[0].joints_mm[0]).all() and np.isfinite(frame.hands[0].joints_mm).sum() == 11 * 3


@pytest.mark.train
def test_a_missing_frame_is_told_and_skipped(folder: Path) -> None:
    (folder / "depth_1_0000002.png").unlink()
    assert [type(frame) for frame in open_dataset(folder, "nyu")] == [Frame, BadFrame, Frame]


@pytest.mark.train
@pytest.mark.parametrize("content", [b"", b"hello" * 100, b"MATLAB 5.0 MAT-file" + b"\0" * 200, None])
def test_broken_labels_are_named(folder: Path, content: bytes | None) -> None:
    path = folder / "joint_data.mat"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(ThenarError, match=r"joint_data\.mat"):
        next(iter(open_dataset(folder, "nyu")))


@pytest.mark.train
@pytest.mark.parametrize(
    "labels", [{"other": 1}, {"joint_uvd": np.zeros((3, 36, 3))}, {"joint_uvd": np.zeros((1, 3, 14, 3))}]
)
def test_labels_of_another_shape_are_named(folder: Path, labels: dict[str, object]) -> None:
    io.savemat(folder / "joint_data.mat", labels)
    with pytest.raises(ThenarError, match=r"joint_data\.mat"):
        next(iter(open_dataset(folder, "nyu")))


def test_without_scipy_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"SciPy is not installed; .*thenar\[train\]"):
        next(iter(open_dataset(folder, "nyu")))
