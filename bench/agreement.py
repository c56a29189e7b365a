"""One network, every runtime: how far joints differ between PyTorch, ONNX Runtime and OpenVINO on 1,000 crops.

Crops are rendered as in training, from a seed that training did not use. uvd is compared as it is, joints in mm are
uvd times half the cube. Writes bench/results/agreement.json.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from heldout import WEIGHTS, float32_twin

from thenar.bench.results import write_result
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.live.presets import model_path
from thenar.nets.decode import Decoded
from thenar.nets.store import load
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
CROPS, SEED = 1000, 99


def main() -> None:
    batch = SampleSource(SampleRecipe(), SEED, CROPS).batch(0)
    images = batch.images.astype(np.float32)
    network = load(WEIGHTS)
    spec = network.spec
    module = Decoded(network, spec.joints, spec.map_size, spec.kernel, spec.scale).eval()
    with torch.inference_mode():
        uvd = {"float32 PyTorch": torch.cat([module(torch.from_numpy(x[None]))[0] for x in images]).numpy()}
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in (("float32", float32_twin(Path(folder))), ("int8", model_path())):
            for runtime in ("openvino", "onnxruntime"):
                with open_session(path, runtime=runtime) as session:
                    uvd[f"{kind} {runtime}"] = session.run_many({"depth": images})["uvd"]
    pairs = [
        ("float32 PyTorch", "float32 openvino"),
        ("float32 PyTorch", "float32 onnxruntime"),
        ("float32 openvino", "float32 onnxruntime"),
        ("int8 openvino", "int8 onnxruntime"),
        ("float32 openvino", "int8 openvino"),
    ]
    rows = []
    for one, other in pairs:
        difference = np.abs(uvd[one] - uvd[other])
        mm = np.linalg.norm(uvd[one] - uvd[other], axis=2) * (batch.cube_mm[:, None] / 2)
        rows.append(
            {
                "one": one,
                "other": other,
                "max_uvd": float(difference.max()),
                "mean_mm": float(mm.mean()),
                "p99_mm": float(np.percentile(mm, 99)),
                "max_mm": float(mm.max()),
            }
        )
        print(rows[-1])
    write_result(ROOT / "bench/results/agreement.json", {"crops": CROPS, "seed": SEED, "pairs": rows})


if __name__ == "__main__":
    main()
