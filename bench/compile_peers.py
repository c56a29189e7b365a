"""The same networks compiled to C, in OpenVINO, in ONNX Runtime and in LiteRT: one thread of one core, in turns.

    python bench/compile_peers.py [--only NETWORK...] [--compiler gcc] [--litert-python PATH]

Nothing else may run meanwhile. Models are made on the first run and kept in out/peers. LiteRT needs packages that the
project's own Python doesn't hold: a Python with bench/litert-requirements.txt, by default .venv-litert/bin/python;
where there is none LiteRT is left out, and said to be. Writes a result for each compiler after each network;
with --only the others keep what an earlier run measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = {"gcc": "compile_peers.json", "clang": "compile_peers_clang.json"}
CPU = max(os.sched_getaffinity(0))
os.sched_setaffinity(0, {CPU})  # before any runtime counts the cores

import numpy as np  # noqa: E402
from networks import NETWORKS  # noqa: E402
from peer_models import KINDS, Models, prepare  # noqa: E402
from peer_runtimes import LiteRt, native, with_onnxruntime, with_openvino  # noqa: E402

from thenar.bench.interleave import interleaved  # noqa: E402
from thenar.bench.peak import measure_peaks  # noqa: E402
from thenar.bench.results import read_result, write_result  # noqa: E402
from thenar.compile import translate  # noqa: E402
from thenar.compile.build import compiler  # noqa: E402

ROUNDS, TURN_S = 20, 0.02
PEAKS = {"int8": ("int8 VNNI", "int8 AMX"), "float32": ("float32 FMA",)}
OURS = "native"


def measure(name: str, models: Models, litert_python: Path | None) -> dict[str, Any]:
    """kind -> what one network takes in each runtime, with the core's peaks before and after."""
    image = np.load(models.image)
    litert = LiteRt(litert_python, list(models.lite.values()), models.image) if litert_python else None
    figures: dict[str, Any] = {}
    for index, kind in enumerate(KINDS):
        path = models.onnx[kind]
        turns = {
            OURS: native(path, image, TURN_S),
            "openvino": with_openvino(path, image, TURN_S),
            "onnxruntime": with_onnxruntime(path, image, TURN_S),
        }
        if litert:
            turns["litert"] = litert.take(index, TURN_S)
        before = measure_peaks()
        times = interleaved(turns, ROUNDS)
        after = measure_peaks()
        peaks = {loop: max(before[loop], after[loop]) for loop in PEAKS[kind] if loop in before}
        figures[kind] = described(translate(path).program.macs, peaks, {key: asdict(t) for key, t in times.items()})
        print(name, kind, summary(figures[kind]), flush=True)
    if litert:
        litert.close()
    return figures


def described(macs: int, peaks: dict[str, float], times: dict[str, dict[str, float]]) -> dict[str, Any]:
    """times, and what follows from them: shares of each peak, and how much faster than the fastest peer ours is."""
    for entry in times.values():
        rate = macs / entry["ms_median"] / 1e6  # GMAC/s
        entry |= {f"share of {loop}": rate / peak for loop, peak in peaks.items()}
    fastest = min((key for key in times if key != OURS), key=lambda key: times[key]["ms_median"])
    ratio = times[fastest]["ms_median"] / times[OURS]["ms_median"]
    return {"macs": macs, "peaks_gmacs": peaks, "times": times, "fastest_peer": fastest, "times_faster": ratio}


def summary(figure: dict[str, Any]) -> str:
    times = ", ".join(f"{key} {entry['ms_median']:.3f}" for key, entry in figure["times"].items())
    return f"{times} ms; {figure['times_faster']:.2f}x {figure['fastest_peer']}"


def version(command: list[str]) -> str:
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return lines[0] if lines else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="NETWORK")
    parser.add_argument("--compiler", choices=RESULTS, default="gcc")
    parser.add_argument("--litert-python", type=Path, default=ROOT / ".venv-litert/bin/python")
    parser.add_argument("--models", type=Path, default=ROOT / "out/peers", help="where models are kept")
    parser.add_argument("--out", type=Path, help="another file for the result")
    parser.add_argument("--prepare", action="store_true", help="make the models and measure nothing")
    options = parser.parse_args()
    os.environ["CC"] = options.compiler
    out = options.out or ROOT / "bench/results" / RESULTS[options.compiler]
    litert_python = options.litert_python if options.litert_python.is_file() else None
    if litert_python is None:
        print(f"LiteRT is left out: no {options.litert_python}; see bench/litert-requirements.txt")
    options.models.mkdir(parents=True, exist_ok=True)
    models = {name: prepare(name, options.models, litert_python) for name in options.only}
    if options.prepare:
        return
    command = f"python bench/compile_peers.py --compiler {options.compiler}"
    networks = read_result(out)["networks"] if out.is_file() else {}
    for name in options.only:
        networks[name] = measure(name, models[name], litert_python)
        head = {"compiler": version([*compiler(), "--version"]), "rounds": ROUNDS, "turn_s": TURN_S}
        if litert_python:
            code = "from importlib.metadata import version; print(version('ai-edge-litert'))"
            head["litert"] = version([str(litert_python), "-c", code])
        ordered = {name: networks[name] for name in NETWORKS if name in networks}
        write_result(out, head | {"networks": ordered}, command)


if __name__ == "__main__":
    main()
