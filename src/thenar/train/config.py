"""What decides a run's weights (`Schedule`, `FitConfig`) and how it is carried out (`Machine`)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from thenar.errors import ThenarError
from thenar.train.lessons import Lessons

OPTIMIZERS = ("adamw", "muon")
WEIGHT_BITS = (4, 8)


@dataclass(frozen=True)
class Schedule:
    """How weights move over a run: with the same data, machine and these values they are the same, bit for bit.

    learning_rate: at its peak, after `warmup` steps; a cosine leads to `final_rate` times it at the last step.
    ema_half_life: steps after which a weight's share in the average has halved. clip: largest norm of the gradient.
    """

    steps: int
    seed: int = 0
    learning_rate: float = 2e-3
    final_rate: float = 0.01
    warmup: int = 300
    weight_decay: float = 0.01
    clip: float = 1.0
    ema_half_life: float = 300.0

    def __post_init__(self) -> None:
        positive = {"steps": self.steps, "learning_rate": self.learning_rate, "clip": self.clip}
        for name, value in {**positive, "ema_half_life": self.ema_half_life}.items():
            if not (math.isfinite(value) and value > 0):
                raise ThenarError(f"{name} = {value}", where="training config", fix="give a number above 0")
        _not_negative(self, "warmup", "weight_decay", "final_rate", "seed")

    def rate(self, step: int) -> float:
        """Learning rate of step 0, 1, ...: linear warm-up, then a cosine."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        wave = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
        return self.learning_rate * (self.final_rate + (1 - self.final_rate) * wave)


@dataclass(frozen=True)
class FitConfig(Schedule):
    """The recipe of a hand network's run.

    dense, joints, presence: see `thenar.train.loss.LossWeights`. lessons: what a teacher adds, where there is one.
    optimizer: "adamw" or "muon". only: "refine" leaves all but the correction of joints as it was. weight_bits: large
    weights are rounded to that many bits while they are trained, for a file that stores them so; 0 leaves them.
    eight_bits: layers that are not rounded, by the first parts of their names: "head", "ups.1".
    """

    dense: float = 1.0
    joints: float = 1.0
    presence: float = 0.4
    lessons: Lessons = field(default_factory=Lessons)
    optimizer: str = "adamw"
    only: str = ""
    weight_bits: int = 0
    eight_bits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.optimizer not in OPTIMIZERS:
            raise ThenarError(
                f"no such optimizer: {self.optimizer}", where="training config", fix=f"use {' or '.join(OPTIMIZERS)}"
            )
        if self.only not in ("", "refine"):
            raise ThenarError(f"only = {self.only!r}", where="training config", fix='use "refine" or leave it out')
        if self.weight_bits not in (0, *WEIGHT_BITS):
            raise ThenarError(
                f"weight_bits = {self.weight_bits}",
                where="training config",
                fix=f"use {' or '.join(map(str, WEIGHT_BITS))}, or 0 for none",
            )
        _not_negative(self, "dense", "joints", "presence")


def _not_negative(config: Schedule, *names: str) -> None:
    for name in names:
        if not getattr(config, name) >= 0:
            raise ThenarError(f"{name} = {getattr(config, name)}", where="training config", fix="give 0 or more")


@dataclass(frozen=True)
class Machine:
    """How a run is carried out; may change when a run is resumed (other `threads` round differently, though).

    workers: processes that make data; 0 makes it between the steps. threads: of PyTorch, 0 = its own choice.
    precision: "bfloat16", "float32" or "auto" (bfloat16 where the hardware multiplies it).
    evaluate_every, log_every: steps. checkpoint_minutes: 0 writes one after every step.
    """

    device: str = "cpu"
    workers: int = 1
    threads: int = 0
    precision: str = "auto"
    evaluate_every: int = 2000
    log_every: int = 50
    checkpoint_minutes: float = 5.0
    progress: bool = field(default=True)

    def __post_init__(self) -> None:
        if self.precision not in ("auto", "bfloat16", "float32"):
            raise ThenarError(f"precision {self.precision!r}", where="training", fix="use auto, bfloat16 or float32")
        if min(self.workers, self.threads, self.checkpoint_minutes) < 0 or min(self.evaluate_every, self.log_every) < 1:
            raise ThenarError("a negative count", where="training", fix="give 0 or more, every_* 1 or more")
