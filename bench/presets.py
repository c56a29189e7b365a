"""The presets beside the network that they are measured against: AWR ResNet-50 in float32 on OpenVINO, one thread.

    python bench/presets.py [--prepare]

Every preset is timed as the C library that this project compiles it to, and in OpenVINO, all in turns in one process.
Weights don't change what a float32 network costs, so AWR's are random. --prepare makes the models and measures nothing:
what it made is kept in out/presets and in the compiler's cache. Nothing else may run meanwhile. Writes
bench/results/presets.json.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

CPU = max(os.sched_getaffinity(0))
os.sched_setaffinity(0, {CPU})  # before any runtime counts the cores

import numpy as np  # noqa: E402
import torch  # noqa: E402
from networks import with_statistics  # noqa: E402
from peer_models import calibration_images  # noqa: E402
from peer_runtimes import native, with_openvino  # noqa: E402

from thenar.atomic import write_bytes  # noqa: E402
from thenar.bench.interleave import Times, interleaved  # noqa: E402
from thenar.bench.results import write_result  # noqa: E402
from thenar.compile import translate  # noqa: E402
from thenar.export import to_onnx  # noqa: E402
from thenar.live.presets import PRESETS, model_path  # noqa: E402
from thenar.nets.build import build, cost  # noqa: E402
from thenar.nets.decode import Decoded  # noqa: E402
from thenar.nets.spec import AwrSpec  # noqa: E402

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out/presets"
ORIGINAL = AwrSpec("resnet50")
STATISTICS_ON = 4
ROUNDS, TURN_S = 16, 0.02
RUNTIMES = {"native": native, "openvino": with_openvino}


def original() -> Path:
    """AWR with its decoding, made once: the same inputs and outputs as a preset's."""
    path = KEPT / "awr-resnet50.onnx"
    if not path.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(0)
        images = torch.from_numpy(calibration_images(KEPT)[:STATISTICS_ON])
        network = with_statistics(build(ORIGINAL), images)
        module = Decoded(network, ORIGINAL.joints, ORIGINAL.map_size, ORIGINAL.kernel, ORIGINAL.scale).eval()
        write_bytes(path, to_onnx(module, {"depth": images[:1]}, ["uvd", "confidence"]))
    return path


def described(preset: str, bytes_before: int, before: Times, times: dict[str, Times]) -> dict[str, Any]:
    """A preset's size and times, and how many times smaller and faster that is than the original."""
    path = model_path(preset)
    return {
        "bytes": path.stat().st_size,
        "times_smaller": bytes_before / path.stat().st_size,
        "macs": translate(path).program.macs,
        **{
            runtime: {**asdict(taken), "times_faster": before.ms_median / taken.ms_median}
            for runtime, taken in times.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", action="store_true", help="make the models and measure nothing")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    awr = original()
    image = np.ascontiguousarray(calibration_images(KEPT)[:1])
    turns = {
        f"{preset} {runtime}": turn(model_path(preset), image, TURN_S)
        for preset in PRESETS
        for runtime, turn in RUNTIMES.items()
    }
    if given.prepare:
        return
    taken = interleaved({"original": with_openvino(awr, image, TURN_S), **turns}, given.rounds)
    before, size = taken["original"], awr.stat().st_size
    presets = {
        preset: described(preset, size, before, {runtime: taken[f"{preset} {runtime}"] for runtime in RUNTIMES})
        for preset in PRESETS
    }
    result = {
        "rounds": given.rounds,
        "turn_s": TURN_S,
        "original": {"network": asdict(ORIGINAL), "bytes": size, **asdict(cost(build(ORIGINAL))), **asdict(before)},
        "presets": presets,
    }
    for preset, figures in presets.items():
        faster = ", ".join(f"{figures[name]['times_faster']:.0f}x in {name}" for name in RUNTIMES)
        print(f"{preset}: {faster}; {figures['times_smaller']:.0f}x smaller")
    write_result(ROOT / "bench/results/presets.json", result, "python bench/presets.py")


if __name__ == "__main__":
    main()
