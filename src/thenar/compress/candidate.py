"""One way to make the network smaller: which arguments its factory gets, and how far it is pruned."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from thenar.compress.allocate import allocate, layers_of
from thenar.compress.groups import find_groups
from thenar.compress.original import Original
from thenar.compress.prune import Importance, prune
from thenar.compress.reference import Reference
from thenar.compress.request import Request
from thenar.compress.space import Space, offered
from thenar.compress.task import Batch, Task
from thenar.errors import ThenarError


@dataclass(frozen=True, eq=False)
class Candidate:
    """A smaller network before it is trained, the factories that built it and its data, and that data's task."""

    network: nn.Module
    model: Reference
    data: Reference
    task: Task


def space_of(request: Request) -> Space:
    """What the search may choose: pruning, and what the factories offer.

    Raises:
        ThenarError: a factory's `space` is none.
    """
    found = [offered(reference.resolve(), reference.name) for reference in (request.model, request.data)]
    return Space(request.pruning, *found)


def build(request: Request, original: Original, parameters: Mapping[str, Any]) -> Candidate:
    """The candidate that the parameters of a trial describe.

    Raises:
        ThenarError: a factory fails with its arguments, or nothing of the network can be pruned.
    """
    space = space_of(request)
    model, data = request.model, request.data
    task, network = original.task, copy.deepcopy(original.network)
    if space.data:
        data = Reference(data.name, {**data.arguments, **{name: parameters[name] for name in space.data}})
        task = data.task()
    if space.model:
        model = Reference(model.name, {**model.arguments, **{name: parameters[name] for name in space.model}})
        network = _inherit(model.module(), original.network)
    example = torch.from_numpy(Batch.of(task.train).inputs[:1])
    groups = [group for group in find_groups(network, example) if space.model or group.name in original.rises]
    if not groups:
        raise ThenarError("has no channels that can go", where=model.name, fix="check that its layers are nn.Conv2d")
    counts = allocate(
        groups,
        layers_of(network, groups, example),
        {} if space.model else original.rises,
        float(parameters["keep"]),
        request.options.multiple,
        float(parameters["trust"]),
    )
    keep = {group.name: counts[group.name] for group in groups if counts[group.name] < group.channels}
    importance: Importance = parameters["importance"]
    return Candidate(prune(network, example, keep, importance, task), model, data, task)


def _inherit(network: nn.Module, parent: nn.Module) -> nn.Module:
    """`network` with the parent's tensors wherever name and shape are the same."""
    theirs = parent.state_dict()
    mine = network.state_dict()
    same = {name: tensor for name, tensor in theirs.items() if name in mine and mine[name].shape == tensor.shape}
    network.load_state_dict({**mine, **same})
    return network
