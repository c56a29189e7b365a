"""What a student takes from its teacher."""

from __future__ import annotations

import math
from dataclasses import dataclass

from thenar.errors import ThenarError


@dataclass(frozen=True)
class Lessons:
    """Weights of the terms that make up the loss; a term of weight 0 is not computed.

    labels: the task's own loss. logits: cross-entropy of classes softened by `temperature`, for outputs (N, classes).
    outputs: mean squared (or, by `absolute`, absolute) difference of outputs of any shape. features: mean squared
    difference of inner layers, after a learned 1x1 convolution. task: the task's `distill`.
    """

    labels: float = 1.0
    logits: float = 0.0
    outputs: float = 0.0
    features: float = 0.0
    task: float = 0.0
    temperature: float = 4.0
    absolute: bool = False

    def __post_init__(self) -> None:
        weights = (self.labels, self.logits, self.outputs, self.features, self.task)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or not sum(weights):
            raise ThenarError(f"weights {weights}", where="distillation", fix="give 0 or more, and one above 0")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ThenarError(f"temperature {self.temperature}", where="distillation", fix="give a number above 0")

    @property
    def needs_teacher(self) -> bool:
        """Whether a term asks for a teacher."""
        return self.logits + self.outputs + self.features + self.task > 0
