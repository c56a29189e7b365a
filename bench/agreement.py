"""One network, every runtime: how far its joints are apart in PyTorch, ONNX Runtime, OpenVINO and as C.

    python bench/agreement.py [--preset NAME]

On 1,000 crops, rendered as in training, from a seed that training did not use. uvd is compared as it is, joints in mm
are uvd times half the cube. Writes bench/results/agreement-NAME.json.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from heldout import float32_twin, weights_of
from numpy.typing import NDArray

from thenar.bench.results import write_result
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.nets.decode import Decoded
from thenar.nets.store import load
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
CROPS, SEED = 1000, 99
RUNTIMES = ("openvino", "onnxruntime", "native")
PAIRS = (
    ("float32 PyTorch", "float32 openvino"),
    ("float32 PyTorch", "float32 onnxruntime"),
    ("float32 PyTorch", "float32 native"),
    ("int8 openvino", "int8 onnxruntime"),
    ("int8 openvino", "int8 native"),
    ("int8 onnxruntime", "int8 native"),
    ("float32 openvino", "int8 openvino"),
)


def joints(preset: str, images: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """ "float32 PyTorch", "int8 native"... -> uvd (N, 21, 3) of crops (N, 1, 128, 128)."""
    network = load(weights_of(preset))
    spec = network.spec
    module = Decoded(network, spec.joints, spec.map_size, spec.kernel, spec.scale).eval()
    with torch.inference_mode():
        uvd = {"float32 PyTorch": torch.cat([module(torch.from_numpy(x[None]))[0] for x in images]).numpy()}
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in (("float32", float32_twin(Path(folder), preset)), ("int8", model_path(preset))):
            for runtime in RUNTIMES:
                with open_session(path, runtime=runtime, threads=1) as session:
                    uvd[f"{kind} {runtime}"] = session.run_many({"depth": images})["uvd"]
    return uvd


def apart(one: NDArray[np.float32], other: NDArray[np.float32], cube_mm: NDArray[np.float32]) -> dict[str, float]:
    """How far two answers (N, 21, 3) are apart, in crops of side cube_mm (N,)."""
    mm = np.linalg.norm(one - other, axis=2) * (cube_mm[:, None] / 2)
    return {
        "max_uvd": float(np.abs(one - other).max()),
        "mean_mm": float(mm.mean()),
        "p99_mm": float(np.percentile(mm, 99)),
        "max_mm": float(mm.max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET)
    preset = parser.parse_args().preset
    batch = SampleSource(SampleRecipe(), SEED, CROPS).batch(0)
    uvd = joints(preset, batch.images.astype(np.float32))
    rows: list[dict[str, Any]] = []
    for one, other in PAIRS:
        rows.append({"one": one, "other": other, **apart(uvd[one], uvd[other], batch.cube_mm)})
        print(rows[-1])
    result = {"preset": preset, "crops": CROPS, "seed": SEED, "pairs": rows}
    write_result(
        ROOT / f"bench/results/agreement-{preset}.json", result, f"python bench/agreement.py --preset {preset}"
    )


if __name__ == "__main__":
    main()
