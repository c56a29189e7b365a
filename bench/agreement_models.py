"""AWR's networks with weights that make sense, without training them: what `compile_agreement.py` compares.

Nobody ships trained weights of these shapes, and with random ones joints mean nothing: they are read from whichever
cell of a noisy map is highest, so that one rounding more or less moves them by centimetres. Two remedies:

- the last layer is fitted: ridge regression from the features of rendered crops to the maps of their joints
- residual branches start small, as networks are initialized so that they can be trained (Goyal et al. 2017, section
  5.1; Zhang et al. 2019, "Fixup"), so that rounding isn't amplified from block to block

`random` has neither: the last layer is scaled until maps vary like a trained network's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from heldout import float32_twin
from networks import SEED, with_statistics
from torch import Tensor, nn

from thenar.data.sample import SampleRecipe, SampleSource
from thenar.export import QuantizeOptions, quantize, to_onnx
from thenar.live.presets import model_path
from thenar.nets.build import build
from thenar.nets.decode import Decode, dense_targets
from thenar.nets.spec import AwrSpec

CROPS, CROP_SEED, TRIED, CALIBRATED = 40, 7, 4, 12
"""Crops: the first are tried, the next calibrate int8 and batch norm, all but the first fit the last layer."""

BRANCH = 0.25
"""How large residual branches are beside what they are added to."""

RIDGE = 1e-4
"""Of the features' mean square, on the diagonal."""

MAPS_DEVIATION = 0.3
"""Of a trained network's maps on hands: offsets are unit vectors where there is a joint, zero elsewhere."""

OPTIONS = QuantizeOptions(samples=CALIBRATED, bias_correction="fast", residual="float")


def crops(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(CROPS, 1, 128, 128) depth of right hands, and their (CROPS, 21, 3) uvd; made where absent."""
    path = folder / "crops.npz"
    if not path.is_file():
        batch = SampleSource(SampleRecipe(left_share=0.0, empty_share=0.0), CROP_SEED, CROPS).batch(0)
        np.savez(path, images=batch.images.astype(np.float32), uvd=batch.uvd)
    kept = np.load(path)
    return kept["images"], kept["uvd"]


class WithMaps(nn.Module):
    """depth (1, 1, 128, 128) -> uvd, confidence and the maps (4J, F, F) they come from."""

    def __init__(self, spec: AwrSpec, weights: str, images: Tensor, uvd: Tensor) -> None:
        super().__init__()
        torch.manual_seed(SEED)
        network = build(spec)
        if weights == "fitted":
            _shrink_branches(network)
        self.network = with_statistics(network, images[:CALIBRATED])
        if weights == "fitted":
            _fit(self.network, images, dense_targets(uvd, images, spec.map_size, spec.kernel))
        else:
            _scale(self.network, images[:CALIBRATED])
        self.decode = Decode(spec.joints, spec.map_size, spec.kernel, spec.scale)

    def forward(self, depth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        maps = self.network(depth).maps
        return *self.decode(maps, depth), maps.flatten(0, 1)  # an output of its own: clean-ups keep a Reshape


def _last_convolutions(network: nn.Module) -> list[Any]:
    return [module for name, module in network.named_children() if name in ("head", "offsets", "closeness")]


@torch.no_grad()
def _shrink_branches(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(branch := getattr(module, "residual", None), nn.Sequential):
            branch[-1].weight *= BRANCH


@torch.no_grad()
def _scale(network: nn.Module, images: Tensor) -> None:
    factor = MAPS_DEVIATION / network(images).maps.std()
    for module in _last_convolutions(network):
        module.weight *= factor
        module.bias *= factor


@torch.no_grad()
def _fit(network: nn.Module, images: Tensor, targets: Tensor) -> None:
    """Least squares for the last 1x1 convolutions, which read the same features; targets: (B, 4J, F, F)."""
    last, caught = _last_convolutions(network), list[Tensor]()
    hook = last[0].register_forward_pre_hook(lambda _, inputs: caught.append(inputs[0]))
    for part in images.split(4):
        network(part)
    hook.remove()
    features = torch.cat(caught).movedim(1, -1).flatten(0, 2).double()  # (B F F, C)
    features = torch.cat((features, torch.ones(len(features), 1)), dim=1)
    wanted = targets.movedim(1, -1).flatten(0, 2).double()
    products = features.T @ features
    products += RIDGE * products.diagonal().mean() * torch.eye(len(products))
    solution = torch.linalg.solve(products, features.T @ wanted).T.float()  # (4J, C + 1)
    for module, rows in zip(last, solution.split([module.out_channels for module in last]), strict=True):
        module.weight.copy_(rows[:, :-1, None, None])
        module.bias.copy_(rows[:, -1])


def models(name: str, weights: str, images: np.ndarray, uvd: np.ndarray, folder: Path) -> dict[str, Path]:
    """kind -> ONNX file; made where absent. The student is the one that ships."""
    if name == "student":
        return {"float32": float32_twin(folder), "int8": model_path()}
    paths = {kind: folder / f"{name}-{weights}-{kind}.onnx" for kind in ("float32", "int8")}
    if not paths["float32"].is_file():
        module = WithMaps(AwrSpec(name), weights, torch.from_numpy(images[TRIED:]), torch.from_numpy(uvd[TRIED:]))
        outputs = ["uvd", "confidence", "maps"]
        paths["float32"].write_bytes(to_onnx(module, {"depth": torch.from_numpy(images[:1])}, outputs))
    if not paths["int8"].is_file():
        feeds = ({"depth": image[None]} for image in images[TRIED : TRIED + CALIBRATED])
        paths["int8"].write_bytes(quantize(paths["float32"].read_bytes(), feeds, OPTIONS))
    return paths
