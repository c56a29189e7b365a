"""The training loop of a locator."""

from __future__ import annotations

import dataclasses
import math
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from thenar.errors import ThenarError
from thenar.nets.locator import Located, Locator
from thenar.nets.spec import LocatorSpec, to_dict
from thenar.nets.store import save
from thenar.train import checkpoint, lineage, machine
from thenar.train.config import Machine, Schedule
from thenar.train.data import Numbered
from thenar.train.ema import Ema
from thenar.train.locator_loss import locator_loss
from thenar.train.locator_score import score
from thenar.train.log import Log
from thenar.train.optimizer import adamw, number_format_of
from thenar.train.stop import stop_signal
from thenar.train.views import ViewBatch
from thenar.train.workers import Workers


def fit_locator(
    spec: LocatorSpec,
    make_source: Callable[[], Numbered[ViewBatch]],
    config: Schedule,
    folder: Path,
    *,
    run: Machine | None = None,
    held_out: Sequence[ViewBatch] = (),
    data: Mapping[str, Any] | None = None,
) -> Locator:
    """Train a locator as `train.fit` trains a hand network: same folder, same resuming, same promises.

    Raises:
        ThenarError: as `train.fit.fit`.
    """
    run = run or Machine()
    machine.keep_memory()
    if run.threads:
        machine.set_threads(run.threads)
    tools = {"python": platform.python_version(), **{name: version(name) for name in ("torch", "numpy", "numba")}}
    made = {"network": to_dict(spec), "fit": dataclasses.asdict(config), "data": dict(data or {}), "versions": tools}
    lineage.keep(folder / "recipe.toml", made, ("network", "fit", "data"))
    torch.manual_seed(config.seed)
    device = torch.device(run.device)
    network: Locator = Locator(spec).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    number_format = number_format_of(run, device)
    optimizer = adamw(network, config)
    ema = Ema(network, config.ema_half_life)
    state = checkpoint.State(network, ema.network, optimizer)
    step = checkpoint.read_latest(folder / "checkpoints", state)
    log = Log(folder / "log.jsonl", step)

    def keep() -> None:
        checkpoint.write(folder / "checkpoints", step, state)
        save(ema.network, folder / "model")

    network.train()
    saved_at = time.monotonic()
    with (
        stop_signal() as stop,
        Workers(make_source, count=run.workers, start=step) as batches,
        tqdm(total=config.steps, initial=step, unit="step", disable=not run.progress, file=sys.stderr) as bar,
    ):
        while step < config.steps and not stop:
            batch = next(batches)
            view, uvd, radius, side = (torch.from_numpy(array).to(device) for array in batch)
            with torch.autocast(device.type, torch.bfloat16, enabled=number_format == torch.bfloat16):
                out = network(view.to(number_format))
            loss = locator_loss(out, uvd, radius, side)
            loss.backward()  # type: ignore[no-untyped-call]
            norm = nn.utils.clip_grad_norm_(network.parameters(), config.clip)
            if not math.isfinite(loss.item()) or not math.isfinite(norm.item()):
                raise ThenarError(
                    f"loss {loss.item():g} at batch {step}", where="training", fix="the last checkpoint is whole"
                )
            for group in optimizer.param_groups:
                group["lr"] = config.rate(step)
            optimizer.step()
            optimizer.zero_grad()
            ema.update(step)
            step += 1
            bar.update()
            if step % run.log_every == 0:
                log.write(step=step, loss=loss.item(), rate=config.rate(step))
                bar.set_postfix_str(f"loss {loss.item():.3f}")
            if held_out and (step % run.evaluate_every == 0 or step == config.steps):
                log.write(step=step, **score(Located(ema.network), held_out))
            if time.monotonic() - saved_at >= 60 * run.checkpoint_minutes:
                keep()
                saved_at = time.monotonic()
        keep()
    trained: Locator = ema.network
    return trained
