"""Distillation: a trained network's answers beside, or instead of, the labels.

Where a joint is hidden the label is one draw of many poses that look alike; a teacher answers with their middle, which
is all that the loss can ask for, at every draw (Hinton et al. 2015, arXiv 1503.02531). Spatial attention of the stages
is matched without adapters (Zagoruyko and Komodakis 2017, arXiv 1612.03928, equation 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from thenar.errors import ThenarError
from thenar.nets.build import Network
from thenar.nets.decode import Decode
from thenar.nets.maps import Maps
from thenar.nets.refine import refined
from thenar.nets.spec import Spec, StudentSpec
from thenar.nets.store import load
from thenar.train.lessons import Lessons
from thenar.train.loss import smooth_l1


@dataclass(frozen=True)
class Taught:
    """A teacher's view of a batch: maps, decoded uvd (B, J, 3) and the attention of its stages."""

    maps: Tensor
    uvd: Tensor
    attention: tuple[Tensor, ...]


class Teacher:
    """A saved network that answers, in evaluation mode and without gradients, for another in training.

    Raises:
        ThenarError: there is no such network, or its joints or maps are not the student's.
    """

    def __init__(self, stem: Path, student: Spec, lessons: Lessons, device: torch.device) -> None:
        self.lessons = lessons
        self._network = load(stem).to(device, memory_format=torch.channels_last).requires_grad_(False)  # type: ignore[call-overload]
        spec = self._network.spec
        if spec.joints != student.joints:
            raise ThenarError(
                f"has {spec.joints} joints, the student {student.joints}",
                where=stem,
                fix="give a teacher of the same hand",
            )
        if lessons.maps and (spec.map_size, spec.kernel) != (student.map_size, student.kernel):
            raise ThenarError(
                f"has {spec.map_size}x{spec.map_size} maps of kernel {spec.kernel}, the student other ones",
                where=stem,
                fix="set the weight of maps to 0, or give a teacher with the student's maps",
            )
        if lessons.attention and not (isinstance(spec, StudentSpec) and isinstance(student, StudentSpec)):
            raise ThenarError("has other stages", where=stem, fix="set the weight of attention to 0")
        self._decode = Decode(spec.joints, spec.map_size, spec.kernel, spec.scale).to(device)

    @torch.no_grad()
    def __call__(self, depth: Tensor) -> Taught:
        """What the teacher sees in (B, 1, 128, 128) depth."""
        with attending(self._network, bool(self.lessons.attention)) as attention:
            maps = self._network(depth).maps
        return Taught(maps, refined(self._network, *self._decode(maps, depth)), tuple(attention))

    def targets(self, uvd: Tensor, taught: Taught) -> Tensor:
        """Labels (B, J, 3) moved towards the teacher's joints."""
        return torch.lerp(uvd, taught.uvd.to(uvd.dtype), self.lessons.joints)

    def loss(self, out: Maps, attention: Sequence[Tensor], taught: Taught, present: Tensor) -> Tensor:
        """The weighted terms beyond the targets, over the crops that show a hand."""
        total = torch.zeros((), device=out.maps.device)
        if self.lessons.maps:
            error = smooth_l1(out.maps.float() - taught.maps.float()).mean((1, 2, 3))
            total = total + self.lessons.maps * (error * present).sum() / present.sum().clamp(min=1)
        if self.lessons.attention:
            pairs = list(paired(attention, taught.attention))
            distances = [(one - other).square().sum(1).mean() for one, other in pairs]
            total = total + self.lessons.attention * torch.stack(distances).mean()
        return total


@contextmanager
def attending(network: Network | nn.Module, wanted: bool) -> Iterator[list[Tensor]]:
    """A list that receives, while the network runs, the attention (B, H, W) of every stage: its mean square activation
    over the channels."""
    found: list[Tensor] = []
    stages = list(network.stages) if wanted else []  # type: ignore[arg-type]
    hooks = [
        stage.register_forward_hook(lambda module, given, output: found.append(output.float().square().mean(1)))
        for stage in stages
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def paired(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Attention of equal size, each as a unit vector (B, H * W)."""
    by_size = {attention.shape: attention for attention in teacher}
    for attention in student:
        if attention.shape in by_size:
            yield (
                functional.normalize(attention.flatten(1), dim=1),
                functional.normalize(by_size[attention.shape].flatten(1), dim=1),
            )
