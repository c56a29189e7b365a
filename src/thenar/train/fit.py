"""The training loop: a source of batches in, averaged weights out."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from thenar.errors import ThenarError
from thenar.nets.build import Network, build
from thenar.nets.decode import Decode
from thenar.nets.grow import grow
from thenar.nets.shrink import shrink
from thenar.nets.spec import Spec, StudentSpec
from thenar.nets.store import load, save
from thenar.nets.student import Student, keep_positive
from thenar.train import checkpoint, lineage, machine, recipe
from thenar.train.config import FitConfig, Machine
from thenar.train.data import Batch, MakeSource
from thenar.train.ema import Ema
from thenar.train.evaluate import evaluate
from thenar.train.log import Log
from thenar.train.loss import Loss, LossWeights
from thenar.train.objective import Objective
from thenar.train.optimizer import number_format_of, optimizer_of
from thenar.train.progress import Progress
from thenar.train.rounded import rounded, settled
from thenar.train.stop import stop_signal
from thenar.train.teacher import Teacher
from thenar.train.workers import Workers

RECENT = 16
"""Batches kept at hand to measure batch norm's statistics on."""


@dataclass(frozen=True)
class Fitted:
    """network: the averaged weights, in evaluation mode. step: steps done. finished: False where Ctrl-C ended it."""

    network: Network
    step: int
    finished: bool
    metrics: dict[str, dict[str, float]]


def fit(
    spec: Spec,
    make_source: MakeSource,
    config: FitConfig,
    folder: Path,
    *,
    run: Machine | None = None,
    held_out: Mapping[str, Sequence[Batch]] | None = None,
    data: Mapping[str, Any] | None = None,
    parent: Path | None = None,
    teacher: Path | None = None,
) -> Fitted:
    """Train the network of `spec` on `make_source()`'s batches 0, 1, ... and leave all in `folder`.

    folder: gets recipe.toml, log.jsonl, checkpoints/ and model.toml + model.safetensors (averaged weights, rewritten at
    every checkpoint). A run found there is continued where its last checkpoint stood. held_out: named sets to evaluate
    on. data: the source's own account of itself, for the recipe. parent: a saved network (a path without its ending) to
    start from: of the same spec, of one with fewer residual blocks, or a larger one, to be cut down. teacher: a saved
    network to learn from, as `config.lessons` says. Hashes and recipes of both go into this run's.

    Raises:
        ThenarError: the folder holds another run, the parent is another network, a data worker died, the loss is not
            finite, the disk is full. The last checkpoint stays.
    """
    run = run or Machine()
    machine.keep_memory()
    if run.threads:
        machine.set_threads(run.threads)
    made = recipe.make(spec, config, data or {}, parent=parent, teacher=teacher)
    lineage.keep(folder / "recipe.toml", made, recipe.FIXED)

    torch.manual_seed(config.seed)
    device = torch.device(run.device)
    network = (_inherited(spec, parent) if parent else build(spec)).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if config.only:
        _hold_all_but(network, config.only)
    decode = Decode(spec.joints, spec.map_size, spec.kernel, spec.scale).to(device)
    master = Teacher(teacher, spec, config.lessons, device) if teacher else None
    number_format = number_format_of(run, device)
    weights = LossWeights(config.dense, config.joints, config.presence)
    objective = Objective(decode, weights, number_format, master)
    optimizer = optimizer_of(network, config)
    ema = Ema(network, config.ema_half_life)
    state = checkpoint.State(network, ema.network, optimizer)
    start = checkpoint.read_latest(folder / "checkpoints", state)
    log = Log(folder / "log.jsonl", start)
    recent: deque[Tensor] = deque(maxlen=RECENT)

    def keep(step: int) -> None:
        checkpoint.write(folder / "checkpoints", step, state)
        save(settled(ema.network, config.weight_bits, list(recent), config.eight_bits), folder / "model")

    def measure(step: int) -> dict[str, dict[str, float]]:
        network = settled(ema.network, config.weight_bits, list(recent), config.eight_bits)
        metrics = {name: evaluate(network, decode, batches) for name, batches in (held_out or {}).items()}
        for name, values in metrics.items():
            log.write(step=step, held_out=name, **values)
        return metrics

    network.train(not config.only)
    metrics: dict[str, dict[str, float]] = {}
    saved_at = time.monotonic()
    step = start
    with (
        stop_signal() as stop,
        Workers(make_source, count=run.workers, start=start) as batches,
        Progress(config.steps, run, log) as progress,
    ):
        while step < config.steps and not stop:
            waited = time.perf_counter()
            batch = next(batches)
            waited = time.perf_counter() - waited

            depth = torch.from_numpy(batch.images).to(device, number_format)  # (B, 1, 128, 128): NCHW is NHWC already
            uvd, present = torch.from_numpy(batch.uvd).to(device), torch.from_numpy(batch.present).to(device)
            recent.append(depth)
            with rounded(network, config.weight_bits, config.eight_bits):
                loss = objective(network, depth, uvd, present)
                loss.total.backward()  # type: ignore[no-untyped-call]
            norm = nn.utils.clip_grad_norm_(network.parameters(), config.clip)
            _check_finite(step, loss, norm)

            rate = config.rate(step)
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
            optimizer.zero_grad()
            keep_positive(network)
            ema.update(step)
            step += 1

            progress.after(step, len(batch.images), loss, rate, float(norm), waited)
            if step % run.evaluate_every == 0 or step == config.steps:
                metrics = measure(step)
                progress.show(metrics)
            if time.monotonic() - saved_at >= 60 * run.checkpoint_minutes:
                keep(step)
                saved_at = time.monotonic()
        if step > start or not start:
            keep(step)
    return Fitted(load(folder / "model"), step, step >= config.steps, metrics)


def _inherited(spec: Spec, parent: Path) -> Network:
    """The saved network `parent` itself, with the residual blocks that `spec` has beyond its own, or cut down to it."""
    network = load(parent)
    if network.spec == spec:
        return network
    if isinstance(network, Student) and isinstance(spec, StudentSpec) and not _deeper(spec, network.spec):
        return shrink(network, spec)
    return grow(network, spec)


def _deeper(spec: StudentSpec, parent: StudentSpec) -> bool:
    """Whether `spec` has more residual blocks somewhere."""
    return sum(spec.blocks) + spec.decoder_blocks > sum(parent.blocks) + parent.decoder_blocks


def _hold_all_but(network: Network, name: str) -> None:
    """Train the part `name` of `network` alone; norms keep their running statistics."""
    part = getattr(network, name, None)
    if part is None:
        raise ThenarError(f"has no {name}", where="network spec", fix=f"give widths, as {name} = [256]")
    network.requires_grad_(False)
    part.requires_grad_(True)


def _check_finite(step: int, loss: Loss, norm: Tensor) -> None:
    if not (math.isfinite(loss.total.item()) and math.isfinite(norm.item())):
        raise ThenarError(
            f"loss {loss.total.item():g}, gradient {norm.item():g} at batch {step}",
            where="training",
            fix="the last checkpoint is whole: look at that batch, or start again with a lower learning rate",
        )
