"""Training of any network on any task: checkpoints, averaged weights, Ctrl-C, exact resumption."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from tqdm import tqdm

from thenar.compress.batches import Batches
from thenar.compress.distill import Pupil, loss_of
from thenar.compress.lessons import Lessons
from thenar.compress.task import Batch, Task, several
from thenar.errors import ThenarError
from thenar.train import checkpoint, machine
from thenar.train.config import Machine, Schedule
from thenar.train.ema import Ema
from thenar.train.log import Log
from thenar.train.optimizer import adamw
from thenar.train.rounded import rounded, settled
from thenar.train.stop import stop_signal
from thenar.train.workers import Workers

SETTLED_ON = 16
"""Batches, the run's last, on which batch norm's statistics are measured for rounded weights."""


@dataclass(frozen=True)
class Fitted:
    """network: the averaged weights, in evaluation mode. finished: False where Ctrl-C ended it."""

    network: nn.Module
    step: int
    finished: bool


def fit(
    network: nn.Module,
    task: Task,
    make_batches: Callable[[], Batches],
    schedule: Schedule,
    folder: Path,
    *,
    teacher: nn.Module | None = None,
    lessons: Lessons | None = None,
    weight_bits: int = 0,
    eight_bits: Collection[str] = (),
    run: Machine | None = None,
    label: str = "training",
) -> Fitted:
    """Train `network`, in place, on batches 0, 1, ...; `folder` gets checkpoints/ and log.jsonl.

    A run found in `folder` goes on where its last checkpoint stood. teacher: learned from, as `lessons` say; without
    lessons from the labels alone. weight_bits: large weights are rounded to that many while they are trained, and in
    the result; 0 leaves them; so do the layers `eight_bits`. Computes in float32.

    Raises:
        ThenarError: the loss is not finite (the checkpoint before that batch is kept), the teacher doesn't fit, the
            checkpoints are another network's, a data worker died, or the disk is full.
    """
    run, lessons = run or Machine(workers=0), lessons or Lessons()
    machine.keep_memory()
    torch.manual_seed(schedule.seed)
    device = torch.device(run.device)
    example = torch.from_numpy(Batch.of(task.train).inputs[:1])
    pupil = Pupil(network, teacher, lessons, example).to(device)
    if teacher is not None:
        teacher = teacher.to(device).eval().requires_grad_(False)
    optimizer = adamw(pupil, schedule)
    ema = Ema(pupil, schedule.ema_half_life)
    state = checkpoint.State(pupil, ema.network, optimizer)
    folder.mkdir(parents=True, exist_ok=True)
    step = start = checkpoint.read_latest(folder / "checkpoints", state)
    log = Log(folder / "log.jsonl", start)
    pupil.train()
    saved_at = time.monotonic()
    with (
        stop_signal() as stop,
        Workers(make_batches, count=run.workers, start=start) as batches,
        tqdm(total=schedule.steps, initial=start, desc=label, disable=not run.progress, mininterval=0.5) as bar,
    ):
        while step < schedule.steps and not stop:
            inputs, *targets = (torch.from_numpy(array).to(device) for array in next(batches))
            with rounded(pupil.student, weight_bits, eight_bits):
                terms = loss_of(pupil, teacher, task, lessons, inputs, several(targets))
                total = cast(Tensor, sum(terms.values()))
                total.backward()  # type: ignore[no-untyped-call]
            norm = nn.utils.clip_grad_norm_(pupil.parameters(), schedule.clip)
            if not (math.isfinite(total.item()) and math.isfinite(norm.item())):
                checkpoint.write(folder / "checkpoints", step, state)
                raise ThenarError(
                    f"loss {total.item():g}, gradient {norm.item():g} at batch {step}",
                    where=label,
                    fix="the checkpoint before it is kept: look at that batch, or start again at a lower rate",
                )
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate(step)
            optimizer.step()
            optimizer.zero_grad()
            ema.update(step)
            step += 1
            bar.update()
            if step % run.log_every == 0 or step == schedule.steps:
                values = {name: float(term.detach()) for name, term in terms.items()}
                log.write(step=step, total=total.item(), **values, rate=schedule.rate(step - 1))
                bar.set_postfix_str(f"loss {total.item():.4f}")
            if time.monotonic() - saved_at >= 60 * run.checkpoint_minutes:
                checkpoint.write(folder / "checkpoints", step, state)
                saved_at = time.monotonic()
    if step > start:
        checkpoint.write(folder / "checkpoints", step, state)
    averaged = ema.network.student.cpu().eval().requires_grad_(True)
    last = _inputs(make_batches, max(0, step - SETTLED_ON), step) if weight_bits else []
    return Fitted(settled(averaged, weight_bits, last, eight_bits), step, step >= schedule.steps)


def _inputs(make_batches: Callable[[], Batches], start: int, end: int) -> list[Tensor]:
    with Workers(make_batches, count=0, start=start) as batches:
        return [torch.from_numpy(next(batches)[0]) for _ in range(start, end)]
