"""What a step minimises: AWR's loss, what a teacher adds to it, and the error of corrected joints."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from thenar.nets.build import Network
from thenar.nets.decode import Decode
from thenar.nets.refine import Refine
from thenar.train.fused import fused_loss
from thenar.train.loss import Loss, LossWeights, awr_loss, smooth_l1
from thenar.train.teacher import Teacher, attending


@dataclass(frozen=True, eq=False)
class Objective:
    """The loss of a network on a batch. number_format: that of its activations."""

    decode: Decode
    weights: LossWeights
    number_format: torch.dtype
    teacher: Teacher | None = None

    def __call__(self, network: Network, depth: Tensor, uvd: Tensor, present: Tensor) -> Loss:
        """depth: (B, 1, 128, 128). uvd: (B, J, 3) joints. present: (B,) bool, a right hand is in the crop."""
        teacher = self.teacher
        with (
            torch.autocast(depth.device.type, torch.bfloat16, enabled=self.number_format == torch.bfloat16),
            attending(network, teacher is not None and teacher.lessons.attention > 0) as attention,
        ):
            taught = teacher(depth) if teacher else None
            out = network(depth)
        loss_of = fused_loss if depth.device.type == "cpu" else awr_loss
        if teacher is not None and taught is not None:
            uvd = teacher.targets(uvd, taught)
        loss = loss_of(out, depth, uvd, present, decode=self.decode, weights=self.weights)
        total = loss.total
        if teacher is not None and taught is not None:
            total = total + teacher.loss(out, attention, taught, present)
        refine: Refine | None = getattr(network, "refine", None)
        if refine is not None:
            found = loss.found[present]
            error = smooth_l1(refine(found[:, :, :3], found[:, :, 3]) - uvd[present])
            total = total + self.weights.joints * error.sum() / max(1, error.numel())
        return loss._replace(total=total)
