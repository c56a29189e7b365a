"""AWR's networks and the student compiled to C, held to ONNX Runtime, to the standard and to the plain-C reference.

    python bench/compile_agreement.py [--only NETWORK...] [--weights random] [--standard]

`agreement_models.py` says where weights come from. Joints are compared in mm of a 250 mm cube, on crops that neither
fitted nor calibrated anything. Of int8 networks it is also measured how far ONNX Runtime is from itself without its
optimizations, and int8 from float32: which differences mean something; with --standard, how far both are from ONNX's
own evaluator (one crop, minutes). Writes bench/results/compile_agreement.json after each network.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnx.version_converter
import onnxruntime
from agreement_models import TRIED, crops, models
from onnx.reference import ReferenceEvaluator

from thenar.bench.results import read_result, write_result
from thenar.compile import compile
from thenar.nets.spec import AWR_NETWORKS

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "bench/results/compile_agreement.json"
NETWORKS = ("student", *AWR_NETWORKS)
WEIGHTS = ("fitted", "random")
MM_PER_UNIT = 125.0
EVALUATED_OPSET = 21
"""ONNX's evaluator has no DequantizeLinear of the operator sets before 19."""

Answers = list[dict[str, np.ndarray]]
"""Output name -> array, for each crop."""


def by_runtime(path: Path, images: np.ndarray, optimized: bool = True) -> Answers:
    """What ONNX Runtime gives on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return [dict(zip(names, session.run(None, {"depth": image}), strict=True)) for image in images[:, None]]


def by_standard(path: Path, images: np.ndarray) -> Answers:
    """What the ONNX standard's own evaluator gives, operator by operator."""
    evaluator = ReferenceEvaluator(onnx.version_converter.convert_version(onnx.load(path), EVALUATED_OPSET))
    answers = [evaluator.run(None, {"depth": image}) for image in images[:, None]]
    return [dict(zip(evaluator.output_names, values, strict=True)) for values in answers]


def compiled(path: Path, images: np.ndarray, target: str = "host") -> Answers:
    network = compile(path, target)
    return [{name: value.copy() for name, value in network.run({"depth": image}).items()} for image in images[:, None]]


def apart(ones: Answers, others: Answers) -> dict[str, float]:
    """How far joints are apart, in mm."""
    pairs = zip(ones, others, strict=True)
    mm = MM_PER_UNIT * np.array([np.linalg.norm(one["uvd"] - other["uvd"], axis=-1) for one, other in pairs])
    return {"mean_mm": float(mm.mean()), "largest_mm": float(mm.max())}


def relative(ones: Answers, others: Answers) -> dict[str, float]:
    """Each output's largest difference, as a share of its largest value."""
    return {
        name: max(
            float(np.abs(one[name] - other[name]).max() / np.abs(other[name]).max())
            for one, other in zip(ones, others, strict=True)
        )
        for name in others[0]
    }


def compared(paths: dict[str, Path], kind: str, images: np.ndarray, standard: bool) -> dict[str, Any]:
    """The figures of one network in float32 or int8."""
    path = paths[kind]
    ours, runtime = compiled(path, images), by_runtime(path, images)
    figures: dict[str, Any] = {"largest_relative": relative(ours, runtime), **apart(ours, runtime)}
    if kind == "int8":
        plain = compiled(path, images[:1], "c99")[0]
        figures["largest_from_c99"] = {key: float(np.abs(ours[0][key] - plain[key]).max()) for key in plain}
        figures["runtime_from_itself"] = apart(by_runtime(path, images, optimized=False), runtime)
        figures["from_float32"] = apart(ours, by_runtime(paths["float32"], images))
    if kind == "int8" and standard:
        answer = by_standard(path, images[:1])
        figures["from_standard"] = apart(ours[:1], answer)
        figures["runtime_from_standard"] = apart(runtime[:1], answer)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="NETWORK")
    parser.add_argument("--weights", choices=WEIGHTS, default=WEIGHTS[0])
    parser.add_argument("--standard", action="store_true")
    parser.add_argument("--models", type=Path, default=ROOT / "out/agreement", help="where models are kept")
    options = parser.parse_args()
    options.models.mkdir(parents=True, exist_ok=True)
    images, uvd = crops(options.models)
    for name in options.only:
        weights = "trained" if name == "student" else options.weights
        paths = models(name, weights, images, uvd, options.models)
        rows = {kind: compared(paths, kind, images[:TRIED], options.standard) for kind in paths}
        print(name, weights, rows, flush=True)
        results = read_result(RESULT)["networks"] if RESULT.is_file() else {}
        results.setdefault(name, {}).setdefault(weights, {}).update(rows)
        ordered = {name: results[name] for name in NETWORKS if name in results}
        write_result(RESULT, {"images": TRIED, "networks": ordered}, "python bench/compile_agreement.py")


if __name__ == "__main__":
    main()
