"""A network on disk: its spec as TOML beside its weights as safetensors. No pickle is read or written."""

from __future__ import annotations

import tomllib
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from thenar.atomic import write_bytes, write_text
from thenar.errors import ThenarError
from thenar.nets.build import Network, build
from thenar.nets.locator import Locator
from thenar.nets.spec import AnySpec, LocatorSpec, Spec, from_dict, to_dict
from thenar.toml import dumps

MAX_BYTES = 1 << 30


def save(network: Network | Locator, stem: Path) -> None:
    """Write `STEM.toml` (the spec) and `STEM.safetensors` (weights, running statistics), each whole or not at all."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_text(stem.with_name(stem.name + ".toml"), dumps(to_dict(network.spec)))
    write_bytes(stem.with_name(stem.name + ".safetensors"), save_tensors(state))


def load(stem: Path) -> Network:
    """The network saved as `STEM.toml` and `STEM.safetensors`, on the CPU, in evaluation mode.

    Raises:
        ThenarError: a file is absent, is no such file, or the two don't belong together.
    """
    spec_path, weights_path = _paths(stem)
    network = build(read_spec(spec_path))
    _fill(network, spec_path, weights_path)
    return network


def load_locator(stem: Path) -> Locator:
    """As `load`, for a network that finds hands in a view."""
    spec_path, weights_path = _paths(stem)
    spec = _read(spec_path)
    if not isinstance(spec, LocatorSpec):
        raise ThenarError("is no locator", where=spec_path, fix="give one trained by `thenar train --spec locator`")
    network = Locator(spec)
    _fill(network, spec_path, weights_path)
    return network


def _paths(stem: Path) -> tuple[Path, Path]:
    """Spec and weights of a saved network; both are there and of a sane size."""
    paths = stem.with_name(stem.name + ".toml"), stem.with_name(stem.name + ".safetensors")
    for path in paths:
        if not path.is_file():
            raise ThenarError("no such file", where=path, fix="give the path of a saved network without its ending")
        if path.stat().st_size > MAX_BYTES:
            raise ThenarError("larger than 1 GiB", where=path, fix="give a network of this project")
    return paths


def _fill(network: nn.Module, spec_path: Path, weights_path: Path) -> None:
    try:
        network.load_state_dict(load_tensors(weights_path.read_bytes()))
    except SafetensorError as error:
        raise ThenarError(f"not a safetensors file: {error}", where=weights_path, fix="save it again") from error
    except RuntimeError as error:
        raise ThenarError("weights of another network", where=weights_path, fix=f"they must fit {spec_path}") from error
    network.eval()


def read_spec(path: Path) -> Spec:
    """The spec in a TOML file of a network that reads a crop.

    Raises:
        ThenarError: the file is no such file.
    """
    spec = _read(path)
    if isinstance(spec, LocatorSpec):
        raise ThenarError("is a locator, which reads no crop", where=path, fix="give the spec of a hand network")
    return spec


def saved_spec(stem: Path) -> AnySpec:
    """The spec of a saved network of any kind; raises as `load`."""
    return _read(_paths(stem)[0])


def _read(path: Path) -> AnySpec:
    try:
        return from_dict(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, ThenarError) as error:
        raise ThenarError(
            f"not a network's spec: {error}", where=path, fix="write family = and the spec's fields"
        ) from None
