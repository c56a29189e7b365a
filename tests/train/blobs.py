"""A source of blobs: 21 joints are drawn as discs of depth; made of NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thenar.train.data import Batch

CELLS = (np.arange(128, dtype=np.float32) + 0.5) / 64 - 1


@dataclass(frozen=True)
class Blobs:
    """Five-armed stars of discs, at random places and turns; a mirrored star is no right hand."""

    seed: int = 0
    size: int = 8

    def batch(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        images = np.ones((self.size, 1, 128, 128), np.float32)
        uvd = np.zeros((self.size, 21, 3), np.float32)
        present = rng.random(self.size) < 0.8
        for b in range(self.size):
            turn = rng.uniform(-np.pi, np.pi)
            center = rng.uniform(-0.15, 0.15, 3)
            side = 1 if present[b] else -1
            for arm in range(5):
                angle = turn + side * (0.45 * arm + 0.1 * arm * arm)
                for bone in range(4):
                    reach = 0.2 + 0.14 * bone
                    uvd[b, 1 + 4 * arm + bone] = center + np.array(
                        (reach * np.cos(angle), reach * np.sin(angle), 0.1 * bone)
                    )
            uvd[b, 0] = center
            for u, v, d in uvd[b]:
                disc = (CELLS[None] - u) ** 2 + (CELLS[:, None] - v) ** 2 < 0.07**2
                images[b, 0][disc] = np.minimum(images[b, 0][disc], d - 0.05)
        visible = np.ones((self.size, 21), bool)
        return Batch(images.astype(np.float16), uvd, present, visible, np.full(self.size, 280, np.float32))


@dataclass(frozen=True)
class Recycled:
    """The first `distinct` batches of another source over and over: costs nothing, for speed and cross-checks."""

    seed: int = 0
    size: int = 64
    distinct: int = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", [Blobs(self.seed, self.size).batch(i) for i in range(self.distinct)])

    def batch(self, step: int) -> Batch:
        return self.kept[step % self.distinct]  # type: ignore[attr-defined,no-any-return]
