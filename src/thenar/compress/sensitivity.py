"""What a network can spare, by the loss on validation data: groups of channels cut alone, layers rounded alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from thenar.compress.groups import Group
from thenar.compress.prune import Importance, prune
from thenar.compress.task import Batch, Task, several
from thenar.compress.trace import device_of, run
from thenar.errors import ThenarError
from thenar.train.rounded import large_layers, rounded

SHARES = (0.5, 0.25)
EXAMPLES = 512
DELICATE, AT_MOST = 0.1, 0.25
"""A layer that takes more than this share of what rounding costs is better left; together no more than this share of
the weights, or little would be saved."""


def sensitivities(
    network: nn.Module,
    task: Task,
    groups: Sequence[Group],
    importance: Importance = "magnitude",
    shares: Sequence[float] = SHARES,
    report: Callable[[str], None] = lambda name: None,
) -> dict[str, dict[float, float]]:
    """Group name -> share of its channels kept -> by how much the loss rose over the whole network's.

    A group that can't be cut after all, because a shape inside the network is written in numbers, is left out.
    """
    batch = Batch.of(task.validation).take(slice(EXAMPLES))
    example = torch.from_numpy(batch.inputs[:1])
    whole = validation_loss(network, task, batch)
    found: dict[str, dict[float, float]] = {}
    for group in groups:
        report(group.name)
        try:
            rises = {}
            for share in shares:
                count = max(1, round(share * group.channels / group.parts)) * group.parts
                pruned = prune(network, example, {group.name: count}, importance, task)
                rises[count / group.channels] = max(0.0, validation_loss(pruned, task, batch) - whole)
        except ThenarError:
            continue
        found[group.name] = rises
    return found


def delicate(network: nn.Module, task: Task, bits: int) -> tuple[str, ...]:
    """The layers that take most of what weights of `bits` cost, the worst first: each is rounded alone, and the loss
    compared.
    """
    batch = Batch.of(task.validation).take(slice(EXAMPLES))
    whole = validation_loss(network, task, batch)
    rises = {}
    layers = large_layers(network)
    for name in layers:
        with rounded(network, bits, [other for other in layers if other != name]):
            rises[name] = max(0.0, validation_loss(network, task, batch) - whole)
    sizes = {name: weight.numel() for name, weight in layers.items()}
    found: list[str] = []
    for name in sorted(rises, key=lambda name: -rises[name]):
        total = sum(sizes[each] for each in (*found, name))
        if rises[name] > DELICATE * sum(rises.values()) and total <= AT_MOST * sum(sizes.values()):
            found.append(name)
    return tuple(found)


@torch.no_grad()
def validation_loss(network: nn.Module, task: Task, batch: Batch) -> float:
    """The task's loss of `network` in evaluation mode on `batch`."""
    network.eval()
    device = device_of(network)
    inputs, *targets = (torch.from_numpy(array).to(device) for array in batch)
    loss: Tensor = task.loss(run(network, inputs), several(targets))
    return float(loss)
