"""Which channels must go together: a network's dependency groups.

A channel that leaves a convolution leaves the batch norm behind it, every term of the additions that it enters, and the
inputs of all that read it. Torch-Pruning (Fang et al. 2023, arXiv 2301.12900) finds these groups in autograd's graph.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from thenar.compress.trace import run
from thenar.errors import MissingExtra, ThenarError

ROOTS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


@dataclass(frozen=True, eq=False)
class Group:
    """Channels that are cut together. name: of the layer that stands for the group. channels: how many there are.

    parts: as many channels must be kept in each of these equal runs of channels, where a group norm tells them
    apart. raw: Torch-Pruning's group.
    """

    name: str
    channels: int
    parts: int
    raw: Any


def find_groups(network: nn.Module, example: Tensor) -> list[Group]:
    """The groups of `network` that can be cut without changing its outputs' shapes, in the order of its layers.

    Channels of convolutions in groups are left whole, unless each channel is a group of its own (depthwise).

    example: (1, C, H, W), an input to trace with.

    Raises:
        ThenarError: the network can't be traced; names the module.
    """
    network.eval()
    run(network, example)
    library = pruning_library()
    with _differentiable(network), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parameters that belong to no layer: they are left alone
        try:
            graph = library.DependencyGraph().build_dependency(network, example)
            raw = list(graph.get_all_groups(root_module_types=list(ROOTS)))
        except Exception as error:  # whatever a graph that it doesn't know makes it raise
            raise ThenarError(
                f"cannot be traced: {(str(error).splitlines() or [type(error).__name__])[0]}",
                where=f"module {type(network).__name__}",
                fix="write forward with tensors alone",
            ) from error
    names = {module: name for name, module in network.named_modules()}
    order = {name: index for index, name in enumerate(names.values())}
    groups = [_group(each, names) for each in raw if not (_reaches_output(each) or _is_grouped(each))]
    return sorted((group for group in groups if group.channels > 1), key=lambda group: order[group.name])


def cut(group: Group, channels: list[int]) -> None:
    """Remove the channels with these numbers from every layer of the group, in place."""
    if channels:
        group.raw.prune(idxs=channels)


def _group(raw: Any, names: dict[nn.Module, str]) -> Group:
    root = raw[0].dep.target.module
    parts = 1
    for dependency, _ in raw:
        if isinstance(dependency.target.module, nn.GroupNorm):
            parts = max(parts, dependency.target.module.num_groups)
    return Group(names[root], len(raw[0].idxs), parts, raw)


def _reaches_output(raw: Any) -> bool:
    """Does cutting this group cut an output?"""
    return any(not dependency.target.outputs and "out_channels" in dependency.handler.__name__ for dependency, _ in raw)


def _is_grouped(raw: Any) -> bool:
    """Does a convolution in groups, other than a depthwise one, take part?"""
    modules = (dependency.target.module for dependency, _ in raw)
    return any(isinstance(m, nn.modules.conv._ConvNd) and 1 < m.groups < m.out_channels for m in modules)


@contextmanager
def _differentiable(network: nn.Module) -> Iterator[None]:
    """Inside, every parameter asks for a gradient, so that autograd's graph is whole."""
    before = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    try:
        for parameter, _ in before:
            parameter.requires_grad_(True)
        with torch.enable_grad():
            yield
    finally:
        for parameter, wanted in before:
            parameter.requires_grad_(wanted)


def pruning_library() -> Any:
    """Torch-Pruning.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import torch_pruning
    except ImportError as error:
        raise MissingExtra("torch-pruning", "compress") from error
    return torch_pruning
