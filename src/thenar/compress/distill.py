"""A trained network teaches a smaller one: by its answers, and by what its inner layers see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from thenar.compress.lessons import Lessons
from thenar.compress.task import Task
from thenar.compress.trace import predict_one, tensors
from thenar.errors import ThenarError

MAX_FEATURES = 3


def logits_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of softened classes, less the teacher's own entropy; (N, classes) each, scalar.

    KL(softmax(teacher / T), softmax(student / T)) * T^2 (Hinton et al. 2015, arXiv 1503.02531, section 2).
    """
    softened = functional.log_softmax(student / temperature, 1)
    target = functional.log_softmax(teacher / temperature, 1)
    return functional.kl_div(softened, target, reduction="batchmean", log_target=True) * temperature**2


def outputs_loss(student: Sequence[Tensor], teacher: Sequence[Tensor], absolute: bool = False) -> Tensor:
    """Mean over the outputs of their mean squared, or absolute, difference."""
    distance = functional.l1_loss if absolute else functional.mse_loss
    return torch.stack([distance(one, other) for one, other in zip(student, teacher, strict=True)]).mean()


def default_lessons(task: Task, outputs: Sequence[Tensor]) -> Lessons:
    """Lessons that suit a task: its own `distill`; softened classes where all outputs are (N, K); else the outputs."""
    if hasattr(task, "distill"):
        return Lessons(task=1.0)
    if all(tensor.ndim == 2 for tensor in outputs):
        return Lessons(labels=0.5, logits=0.5)
    return Lessons(outputs=1.0)


class Pupil(nn.Module):
    """A student with what it needs to learn from a teacher: an adapter for each pair of inner layers.

    forward(inputs) is the student's. layers: names, the same in both networks, of the layers that are compared.
    """

    def __init__(self, student: nn.Module, teacher: nn.Module | None, lessons: Lessons, example: Tensor) -> None:
        """Pair the networks; `example` is an input (1, C, H, W).

        Raises:
            ThenarError: the outputs differ in number or shape, or features are asked for and no layer fits.
        """
        super().__init__()
        self.student = student
        self.layers: tuple[str, ...] = ()
        self.adapters = nn.ModuleList()
        if teacher is None:
            return
        _check_outputs(student, teacher, example)
        if lessons.features:
            pairs = _pairs(student, teacher, example)
            if not pairs:
                raise ThenarError("no inner layer is in both networks", where="teacher", fix="set features to 0")
            self.layers = tuple(pairs)
            self.adapters.extend(nn.Conv2d(one, other, 1) for one, other in pairs.values())

    def forward(self, inputs: Tensor) -> Any:
        """What the student returns."""
        return self.student(inputs)


def loss_of(
    pupil: Pupil, teacher: nn.Module | None, task: Task, lessons: Lessons, inputs: Tensor, targets: Any
) -> dict[str, Tensor]:
    """Each weighted term of the loss on a batch, by name."""
    with watched(pupil.student, pupil.layers) as seen:
        outputs = pupil(inputs)
    terms = {}
    if lessons.labels:
        terms["labels"] = lessons.labels * task.loss(outputs, targets)
    if teacher is None or not lessons.needs_teacher:
        return terms
    with torch.no_grad(), watched(teacher, pupil.layers) as shown:
        answers = teacher(inputs)
    student, taught = tensors(outputs), tensors(answers)
    if lessons.logits:
        each = [logits_loss(one, other, lessons.temperature) for one, other in zip(student, taught, strict=True)]
        terms["logits"] = lessons.logits * torch.stack(each).mean()
    if lessons.outputs:
        terms["outputs"] = lessons.outputs * outputs_loss(student, taught, lessons.absolute)
    if lessons.features:
        adapted = [adapter(seen[name]) for adapter, name in zip(pupil.adapters, pupil.layers, strict=True)]
        terms["features"] = lessons.features * outputs_loss(adapted, [shown[name] for name in pupil.layers])
    if lessons.task:
        terms["task"] = lessons.task * task.distill(outputs, answers, targets)  # type: ignore[attr-defined]
    return terms


@contextmanager
def watched(network: nn.Module, names: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """A dictionary that receives the output of each named layer while the network runs."""
    seen: dict[str, Tensor] = {}

    def keep(name: str, output: Tensor) -> None:
        seen[name] = output

    hooks = [
        network.get_submodule(name).register_forward_hook(lambda _, __, output, name=name: keep(name, output))
        for name in names
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _check_outputs(student: nn.Module, teacher: nn.Module, example: Tensor) -> None:
    shapes = [[tuple(t.shape) for t in tensors(predict_one(network, example))] for network in (student, teacher)]
    if shapes[0] != shapes[1]:
        raise ThenarError(
            f"gives {shapes[1]}, the student {shapes[0]}", where="teacher", fix="give a teacher of the same outputs"
        )


def _pairs(student: nn.Module, teacher: nn.Module, example: Tensor) -> dict[str, tuple[int, int]]:
    """Convolutions that both networks have under one name and at one size -> channels in each; some, evenly spread."""
    names = [
        name
        for name, module in student.named_modules()
        if isinstance(module, nn.Conv2d) and isinstance(dict(teacher.named_modules()).get(name), nn.Conv2d)
    ]
    with watched(student, names) as seen, watched(teacher, names) as shown:
        predict_one(student, example)
        predict_one(teacher, example)
    both = [name for name in names if name in seen and name in shown]
    fitting = [name for name in both if seen[name].shape[2:] == shown[name].shape[2:]]
    fitting = fitting[:-1]  # the last one is an output, or close to it
    chosen = fitting[:: max(1, len(fitting) // MAX_FEATURES)][-MAX_FEATURES:]
    return {name: (seen[name].shape[1], shown[name].shape[1]) for name in chosen}
