"""What a student takes from its teacher."""

from __future__ import annotations

from dataclasses import dataclass

from thenar.errors import ThenarError


@dataclass(frozen=True)
class Lessons:
    """How much of a teacher goes into the loss; all zero is training without one.

    joints: share of the teacher's joints in the targets, the rest is the labels'. maps: weight of the mean smooth L1
    between the two networks' maps. attention: weight of the squared distance between their stages' attention.
    """

    joints: float = 0.0
    maps: float = 0.0
    attention: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.joints <= 1 and self.maps >= 0 and self.attention >= 0):
            raise ThenarError(
                "a lesson's weight is out of range",
                where="distillation",
                fix="give joints 0 to 1, the others 0 or more",
            )
