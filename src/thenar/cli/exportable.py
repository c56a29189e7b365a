"""What a saved network is exported as: a module with its decoding, names and shapes, and inputs to calibrate on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thenar.extras import require

BATCH = 64

Feed = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Exportable:
    """module: PyTorch. input, shape: of its one tensor. outputs: their names. feeds: (count, seed) -> such inputs."""

    module: Any
    input: str
    shape: tuple[int, ...]
    outputs: tuple[str, ...]
    feeds: Callable[[int, int], Iterator[Feed]]


def exportable(stem: Path) -> Exportable:
    """The network saved as `STEM.toml` and `STEM.safetensors`: one that reads a crop, or a locator.

    Raises:
        ThenarError: a file is absent, or the two are no saved network.
        MissingExtra: PyTorch or safetensors is not installed.
    """
    require("train", "torch", "safetensors")
    from thenar.nets.spec import LocatorSpec
    from thenar.nets.store import saved_spec

    return _locator(stem) if isinstance(saved_spec(stem), LocatorSpec) else _hand_network(stem)


def _hand_network(stem: Path) -> Exportable:
    from thenar.nets.decode import Decoded
    from thenar.nets.spec import INPUT_SIZE
    from thenar.nets.store import load

    network = load(stem)
    spec = network.spec
    module = Decoded(network, spec.joints, spec.map_size, spec.kernel, spec.scale)
    return Exportable(module, "depth", (1, 1, INPUT_SIZE, INPUT_SIZE), ("uvd", "confidence"), rendered_crops)


def _locator(stem: Path) -> Exportable:
    from thenar.hand.view import VIEW_HEIGHT, VIEW_WIDTH
    from thenar.nets.locator import Located
    from thenar.nets.store import load_locator

    shape = (1, 1, VIEW_HEIGHT, VIEW_WIDTH)
    return Exportable(Located(load_locator(stem)), "view", shape, ("heat", "uvd"), rendered_views)


def rendered_crops(count: int, seed: int) -> Iterator[Feed]:
    """Crops like those that hand networks are trained on, `count` or a few more."""
    require("train", "numba")
    from thenar.data.sample import SampleRecipe, SampleSource

    return _images("depth", SampleSource(SampleRecipe(), seed, min(BATCH, count)), count)


def rendered_views(count: int, seed: int) -> Iterator[Feed]:
    """Views like those that locators are trained on, `count` or a few more."""
    require("train", "numba")
    from thenar.data.scenes import SceneRecipe, SceneSource

    return _images("view", SceneSource(SceneRecipe(), seed, min(BATCH, count)), count)


def _images(name: str, source: Any, count: int) -> Iterator[Feed]:
    for step in range(-(-count // BATCH)):
        for image in source.batch(step).images:
            yield {name: image[None].astype(np.float32)}
