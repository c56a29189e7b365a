"""Hands as a task for `thenar compress`: crops, AWR's loss, a teacher's maps and joints, the error in mm.

It fits the protocol `thenar.compress.task.Task` without importing it: that room knows nothing of hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from thenar.data.heldout import VALIDATION, crops_of
from thenar.data.recorded_crops import recorded_crops
from thenar.data.recording import open_recording
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.hand.skeleton import JOINTS
from thenar.nets.decode import Decode, Decoded
from thenar.nets.factory import saved
from thenar.nets.maps import Maps
from thenar.train.data import Batch
from thenar.train.loss import LossWeights, awr_loss, smooth_l1

CALIBRATION_CROPS = 320
"""Crops that stand for all: ranges of activations and importances are measured on them."""

SHOWN_PIXELS_A_SIDE = 128
DOT = 2

Targets = tuple[Any, Any, Any, Any]
"""depth (B, 1, 128, 128), uvd (B, 21, 3), present (B,), cube_mm (B,)."""


class HandTask:
    """Crops to learn from and to be judged on by the mean error in mm: less is better."""

    higher_is_better = False
    names = ("depth", "uvd", "confidence")

    def __init__(self, network: Any, train: Sequence[Batch], validation: Sequence[Batch]) -> None:
        """`network` tells how its maps are decoded: its `spec`."""
        spec = network.spec
        self._decoding = (spec.joints, spec.map_size, spec.kernel, spec.scale)
        self._decode = Decode(*self._decoding)
        self.train, self.validation = examples(train), examples(validation)

    def loss(self, outputs: Maps, targets: Targets) -> Tensor:
        """AWR's loss of maps and presence."""
        depth, uvd, present, _ = targets
        return awr_loss(outputs, depth, uvd, present, decode=self._decode, weights=LossWeights()).total

    def distill(self, student: Maps, teacher: Maps, targets: Targets) -> Tensor:
        """How far dense maps, and the joints decoded from them, are from the teacher's, where a hand is seen."""
        depth, _, present, _ = targets
        maps = smooth_l1(student.maps.float() - teacher.maps.float()).mean((1, 2, 3))
        joints = smooth_l1(self._decode(student.maps, depth)[0] - self._decode(teacher.maps, depth)[0]).mean((1, 2))
        seen = present.float()
        return ((maps + joints) * seen).sum() / seen.sum().clamp(min=1)

    def metric(self, outputs: Sequence[NDArray[Any]], targets: Targets) -> float:
        """Mean joint error in mm of uvd (N, 21, 3), in the crop's cube."""
        return float(_errors_mm(outputs, targets).mean())

    def breakdown(self, outputs: Sequence[NDArray[Any]], targets: Targets) -> dict[str, float]:
        """Joint -> its mean error in mm."""
        return dict(zip(JOINTS, _errors_mm(outputs, targets).mean(0).tolist(), strict=True))

    def deploy(self, network: nn.Module) -> nn.Module:
        """The network with its decoding: depth -> uvd, confidence."""
        return Decoded(network, *self._decoding)

    def picture(self, image: NDArray[np.float32], outputs: Sequence[NDArray[Any]]) -> NDArray[np.uint8]:
        """(128, 128, 3): the crop in grey, near is bright, and the joints in red."""
        grey = ((1 - image[0].clip(-1, 1)) * 127).astype(np.uint8)
        picture = np.repeat(grey[:, :, None], 3, 2)
        pixels = (outputs[0][:, :2] + 1) / 2 * SHOWN_PIXELS_A_SIDE
        columns, rows = pixels.clip(DOT, SHOWN_PIXELS_A_SIDE - DOT).astype(int).T
        for row, column in zip(rows, columns, strict=True):
            picture[row - DOT + 1 : row + DOT, column - DOT + 1 : column + DOT] = (220, 30, 50)
        return picture


class RenderedHands(HandTask):
    """Rendered crops without end; judged on the validation frames."""

    def __init__(self, network: Any, seed: int = 0, recipe: SampleRecipe | None = None) -> None:
        self._recipe, self._seed = recipe or SampleRecipe(), seed
        self._source: SampleSource | None = None
        calibration = SampleSource(self._recipe, seed + 1, CALIBRATION_CROPS).batch(0)
        super().__init__(network, [calibration], crops_of(VALIDATION))

    def batch(self, step: int, size: int) -> tuple[NDArray[np.float32], Targets]:
        """Training batch `step`."""
        if self._source is None or self._source.batch_size != size:
            self._source = SampleSource(self._recipe, self._seed, size)
        return examples([self._source.batch(step)])


def rendered(path: str, seed: int = 0) -> HandTask:
    """The task of the saved network at `path`, on synthetic hands."""
    return RenderedHands(saved(path), seed)


def recorded(path: str, folder: str, seed: int = 0) -> HandTask:
    """The task of the saved network at `path`, on a labelled recording: its last fifth judges, the rest teaches.

    Raises:
        ThenarError: the folder is no recording, or has too few frames whose joints are all known.
    """
    train, validation = recorded_crops(open_recording(Path(folder)), seed)
    return HandTask(saved(path), [train], [validation])


def examples(batches: Sequence[Batch]) -> tuple[NDArray[np.float32], Targets]:
    """Crops of a source as a task gives them: (inputs, targets)."""
    images, uvd, present, _, cube = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    images = np.ascontiguousarray(images, np.float32)
    return images, (images, uvd, present, cube)


def _errors_mm(outputs: Sequence[NDArray[Any]], targets: Targets) -> NDArray[Any]:
    """(present, 21) of uvd (N, 21, 3), in the crops' cubes."""
    _, uvd, present, cube_mm = targets
    mm: NDArray[Any] = np.linalg.norm(outputs[0] - uvd, axis=2) * (cube_mm[:, None] / 2)
    return mm[present]
