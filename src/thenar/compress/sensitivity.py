"""Which groups of channels a network can spare: each is cut alone, and the loss on validation data says the price."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from thenar.compress.groups import Group
from thenar.compress.prune import Importance, prune
from thenar.compress.task import Batch, Task, several
from thenar.compress.trace import device_of, run
from thenar.errors import ThenarError

SHARES = (0.5, 0.25)
EXAMPLES = 512


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


@torch.no_grad()
def validation_loss(network: nn.Module, task: Task, batch: Batch) -> float:
    """The task's loss of `network` in evaluation mode on `batch`."""
    network.eval()
    device = device_of(network)
    inputs, *targets = (torch.from_numpy(array).to(device) for array in batch)
    loss: Tensor = task.loss(run(network, inputs), several(targets))
    return float(loss)
