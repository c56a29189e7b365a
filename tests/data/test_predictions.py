from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from thenar.data import predictions
from thenar.data.predictions import evaluate_predictions
from thenar.errors import ThenarError

UVD = np.random.default_rng(0).uniform([100, 100, 500], [500, 400, 900], (6, 14, 3))


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    np.savez(tmp_path / "truth.npz", uvd=UVD)
    return tmp_path / "truth.npz"


@pytest.mark.parametrize(
    ("name", "published_mm"), [("awr_resnet18", 7.754), ("awr_hourglass1", 7.700), ("v2v_posenet", 8.419)]
)
def test_published_nyu_predictions_give_the_published_errors(shared_data: Path, name: str, published_mm: float) -> None:
    folder = shared_data / "published"
    report = evaluate_predictions(folder / f"nyu_{name}_uvd14.npz", folder / "nyu_test_groundtruth_uvd14.npz", "nyu")
    assert report.mean_joint_error_mm == pytest.approx(published_mm, abs=0.0005)
    assert (report.frames, report.frames_without_hand, len(report.joints)) == (8252, 0, 14)


def test_pixels_become_mm_by_the_camera_of_the_set(tmp_path: Path, truth: Path) -> None:
    moved = UVD + np.array([10, 0, 0])
    np.savez(tmp_path / "moved.npz", uvd=moved)
    report = evaluate_predictions(tmp_path / "moved.npz", truth, "nyu")
    assert report.mean_joint_error_mm == pytest.approx((10 * UVD[..., 2] / 588.03).mean(), rel=1e-4)


def test_mm_are_taken_as_they_are(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", joints_mm=UVD)
    np.savez(tmp_path / "b.npz", joints_mm=UVD + np.array([0, 3, 4]))
    assert evaluate_predictions(tmp_path / "b.npz", tmp_path / "a.npz", "nyu").mean_joint_error_mm == pytest.approx(5)


def save_pickle(path: Path) -> None:
    np.savez(path, uvd=np.array([{}, {}], dtype=object))


def save_lie(path: Path) -> None:
    """An array that claims to be far larger than the file."""
    header = repr({"descr": "<f8", "fortran_order": False, "shape": (10**12, 14, 3)}).encode().ljust(117) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("uvd.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: None,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"PK\x03\x04" + b"\0" * 50),
        lambda path: np.save(path.with_suffix(""), UVD) or path.with_suffix(".npy").rename(path),
        lambda path: np.savez(path, other=UVD),
        lambda path: np.savez(path, uvd=UVD[:, :10]),
        lambda path: np.savez(path, uvd=UVD[:3]),
        lambda path: np.savez(path, uvd=UVD.astype(str)),
        save_pickle,
        save_lie,
    ],
    ids=["absent", "empty", "torn zip", "npy", "no key", "10 joints", "fewer frames", "text", "pickle", "lie"],
)
def test_a_file_that_does_not_fit_is_one_line_with_its_name(tmp_path: Path, truth: Path, write) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "predictions.npz"
    write(path)
    with pytest.raises(ThenarError, match=r"predictions\.npz: .*; give"):
        evaluate_predictions(path, truth, "nyu")


def test_an_array_that_would_fill_the_memory_is_not_unpacked(truth: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "MAX_ARRAY_BYTES", 1000)
    with pytest.raises(ThenarError, match="uvd is larger than 1000 bytes"):
        evaluate_predictions(truth, truth, "nyu")
