"""A network of `networks` as LiteRT models: FOLDER/float32.tflite, and FOLDER/int8.tflite with float input and output.

    python bench/litert_model.py NETWORK IMAGES.npz FOLDER

Runs in the Python of bench/litert-requirements.txt. IMAGES.npz holds `images` (N, 1, 128, 128), from which batch norm
and the ranges of activations are taken. Images go in and maps come out with channels last, as LiteRT likes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import algorithm_manager, qtyping, quantizer, recipe_manager
from networks import TRAINED, build, int8_scope
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

BITS = 8
CALIBRATION = 32


def main(name: str, images_path: Path, folder: Path) -> None:
    images = torch.from_numpy(np.load(images_path)["images"])
    network = fold_deconvolutions(build(name, images))
    outputs = [] if name in TRAINED else [0]
    channels_last = litert_torch.to_channel_last_io(network, args=[0], outputs=outputs)
    example = images[:1].permute(0, 2, 3, 1).contiguous()
    float32, int8 = folder / "float32.tflite", folder / "int8.tflite"
    litert_torch.convert(channels_last, (example,)).export(str(float32))
    key, signature = next(iter(Interpreter(str(float32)).get_signature_list().items()))
    quantizing = quantizer.Quantizer(str(float32), recipe(int8_scope(name)))
    feeds = [{signature["inputs"][0]: image[None].permute(0, 2, 3, 1).numpy()} for image in images[:CALIBRATION]]
    quantizing.quantize(quantizing.calibrate({key: feeds})).export_model(str(int8), overwrite=True)


def fold_deconvolutions(network: nn.Module) -> nn.Module:
    """Batch norm disappears into the transposed convolution before it: left to litert-torch 0.10 it becomes a bias of
    shape (1, 1, 1, C), whose int8 model LiteRT refuses to open."""
    for module in list(network.modules()):
        for index in range(len(module) - 1) if isinstance(module, nn.Sequential) else ():
            if isinstance(module[index], nn.ConvTranspose2d) and isinstance(module[index + 1], nn.BatchNorm2d):
                module[index] = fuse_conv_bn_eval(module[index], module[index + 1], transpose=True)
                module[index + 1] = nn.Identity()
    return network


def recipe(scope: str) -> Any:
    """The operators under `scope` in 8 bits, weights and activations; float input and output."""
    manager = recipe_manager.RecipeManager()
    manager.add_static_config(scope, qtyping.TFLOperationName.ALL_SUPPORTED, BITS, BITS)
    no = algorithm_manager.AlgorithmName.NO_QUANTIZE
    for end in (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT):
        manager.add_quantization_config(".*", end, algorithm_key=no)
    return manager.get_quantization_recipe()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
