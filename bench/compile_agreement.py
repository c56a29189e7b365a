"""AWR's networks and the student compiled to C, held to ONNX Runtime and to the plain-C reference.

    python bench/compile_agreement.py [--only NETWORK...]

The published networks have random weights from a fixed seed. So that joints mean something, batch norm takes its
statistics from rendered crops and the last convolution is scaled until maps vary like a trained network's: joints then
come from a few cells each, wherever closeness is highest. They are compared in mm of a 250 mm cube. Int8 models are
calibrated on the same crops and tried on others. Writes bench/results/compile_agreement.json after each network.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from heldout import float32_twin
from networks import SEED, with_statistics
from torch import Tensor, nn

from thenar.bench.results import read_result, write_result
from thenar.compile import compile
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.export import QuantizeOptions, quantize, to_onnx
from thenar.live.presets import model_path
from thenar.nets.build import build
from thenar.nets.decode import Decode
from thenar.nets.spec import AWR_NETWORKS, AwrSpec

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "bench/results/compile_agreement.json"
NETWORKS = ("student", *AWR_NETWORKS)
IMAGES, IMAGE_SEED, TRIED = 16, 7, 4
MAPS_DEVIATION = 0.3
"""Of a trained network's maps on hands: offsets are unit vectors where there is a joint, zero elsewhere."""

MM_PER_UNIT = 125.0
OPTIONS = QuantizeOptions(samples=IMAGES - TRIED, bias_correction="fast", residual="float")


class WithMaps(nn.Module):
    """depth (1, 1, 128, 128) -> uvd, confidence and the maps (4J, F, F) they come from."""

    def __init__(self, spec: AwrSpec, images: Tensor) -> None:
        super().__init__()
        torch.manual_seed(SEED)
        self.network = with_statistics(build(spec), images)
        with torch.no_grad():
            factor = MAPS_DEVIATION / self.network(images).maps.std()
            for module in last_convolutions(self.network):
                module.weight *= factor
                module.bias *= factor
        self.decode = Decode(spec.joints, spec.map_size, spec.kernel, spec.scale)

    def forward(self, depth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        maps = self.network(depth).maps
        return *self.decode(maps, depth), maps.flatten(0, 1)  # an output of its own: clean-ups keep a Reshape


def last_convolutions(network: nn.Module) -> list[Any]:
    return [module for name, module in network.named_children() if name in ("head", "offsets", "closeness")]


def models(name: str, images: np.ndarray, folder: Path) -> dict[str, Path]:
    """kind -> ONNX file; made where absent."""
    if name == "student":
        return {"float32": float32_twin(folder), "int8": model_path()}
    paths = {kind: folder / f"{name}-{kind}.onnx" for kind in ("float32", "int8")}
    if not paths["float32"].is_file():
        module = WithMaps(AwrSpec(name), torch.from_numpy(images[TRIED:]))
        outputs = ["uvd", "confidence", "maps"]
        paths["float32"].write_bytes(to_onnx(module, {"depth": torch.from_numpy(images[:1])}, outputs))
    if not paths["int8"].is_file():
        feeds = ({"depth": image[None]} for image in images[TRIED:])
        paths["int8"].write_bytes(quantize(paths["float32"].read_bytes(), feeds, OPTIONS))
    return paths


def compared(path: Path, images: np.ndarray, reference: bool) -> dict[str, Any]:
    """How far the compiled network is from ONNX Runtime and, if asked, from plain C."""
    host = compile(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    relative: dict[str, float] = dict.fromkeys(names, 0.0)
    mm: list[np.ndarray] = []
    for image in images[:TRIED, None]:
        got = host.run({"depth": image})
        want = dict(zip(names, session.run(None, {"depth": image}), strict=True))
        for key in names:
            difference = float(np.abs(got[key] - want[key]).max() / np.abs(want[key]).max())
            relative[key] = max(relative[key], difference)
        mm.append(MM_PER_UNIT * np.linalg.norm(got["uvd"] - want["uvd"], axis=-1))
    joints = np.concatenate(mm)
    figures = {"largest_relative": relative, "mean_mm": float(joints.mean()), "largest_mm": float(joints.max())}
    if reference:
        plain = compile(path, "c99").run({"depth": images[:1]})
        got = host.run({"depth": images[:1]})
        figures["largest_from_c99"] = {key: float(np.abs(got[key] - plain[key]).max()) for key in plain}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="NETWORK")
    parser.add_argument("--models", type=Path, default=ROOT / "out/agreement", help="where models are kept")
    options = parser.parse_args()
    options.models.mkdir(parents=True, exist_ok=True)
    images = SampleSource(SampleRecipe(), IMAGE_SEED, IMAGES).batch(0).images.astype(np.float32)
    results = read_result(RESULT)["networks"] if RESULT.is_file() else {}
    for name in options.only:
        for kind, path in models(name, images, options.models).items():
            results.setdefault(name, {})[kind] = compared(path, images, reference=kind == "int8")
            print(name, kind, results[name][kind], flush=True)
        ordered = {name: results[name] for name in NETWORKS if name in results}
        write_result(RESULT, {"images": TRIED, "networks": ordered}, "python bench/compile_agreement.py")


if __name__ == "__main__":
    main()
