"""Structured pruning: whole channels leave, so that tensors really shrink."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from thenar.compress.groups import Group, cut, find_groups, pruning_library
from thenar.compress.task import Batch, Task, several
from thenar.compress.trace import predict_one, tensors
from thenar.errors import ThenarError

Importance = Literal["magnitude", "taylor", "geometric"]
IMPORTANCES: tuple[Importance, ...] = get_args(Importance)
TAYLOR_EXAMPLES = 256


def prune(
    network: nn.Module,
    example: Tensor,
    keep: Mapping[str, int],
    importance: Importance = "magnitude",
    task: Task | None = None,
) -> nn.Module:
    """A copy of `network` in which each group of `keep` has that many channels, the least important ones gone.

    example: (1, C, H, W). keep: group name (`groups.find_groups`) -> channels; groups that it doesn't name stay whole.
    importance: "magnitude" is the mean norm of a channel's weights over the group (Li et al. 2017, arXiv 1608.08710);
    "taylor" what the loss of `task` would change by without it, to first order (Molchanov et al. 2019, arXiv
    1906.10771); "geometric" its distance to the other channels (He et al. 2019, arXiv 1811.00250).

    Raises:
        ThenarError: the network can't be traced, there is no such group, or a count that the group can't have.
    """
    shapes = [tensor.shape for tensor in tensors(predict_one(network, example))]
    pruned = copy.deepcopy(network)
    groups = find_groups(pruned, example)
    known = {group.name: group for group in groups}
    for name, count in keep.items():
        if name not in known:
            raise ThenarError(f"no group {name!r}", where="prune", fix=f"give one of {', '.join(known) or 'none'}")
        group = known[name]
        if not 1 <= count <= group.channels or count % group.parts:
            raise ThenarError(
                f"{name}: keep {count} of {group.channels} channels",
                where="prune",
                fix=f"give a multiple of {group.parts}, 1 to {group.channels}",
            )
    if importance == "taylor":
        _backward(pruned, task)
    cuts = {name: least(known[name], scores(known[name], importance), count) for name, count in keep.items()}
    pruned.zero_grad(set_to_none=True)
    for name, channels in cuts.items():
        cut(known[name], channels)
    after = [tensor.shape for tensor in tensors(predict_one(pruned, example))]
    if after != shapes:
        raise ThenarError(f"outputs became {after}", where="prune", fix="leave the last layers out of `keep`")
    return pruned


def scores(group: Group, importance: Importance) -> Tensor:
    """(channels,) how important each channel is; only the order counts."""
    library: Any = pruning_library().importance
    measures = {
        "magnitude": library.GroupMagnitudeImportance,
        "taylor": library.GroupTaylorImportance,
        "geometric": library.FPGMImportance,
    }
    found: Tensor = measures[importance]()(group.raw)
    return found


def least(group: Group, score: Tensor, keep: int) -> list[int]:
    """Numbers of the least important channels, the same count from each of the group's parts, so that `keep` stay."""
    parts = score.reshape(group.parts, -1)
    gone = parts.argsort(dim=1, stable=True)[:, : parts.shape[1] - keep // group.parts]
    first = torch.arange(group.parts)[:, None] * parts.shape[1]
    return sorted((gone + first).flatten().tolist())


def _backward(network: nn.Module, task: Task | None) -> None:
    """Leave in every parameter the gradient of the task's loss over some training examples."""
    if task is None:
        raise ThenarError("importance taylor needs data", where="prune", fix="give a task, or choose magnitude")
    batch = Batch.of(task.train).take(slice(TAYLOR_EXAMPLES))
    network.zero_grad(set_to_none=True)
    with torch.enable_grad():
        outputs = network.eval()(torch.from_numpy(batch.inputs))
        task.loss(outputs, several(map(torch.from_numpy, batch[1:]))).backward()  # type: ignore[no-untyped-call]
    for parameter in network.parameters():
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)  # the loss doesn't depend on it
