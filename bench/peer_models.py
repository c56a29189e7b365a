"""The networks as files for each runtime, made once: float32 and int8, ONNX and LiteRT."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from heldout import float32_twin
from networks import TRAINED, build, outputs
from peer_runtimes import litert_environment

import thenar.export
from thenar.atomic import write_bytes
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.export import QuantizeOptions, quantize, to_onnx
from thenar.live.presets import model_path

KINDS = ("int8", "float32")
IMAGES, SEED = 32, 7
OPTIONS = QuantizeOptions(samples=IMAGES, bias_correction="fast")
MADE_BY = ("networks.py", "peer_models.py", "litert_model.py", "litert-requirements.txt")


@dataclass(frozen=True)
class Models:
    """kind -> file; `lite` is empty without LiteRT's Python. image: (1, 1, 128, 128) float32 as .npy."""

    onnx: dict[str, Path]
    lite: dict[str, Path]
    image: Path


def prepare(name: str, folder: Path, litert_python: Path | None) -> Models:
    """The files of the network called `name` under `folder`, made now where they are absent or of another recipe."""
    home = folder / f"{name}-{recipe_hash()}"
    home.mkdir(parents=True, exist_ok=True)
    images = calibration_images(folder)
    image = home / "image.npy"
    onnx = {kind: home / f"{kind}.onnx" for kind in KINDS}
    if not all(path.is_file() for path in (image, *onnx.values())):
        print(f"{name}: float32 and int8 ONNX", flush=True)
        write_onnx(name, images, onnx)
        np.save(image, images[:1])
    if litert_python is None:
        return Models(onnx, {}, image)
    lite = {kind: home / f"{kind}.tflite" for kind in KINDS}
    if not all(path.is_file() for path in lite.values()):
        print(f"{name}: float32 and int8 LiteRT", flush=True)
        script = Path(__file__).with_name("litert_model.py")
        command = [litert_python, script, name, images_path(folder), home]
        subprocess.run(command, check=True, env=litert_environment(), capture_output=True)
    return Models(onnx, lite, image)


def recipe_hash() -> str:
    """Of all that decides what the files hold."""
    exporting = sorted(Path(thenar.export.__path__[0]).glob("*.py"))
    parts = [path.read_bytes() for path in (*(Path(__file__).with_name(file) for file in MADE_BY), *exporting)]
    parts += [version(library).encode() for library in ("torch", "nncf", "onnx")] + [model_path().read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def images_path(folder: Path) -> Path:
    return folder / f"images-{SEED}-{IMAGES}.npz"


def calibration_images(folder: Path) -> np.ndarray:
    """(N, 1, 128, 128) float32 rendered crops."""
    path = images_path(folder)
    if not path.is_file():
        images = SampleSource(SampleRecipe(), SEED, IMAGES).batch(0).images.astype(np.float32)
        np.savez(path, images=images)
    return np.load(path)["images"]


def write_onnx(name: str, images: np.ndarray, paths: dict[str, Path]) -> None:
    if name in TRAINED:
        paths["float32"].write_bytes(float32_twin(paths["float32"].parent).read_bytes())
        write_bytes(paths["int8"], model_path().read_bytes())
        return
    network = build(name, torch.from_numpy(images))
    float32 = to_onnx(network, {"depth": torch.from_numpy(images[:1])}, outputs(name))
    write_bytes(paths["float32"], float32)
    write_bytes(paths["int8"], quantize(float32, ({"depth": image[None]} for image in images), OPTIONS))
