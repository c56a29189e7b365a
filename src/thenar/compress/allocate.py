"""How many channels each group keeps, so that a network has a given share of its multiply-accumulates left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from thenar.compress.groups import Group
from thenar.compress.trace import predict_one

Rises = Mapping[float, float]
"""Share of a group's channels kept -> by how much the loss rose."""

SMALLEST_SHARE = 1 / 16
"""No group is cut further in one go: the measured sensitivities say nothing of what lies beyond."""


@dataclass(frozen=True)
class Layer:
    """A layer's multiply-accumulates, and which share of its outputs and inputs belongs to which group."""

    macs: int
    outputs: Mapping[str, float]
    inputs: Mapping[str, float]


def layers_of(network: nn.Module, groups: Sequence[Group], example: Tensor) -> list[Layer]:
    """The convolutions and linear layers of `network` as they meet `example` (1, C, H, W)."""
    macs: dict[nn.Module, int] = {}

    def count(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        # A deconvolution's inputs each meet the whole kernel, a convolution's outputs do.
        pixels = given[0] if isinstance(module, nn.ConvTranspose2d) else output
        positions = pixels[0].numel() // pixels.shape[1] if pixels.ndim == 4 else 1
        macs[module] = macs.get(module, 0) + positions * module.get_parameter("weight").numel()

    counted = [module for module in network.modules() if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear))]
    hooks = [module.register_forward_hook(count) for module in counted]
    try:
        predict_one(network, example)
    finally:
        for hook in hooks:
            hook.remove()
    outputs: dict[nn.Module, dict[str, float]] = {module: {} for module in counted}
    inputs: dict[nn.Module, dict[str, float]] = {module: {} for module in counted}
    for group in groups:
        for dependency, indices in group.raw:
            module = dependency.target.module
            if module not in outputs:
                continue
            is_input = "in_channels" in dependency.handler.__name__
            if is_input and getattr(module, "groups", 1) > 1:
                continue  # a depthwise layer's inputs are its outputs
            total = _inputs(module) if is_input else _outputs(module)
            side = (inputs if is_input else outputs)[module]
            side[group.name] = min(1.0, side.get(group.name, 0.0) + len(indices) / total)
    return [Layer(macs[module], outputs[module], inputs[module]) for module in counted if module in macs]


def macs_left(layers: Sequence[Layer], shares: Mapping[str, float]) -> float:
    """Multiply-accumulates where each group keeps that share of its channels."""
    return sum(layer.macs * _left(layer.outputs, shares) * _left(layer.inputs, shares) for layer in layers)


def allocate(
    groups: Sequence[Group],
    layers: Sequence[Layer],
    rises: Mapping[str, Rises],
    keep: float,
    multiple: int = 16,
    trust: float = 1.0,
) -> dict[str, int]:
    """Channels that each group keeps, so that about `keep` of the multiply-accumulates are left, not more if it can be.

    Greedily, `multiple` channels at a time leave the group where that costs the least: the rise of the loss, read off
    `rises` between its measured points and raised to the power `trust` (0 ignores it, 1 believes it), per
    multiply-accumulate saved. What stays is a multiple of `multiple`, as the target's kernels like it.
    """
    counts = {group.name: group.channels for group in groups}
    by_name = {group.name: group for group in groups}
    total = macs_left(layers, {})

    def shares(changed: Mapping[str, int]) -> dict[str, float]:
        return {name: changed.get(name, count) / by_name[name].channels for name, count in counts.items()}

    while (now := macs_left(layers, shares({}))) > keep * total:
        best: tuple[float, str, int] | None = None
        for name, count in counts.items():
            smaller = _next(count, multiple, by_name[name])
            if smaller is None:
                continue
            saved = now - macs_left(layers, shares({name: smaller}))
            channels = by_name[name].channels
            rise = _rise(rises.get(name, {}), smaller / channels) - _rise(rises.get(name, {}), count / channels)
            price = max(rise, SMALLEST_RISE) ** trust / max(saved, 1.0)
            if best is None or price < best[0]:
                best = price, name, smaller
        if best is None:
            break
        counts[best[1]] = best[2]
    return counts


SMALLEST_RISE = 1e-4
"""A group whose loss didn't rise is not free: it may be next time."""


def _next(count: int, multiple: int, group: Group) -> int | None:
    """The next smaller count that the target and the group allow."""
    step = multiple * group.parts if multiple % group.parts else multiple
    smaller = (count - 1) // step * step
    return smaller if smaller >= max(step, SMALLEST_SHARE * group.channels) else None


def _rise(rises: Rises, share: float) -> float:
    """The loss's rise at `share`, on straight lines through the measured points and (1, 0)."""
    points = sorted({1.0: 0.0, **rises}.items())
    if share <= points[0][0]:
        # Below the smallest share measured the loss rises on as 1 / share.
        return points[0][1] * points[0][0] / share
    for (low, at_low), (high, at_high) in pairwise(points):
        if share <= high:
            return at_low + (at_high - at_low) * (share - low) / (high - low)
    return 0.0


def _left(sides: Mapping[str, float], shares: Mapping[str, float]) -> float:
    return 1.0 - sum(part * (1 - shares.get(name, 1.0)) for name, part in sides.items())


def _outputs(module: nn.Module) -> int:
    return int(module.out_features if isinstance(module, nn.Linear) else module.out_channels)  # type: ignore[arg-type]


def _inputs(module: nn.Module) -> int:
    return int(module.in_features if isinstance(module, nn.Linear) else module.in_channels)  # type: ignore[arg-type]
