"""The network that is made smaller: trained if that is asked for, judged, and what its channels can bear measured."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import nn

from thenar.atomic import write_text
from thenar.compress.allocate import Rises
from thenar.compress.batches import source
from thenar.compress.distill import Pupil
from thenar.compress.fit import fit
from thenar.compress.groups import find_groups
from thenar.compress.lessons import Lessons
from thenar.compress.request import Request
from thenar.compress.sensitivity import delicate, sensitivities
from thenar.compress.task import Batch, Task, deployed
from thenar.compress.trace import check_fit, judge, predict
from thenar.errors import ThenarError
from thenar.train.config import Machine, Schedule


@dataclass(frozen=True, eq=False)
class Original:
    """The network that is made smaller, trained; who teaches; what its groups can bear (`sensitivity`).

    eight_bits: layers that keep eight bits where the others get four.
    """

    network: nn.Module
    teacher: nn.Module
    task: Task
    rises: Mapping[str, Rises]
    metric: float
    eight_bits: tuple[str, ...] = ()


def prepare(request: Request, folder: Path, say: Callable[[str], None], machine: Machine) -> Original:
    """The original, trained if that is asked for, its teacher, and what its groups can bear; continued in `folder`.

    Raises:
        ThenarError: the network, data, weights or teacher doesn't fit; training isn't finite.
        KeyboardInterrupt: Ctrl-C while it is trained.
    """
    options = request.options
    task = request.data.task()
    torch.manual_seed(options.seed)
    network = request.model.module()
    if request.weights is not None:
        _load_weights(network, request.weights)
    check_fit(task, network)
    teacher = _teacher(request, network, task)
    if options.train_first:
        batches = source(request.data, options.batch, options.seed)
        planned = schedule(request, options.train_first)
        fitted = fit(network, task, batches, planned, folder / "original", run=machine, label="original")
        if not fitted.finished:
            raise KeyboardInterrupt
        network = fitted.network
    network.eval()
    examples = Batch.of(task.validation)
    metric = judge(task, predict(deployed(task, network), examples.inputs), examples)
    rises = _rises(network, task, folder, say)
    kept = delicate(network, task, 4) if options.weight_bits == 4 else ()
    if kept:
        say(f"eight bits are kept by {', '.join(kept)}")
    return Original(network, teacher or copy.deepcopy(network), task, rises, metric, kept)


def _teacher(request: Request, network: nn.Module, task: Task) -> nn.Module | None:
    """The teacher that is asked for, if any, once it is known to fit the network."""
    if request.teacher is None:
        return None
    teacher = request.teacher.module().eval()
    if request.teacher_weights is not None:
        _load_weights(teacher, request.teacher_weights)
    Pupil(network, teacher, Lessons(), torch.from_numpy(Batch.of(task.train).inputs[:1]))
    return teacher


def _rises(network: nn.Module, task: Task, folder: Path, say: Callable[[str], None]) -> dict[str, dict[float, float]]:
    """The sensitivities, measured once."""
    path = folder / "sensitivity.json"
    if path.is_file():
        found = json.loads(path.read_text("utf-8"))
        return {name: {float(share): rise for share, rise in rises.items()} for name, rises in found.items()}
    groups = find_groups(network, torch.from_numpy(Batch.of(task.train).inputs[:1]))
    say(f"{len(groups)} groups of channels: what each can spare")
    measured = sensitivities(network, task, groups)
    write_text(path, json.dumps(measured, indent=1) + "\n")
    return measured


def _load_weights(network: nn.Module, path: Path) -> None:
    """Fill `network` from a safetensors file.

    Raises:
        ThenarError: no such file, or other tensors than the network's.
    """
    try:
        network.load_state_dict(load_tensors(path.read_bytes()))
    except OSError as error:
        raise ThenarError(f"cannot read: {error.strerror}", where=path, fix="give a .safetensors file") from error
    except (SafetensorError, RuntimeError) as error:
        raise ThenarError("is not this network's weights", where=path, fix="save its state_dict again") from error


def schedule(request: Request, steps: int, rate: float = 1.0) -> Schedule:
    """How weights move over `steps`, at `rate` times the rate that is asked for."""
    return Schedule(
        steps,
        request.options.seed,
        request.options.learning_rate * rate,
        warmup=max(1, steps // 20),
        ema_half_life=max(1.0, steps / 30),
    )
