"""Frozen descriptions of networks: all that is needed to build one again. No PyTorch is imported here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from thenar.errors import ThenarError

INPUT_SIZE = 128


@dataclass(frozen=True)
class StudentSpec:
    """One member of the family.

    channels: output channels of each stride-2 stage, multiples of 8; the first stage is the stem, at 64x64.
    blocks: residual blocks after each stage. map_size: side F of the output maps, 128 / 2**k for a stage k.
    decoder_convs, decoder_blocks: 3x3 convolutions after each skip is added, and residual blocks after those.
    kernel, scale: see `thenar.nets.decode`. refine: widths of `thenar.nets.refine`, none for joints as decoded.
    repeats: how often each residual block runs, with the same weights.
    """

    channels: tuple[int, ...] = (16, 32, 48, 96)
    blocks: tuple[int, ...] = (0, 0, 1, 2)
    decoder_convs: int = 1
    decoder_blocks: int = 0
    map_size: int = 32
    joints: int = 21
    kernel: float = 0.8
    scale: float = 30.0
    refine: tuple[int, ...] = ()
    repeats: int = 1

    def __post_init__(self) -> None:
        if len(self.channels) != len(self.blocks) or not 1 <= len(self.channels) <= 6:
            raise ThenarError(
                "channels and blocks differ in length", where="student spec", fix="give one of each a stage"
            )
        if any(c <= 0 or c % 8 for c in self.channels):
            raise ThenarError(f"channels {self.channels}", where="student spec", fix="use multiples of 8")
        if min(*self.blocks, self.decoder_convs, self.decoder_blocks) < 0 or self.joints < 1:
            raise ThenarError(
                "a negative count", where="student spec", fix="count blocks, convolutions and joints from 0"
            )
        sizes = [INPUT_SIZE >> (stage + 1) for stage in range(len(self.channels))]
        if self.map_size not in sizes:
            raise ThenarError(f"map_size {self.map_size}", where="student spec", fix=f"use one of {sizes}")
        if any(not 1 <= width <= 4096 for width in self.refine):
            raise ThenarError(f"refine {self.refine}", where="student spec", fix="use widths from 1 to 4096")
        if not 1 <= self.repeats <= 8:
            raise ThenarError(f"repeats {self.repeats}", where="student spec", fix="run blocks 1 to 8 times")
        if self.kernel <= 0 or self.scale <= 0:
            raise ThenarError("kernel or scale is not positive", where="student spec", fix="use 0.8 and 30")


@dataclass(frozen=True)
class AwrSpec:
    """One of the published AWR networks (Huang et al., AAAI 2020, arXiv 2007.09590).

    network: "resnet18", "resnet50" or "hourglass1". kernel, scale: see `thenar.nets.decode`.
    """

    network: str = "resnet18"
    joints: int = 21
    map_size: int = 64
    kernel: float = 1.0
    scale: float = 30.0

    def __post_init__(self) -> None:
        if self.network not in AWR_NETWORKS:
            raise ThenarError(
                f"network {self.network!r}", where="awr spec", fix=f"use one of {', '.join(AWR_NETWORKS)}"
            )
        if self.map_size != 64 or self.joints < 1 or self.kernel <= 0 or self.scale <= 0:
            raise ThenarError("not a published shape", where="awr spec", fix="use map_size 64, kernel 1 and scale 30")


@dataclass(frozen=True)
class LocatorSpec:
    """A network that finds hands in a view of 128x160.

    channels: of each stride-2 stage, multiples of 16, two or more. blocks: residual blocks after each stage.
    """

    channels: tuple[int, ...] = (16, 16, 32, 48)
    blocks: tuple[int, ...] = (0, 0, 1, 2)

    def __post_init__(self) -> None:
        if len(self.channels) != len(self.blocks) or not 2 <= len(self.channels) <= 5:
            raise ThenarError(
                "channels and blocks differ in length", where="locator spec", fix="give one of each a stage, 2 to 5"
            )
        if any(c <= 0 or c % 16 for c in self.channels) or min(self.blocks) < 0:
            raise ThenarError(f"channels {self.channels}", where="locator spec", fix="use multiples of 16")


AWR_NETWORKS = ("resnet18", "resnet50", "hourglass1")
Spec = StudentSpec | AwrSpec
"""Of a network that reads a crop."""

AnySpec = Spec | LocatorSpec
FAMILIES: dict[str, type[StudentSpec] | type[AwrSpec] | type[LocatorSpec]] = {
    "student": StudentSpec,
    "awr": AwrSpec,
    "locator": LocatorSpec,
}


def to_dict(spec: AnySpec) -> dict[str, Any]:
    """Plain values for TOML or JSON, with the family's name under "family"; `from_dict` reads them back."""
    family = next(name for name, kind in FAMILIES.items() if isinstance(spec, kind))
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(spec).items()}
    return {"family": family, **values}


def from_dict(values: Mapping[str, Any]) -> AnySpec:
    """The spec in `values`; absent keys take their defaults.

    Raises:
        ThenarError: an unknown family or key, a value of another type, or values that are no network.
    """
    family = FAMILIES.get(values.get("family", ""))
    if family is None:
        raise ThenarError(
            f"family {values.get('family')!r}", where="network spec", fix=f"use one of {sorted(FAMILIES)}"
        )
    known = {field.name: field.default for field in dataclasses.fields(family)}
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key == "family":
            continue
        if key not in known:
            raise ThenarError(f"unknown key {key!r}", where="network spec", fix="remove it")
        given[key] = _like(key, value, known[key])
    return family(**given)


def _like(key: str, value: Any, default: Any) -> Any:
    """`value` as the type of `default`, refusing anything else."""
    if isinstance(default, tuple) and isinstance(value, (list, tuple)) and all(type(v) is int for v in value):
        return tuple(value)
    if isinstance(default, float) and type(value) in (int, float):
        return float(value)
    if type(value) is type(default) and not isinstance(default, tuple):
        return value
    raise ThenarError(f"{key} = {value!r}", where="network spec", fix=f"write it like {default!r}")
