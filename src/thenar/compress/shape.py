"""A pruned network on disk: the widths of its layers as TOML beside its weights as safetensors.

The user's factory builds the network at full width; the widths say how far each layer was cut. Nothing that pruned the
network is needed to load it, and no pickle is read or written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from thenar.atomic import write_bytes, write_text
from thenar.compress.reference import Reference
from thenar.errors import ThenarError
from thenar.toml import dumps

MAX_BYTES = 1 << 30
Widths = dict[str, dict[str, int]]
"""Layer name -> attribute -> size."""

# The attributes that say how wide a layer is, and the tensors that follow them, by the layer's type.
_SIZES: tuple[tuple[type[nn.Module] | tuple[type[nn.Module], ...], tuple[str, ...]], ...] = (
    ((nn.Conv1d, nn.Conv2d, nn.Conv3d), ("out_channels", "in_channels", "groups")),
    ((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), ("out_channels", "in_channels", "groups")),
    (nn.Linear, ("out_features", "in_features")),
    ((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.InstanceNorm2d), ("num_features",)),
    (nn.GroupNorm, ("num_channels",)),
    (nn.PReLU, ("num_parameters",)),
)


def widths(network: nn.Module) -> Widths:
    """The widths of every layer that has some, by its name."""
    found: Widths = {}
    for name, module in network.named_modules():
        for kind, attributes in _SIZES:
            if isinstance(module, kind):
                found[name] = {attribute: int(getattr(module, attribute)) for attribute in attributes}
    return found


def save(network: nn.Module, stem: Path, factory: Reference) -> None:
    """Write `STEM.toml` (factory, its arguments, widths) and `STEM.safetensors`, each whole or not at all."""
    state = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in network.state_dict().items()}
    spec = {"factory": factory.name, "arguments": dict(factory.arguments), "widths": widths(network)}
    stem.parent.mkdir(parents=True, exist_ok=True)
    write_text(stem.with_name(stem.name + ".toml"), dumps(spec))
    write_bytes(stem.with_name(stem.name + ".safetensors"), save_tensors(state))


def load(stem: Path, factory: str) -> nn.Module:
    """The network saved as `STEM.toml` and `STEM.safetensors`, in evaluation mode.

    factory: the `module:factory` it was made with; given by the caller, since a file must not choose what code runs.

    Raises:
        ThenarError: a file is absent or is no such file, names another factory, or doesn't fit what the factory builds.
    """
    spec_path, weights_path = stem.with_name(stem.name + ".toml"), stem.with_name(stem.name + ".safetensors")
    for path in (spec_path, weights_path):
        if not path.is_file():
            raise ThenarError("no such file", where=path, fix="give the path of a saved network without its ending")
        if path.stat().st_size > MAX_BYTES:
            raise ThenarError("larger than 1 GiB", where=path, fix="give a compressed network")
    spec = read_spec(spec_path)
    if spec["factory"] != factory:
        raise ThenarError(f"was made by {spec['factory']}, not {factory}", where=spec_path, fix="give that factory")
    network = Reference(factory, spec["arguments"]).module()
    apply(network, spec["widths"], spec_path)
    try:
        network.load_state_dict(load_tensors(weights_path.read_bytes()))
    except SafetensorError as error:
        raise ThenarError(f"not a safetensors file: {error}", where=weights_path, fix="save it again") from error
    except RuntimeError as error:
        raise ThenarError("weights of another network", where=weights_path, fix=f"they must fit {spec_path}") from error
    return network.eval()


def read_spec(path: Path) -> dict[str, Any]:
    """factory, arguments and widths of a saved network.

    Raises:
        ThenarError: the file is none of these.
    """
    try:
        spec = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThenarError(f"not a network's widths: {error}", where=path, fix="save the network again") from None
    spec.setdefault("arguments", {})
    spec.setdefault("widths", {})
    sound = spec.keys() == {"factory", "arguments", "widths"} and isinstance(spec["factory"], str)
    sound = sound and all(isinstance(spec[name], dict) for name in ("arguments", "widths"))
    if not sound or not all(_is_sizes(sizes) for sizes in spec["widths"].values()):
        raise ThenarError("not a network's widths", where=path, fix="save the network again")
    return spec


def apply(network: nn.Module, wanted: Mapping[str, Mapping[str, int]], where: Path | str = "widths") -> None:
    """Cut every layer of `network` to its size in `wanted`, in place; what its weights were is lost.

    Raises:
        ThenarError: other layers or attributes than the network's, or a size that isn't 1 to the layer's own.
    """
    full = widths(network)
    strangers = sorted(full.keys() ^ wanted.keys())
    if strangers:
        raise ThenarError(f"layer {strangers[0]!r} is not in both", where=where, fix="give the factory that was used")
    for name, sizes in wanted.items():
        if sizes.keys() != full[name].keys():
            raise ThenarError(f"layer {name!r} has other attributes", where=where, fix="give the factory that was used")
        for attribute, size in sizes.items():
            if not 1 <= size <= full[name][attribute]:
                raise ThenarError(
                    f"{name}.{attribute} = {size}", where=where, fix=f"give 1 to {full[name][attribute]}, as built"
                )
        if dict(sizes) != full[name]:
            _resize(network.get_submodule(name), sizes, f"{where}: {name}")


def _resize(module: nn.Module, sizes: Mapping[str, int], where: str) -> None:
    """Give the layer its sizes, and tensors of them."""
    for attribute, size in sizes.items():
        setattr(module, attribute, size)
    shapes = _shapes(module, where)
    for name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
        if tensor.ndim == 0:
            continue
        fresh = torch.zeros(shapes[name], dtype=tensor.dtype)
        if isinstance(tensor, nn.Parameter):
            setattr(module, name, nn.Parameter(fresh, tensor.requires_grad))
        else:
            setattr(module, name, fresh)


def _shapes(module: nn.Module, where: str) -> dict[str, tuple[int, ...]]:
    """The shape of each of the layer's tensors, by the layer's own attributes."""
    if isinstance(module, nn.modules.conv._ConvNd):
        ends = (module.out_channels, module.in_channels)
        if min(ends) % module.groups or module.out_channels % module.groups or module.in_channels % module.groups:
            raise ThenarError(f"{ends} channels in {module.groups} groups", where=where, fix="save the network again")
        first, second = reversed(ends) if module.transposed else ends
        weight = (first, second // module.groups, *module.kernel_size)
        return {"weight": weight, "bias": (module.out_channels,)}
    if isinstance(module, nn.Linear):
        return {"weight": (module.out_features, module.in_features), "bias": (module.out_features,)}
    if isinstance(module, nn.GroupNorm) and module.num_channels % module.num_groups:
        raise ThenarError(
            f"{module.num_channels} channels in {module.num_groups} groups", where=where, fix="save the network again"
        )
    sizes = [getattr(module, attribute) for kind, names in _SIZES if isinstance(module, kind) for attribute in names]
    return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (sizes[0],))


def _is_sizes(value: object) -> bool:
    return isinstance(value, dict) and all(type(size) is int for size in value.values())
