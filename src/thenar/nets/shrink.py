"""A trained network made smaller: its weakest channels and blocks are left out, the rest keeps its weights."""

from __future__ import annotations

import torch
from torch import Tensor

from thenar.errors import ThenarError
from thenar.nets.build import build
from thenar.nets.refine import begins_anew
from thenar.nets.spec import StudentSpec
from thenar.nets.student import Residual, Student


@torch.no_grad()
def shrink(network: Student, spec: StudentSpec) -> Student:
    """The student of `spec`, none of whose counts is larger than the network's, with the weights that matter most.

    A stage's channels are ranked together, over all convolutions that write them, by the L1 norm of their filters with
    batch norm folded in (Li et al. 2017, arXiv 1608.08710); blocks by the mean size of their last norm's scale. Smaller
    maps leave out the decoder's last steps, and the head begins anew. Blocks may run more often or less: norms of the
    further times begin anew, at little effect. What is left has to be trained again.

    Raises:
        ThenarError: `spec` is larger somewhere, or differs in more than channels, blocks, convolutions, maps, repeats.
    """
    old = network.spec
    fits = len(spec.channels) == len(old.channels) and all(
        new <= had
        for new, had in (
            *zip(spec.channels, old.channels, strict=True),
            *zip(spec.blocks, old.blocks, strict=True),
            (spec.decoder_convs, old.decoder_convs),
            (spec.decoder_blocks, old.decoder_blocks),
            (spec.map_size, old.map_size),
        )
    )
    if not fits or spec.joints != old.joints:
        raise ThenarError(
            "asks for more than its parent has",
            where="network spec",
            fix="lower channels, blocks, convolutions or map_size only",
        )
    smaller = build(spec)
    assert isinstance(smaller, Student)
    given, wanted = network.state_dict(), smaller.state_dict()
    anew = begins_anew(wanted, given)
    if spec.repeats != old.repeats:
        anew |= {key for key in wanted if ".again." in key}
    if spec.map_size != old.map_size:
        anew |= {"head.weight", "head.bias"}
    names = _kept_blocks(network, smaller)
    axes = _axes(network)
    kept = {group: _strongest(given, axes, group, size) for group, size in _sizes(smaller, names).items()}
    for key, tensor in wanted.items():
        if key in anew:
            continue
        source = _renamed(key, names)
        value = given[source]
        for axis, group in enumerate(axes.get(source, ())):
            if group in kept:
                value = value.index_select(axis, kept[group])
        tensor.copy_(value)
    return smaller


def _kept_blocks(network: Student, smaller: Student) -> dict[str, str]:
    """Residual block of `smaller` -> the block of `network` that takes its place, in order."""
    names: dict[str, str] = {}
    mine = {name: module for name, module in network.named_modules() if isinstance(module, Residual)}
    parents = dict.fromkeys(name.rpartition(".")[0] for name, m in smaller.named_modules() if isinstance(m, Residual))
    for parent in parents:
        own = [name for name in mine if name.rpartition(".")[0] == parent]
        target = [n for n, m in smaller.named_modules() if isinstance(m, Residual) and n.rpartition(".")[0] == parent]
        strongest = sorted(own, key=lambda name: -float(mine[name].second.norm.weight.detach().abs().mean()))[
            : len(target)
        ]
        names |= dict(zip(target, sorted(strongest, key=own.index), strict=True))
    return names


def _renamed(key: str, names: dict[str, str]) -> str:
    for new, old in names.items():
        if key.startswith(f"{new}."):
            return old + key[len(new) :]
    return key


def _axes(network: Student) -> dict[str, tuple[str, ...]]:
    """Tensor name -> the group of channels along each of its first axes; "" is none that shrinks."""
    axes: dict[str, tuple[str, ...]] = {}

    def conv(name: str, inputs: str, outputs: str) -> None:
        axes[f"{name}.conv.weight"] = (outputs, inputs)
        for part in ("weight", "bias", "running_mean", "running_var"):
            axes[f"{name}.norm.{part}"] = (outputs,)

    def residual(name: str, group: str) -> None:
        conv(f"{name}.first", group, name)
        conv(f"{name}.second", name, group)
        for part in ("weight", "bias", "running_mean", "running_var"):
            for time in range(network.spec.repeats - 1):
                axes[f"{name}.again.{time}.first.{part}"] = (name,)
                axes[f"{name}.again.{time}.second.{part}"] = (group,)

    for s, stage in enumerate(network.stages):
        conv(f"stages.{s}.0", f"stage{s - 1}" if s else "", f"stage{s}")
        for b in range(1, len(stage)):  # type: ignore[arg-type]
            residual(f"stages.{s}.{b}", f"stage{s}")
    last = len(network.stages) - 1
    for u, up in enumerate(network.ups):
        group = f"stage{last - 1 - u}"
        conv(f"ups.{u}.narrow", f"stage{last - u}", group)
        conv(f"ups.{u}.skip", group, group)
        for c in range(len(up.convs)):  # type: ignore[arg-type]
            conv(f"ups.{u}.convs.{c}", group, group)
        for b in range(len(up.blocks)):  # type: ignore[arg-type]
            residual(f"ups.{u}.blocks.{b}", group)
    axes["head.weight"] = ("", f"stage{last - len(network.ups)}")
    axes["presence.weight"] = ("", f"stage{last}")
    return axes


def _sizes(smaller: Student, names: dict[str, str]) -> dict[str, int]:
    """Group -> how many channels of it are kept; the width inside a block follows its stage's."""
    sizes = {f"stage{s}": width for s, width in enumerate(smaller.spec.channels)}
    blocks = {name: module for name, module in smaller.named_modules() if isinstance(module, Residual)}
    return sizes | {names[name]: module.first.conv.out_channels for name, module in blocks.items()}


def _strongest(given: dict[str, Tensor], axes: dict[str, tuple[str, ...]], group: str, size: int) -> Tensor:
    """Indices of the `size` channels of a group that are written with the largest weights, in order."""
    total: Tensor | None = None
    for name, groups in axes.items():
        if not name.endswith(".conv.weight") or groups[0] != group:
            continue
        norm = name.removesuffix("conv.weight") + "norm."
        scale = given[norm + "weight"].abs() / (given[norm + "running_var"] + 1e-5).sqrt()
        strength = given[name].abs().sum((1, 2, 3)) * scale
        total = strength if total is None else total + strength
    assert total is not None, group
    return torch.sort(torch.topk(total, size).indices).values
