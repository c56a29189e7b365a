"""All that a run needs to continue exactly, in one safetensors file per moment; the last two are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn
from torch.optim import Optimizer

from thenar.atomic import write_bytes
from thenar.errors import ThenarError

KEPT = 2
PATTERN = "step-*.safetensors"


@dataclass(frozen=True)
class State:
    """What changes from step to step."""

    network: nn.Module
    average: nn.Module
    optimizer: Optimizer


def write(folder: Path, step: int, state: State) -> Path:
    """Write `FOLDER/step-N.safetensors` after `step` steps, whole or not at all, then drop all but the last two.

    Raises:
        ThenarError: the disk is full; older checkpoints are still there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{step:09d}.safetensors"
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in _tensors(state).items()}
    tensors["random"] = torch.get_rng_state()
    write_bytes(path, save_tensors(tensors))
    for old in sorted(folder.glob(PATTERN))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def read_latest(folder: Path, state: State) -> int:
    """Load the newest checkpoint of `folder` into `state`; returns the number of steps done, 0 where there is none.

    A damaged newest file is passed over for the one before it.

    Raises:
        ThenarError: no checkpoint can be read, or they belong to another network.
    """
    paths = sorted(folder.glob(PATTERN), reverse=True)
    for path in paths:
        try:
            tensors = load_tensors(path.read_bytes())
        except (SafetensorError, OSError):
            continue
        _restore(path, tensors, state)
        return int(path.stem.removeprefix("step-"))
    if paths:
        raise ThenarError("no checkpoint can be read", where=folder, fix="delete the folder and start again")
    return 0


def _restore(path: Path, tensors: dict[str, Tensor], state: State) -> None:
    random = tensors.pop("random", None)
    _touch_optimizer(state.optimizer)
    wanted = _tensors(state)
    shapes = {name: tensor.shape for name, tensor in wanted.items()}
    if random is None or shapes != {name: tensor.shape for name, tensor in tensors.items()}:
        raise ThenarError("a checkpoint of another network", where=path, fix="choose another folder")
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(tensors[name])
    torch.set_rng_state(random)


def _tensors(state: State) -> dict[str, Tensor]:
    """Every tensor of `state` by name; they are the live ones, not copies."""
    named = {f"network.{name}": tensor for name, tensor in state.network.state_dict().items()}
    named |= {f"average.{name}": tensor for name, tensor in state.average.state_dict().items()}
    parameters = [p for group in state.optimizer.param_groups for p in group["params"]]
    for number, parameter in enumerate(parameters):
        for name, tensor in state.optimizer.state[parameter].items():
            named[f"optimizer.{number}.{name}"] = tensor
    return named


def _touch_optimizer(optimizer: Optimizer) -> None:
    """Make the optimizer create its state, by a step that changes nothing."""
    if optimizer.state:
        return
    rates = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        group["lr"] = 0.0
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate
