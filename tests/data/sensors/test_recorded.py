"""The simulated SR305 beside recorded frames of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from walls import read, wall

from thenar.data.sensors import SENSORS

SIDE = 9


def patch_noise(depth_mm: np.ndarray) -> np.ndarray:
    """(N, 2): range and standard deviation, mm, of whole 9x9 patches facing the camera, a quadratic taken off."""
    y, x = np.mgrid[-4:5, -4:5].reshape(2, -1)
    basis = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1).astype(float)
    fit = np.linalg.pinv(basis)
    patches = np.lib.stride_tricks.sliding_window_view(depth_mm, (SIDE, SIDE))[::11, ::11].reshape(-1, SIDE * SIDE)
    patches = patches[(patches > 0).all(axis=1) & (np.ptp(patches, axis=1) < 12)].astype(float)
    terms = patches @ fit.T
    rest = patches - terms @ basis.T
    facing = np.hypot(terms[:, 1], terms[:, 2]) * SENSORS["sr305"].camera.fx / terms[:, 0] < 0.3
    return np.stack([terms[:, 0], rest.std(axis=1) * np.sqrt(81 / 75)], axis=1)[facing]


def test_noise_of_skin_and_cloth_is_the_walls(shared_data: Path) -> None:
    frames = sorted((shared_data / "real_depth_sr305").glob("*/*.png"))
    recorded = np.concatenate([patch_noise(np.asarray(Image.open(f), np.float32) * 0.125) for f in frames])
    for low, high in ((450, 520), (580, 640), (700, 800), (800, 900)):
        here = recorded[(recorded[:, 0] > low) & (recorded[:, 0] < high), 1]
        slope = np.linspace(-15, 15, 160, dtype=np.float32)
        surface = wall((low + high) / 2) + slope + slope[:, None]  # no surface lies exactly along a depth step
        ours = [patch_noise(read(SENSORS["sr305"], surface, s))[:, 1] for s in range(40)]
        assert np.median(np.concatenate(ours)) == pytest.approx(np.median(here), rel=0.2)
