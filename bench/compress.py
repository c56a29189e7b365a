"""Two networks that have nothing to do with hands, compressed by the command alone, and how much faster they became.

python bench/compress.py [FOLDER]

FOLDER (out/compress) keeps the runs: what is done is not done again, only timed again.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import thenar.run
from thenar.bench.interleave import interleaved, turn
from thenar.bench.results import write_result
from thenar.compress.cost import plan
from thenar.compress.latency import random_feed
from thenar.compress.point import Point
from thenar.compress.quantize import evaluate
from thenar.compress.reference import Reference
from thenar.errors import ThenarError

ROOT = Path(__file__).parents[1]
EXAMPLES = {
    "digits": (
        "--model compress_digits:network --data compress_digits:digits --train-first 300 --keep 0.03,0.1 --trials 6"
        " --short-steps 80 --steps 400 --budget max_drop=0.01"
    ),
    "denoise": (
        "--model compress_denoise:network --data compress_denoise:photographs --train-first 300 --batch 32 --rate 4e-3"
        " --keep 0.06,0.09 --trials 2 --short-steps 40 --steps 1000 --finalists 1 --budget max_drop=0.01"
    ),
}
ORIGINAL, RESULT = "original, float32", "result, int8"
ROUNDS, TURN_S, SEED = 20, 0.02, 0


def measure(name: str, arguments: str, folder: Path) -> dict[str, object]:
    command = [sys.executable, "-c", "from thenar.cli.main import main; main()", "compress", *arguments.split()]
    if not (folder / "report.html").exists():
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path])}
        subprocess.run([*command, "-o", str(folder)], check=True, cwd=ROOT / "examples", env=environment)
    models = {ORIGINAL: (folder / "original.onnx").read_bytes(), RESULT: (folder / "model.onnx").read_bytes()}
    plans = {label: plan(model) for label, model in models.items()}
    with contextlib.chdir(ROOT / "examples"):
        task = Reference(arguments.split()[3]).task()
        metrics = {label: evaluate(model, task) for label, model in models.items()}
    chosen = Point.read(folder / "metrics.json")
    return {
        "command": f"thenar compress {arguments} -o {name}",
        "models": {
            label: {
                "bytes": len(model),
                "metric": metrics[label],
                **({} if (planned := plans[label]) is None else vars(planned)),
            }
            for label, model in models.items()
        },
        "lost": chosen.lost,
        "method": chosen.method,
        "float_layers": list(chosen.float_layers),
        "latency": latencies(models),
    }


def latencies(models: dict[str, bytes]) -> list[dict[str, object]]:
    """Every model in every runtime that takes it, one thread: turns of the same length, over and over."""
    with ExitStack() as stack:
        turns: dict[tuple[str, str], Callable[[], float]] = {}
        for runtime in thenar.run.RUNTIMES:
            for name, model in models.items():
                with contextlib.suppress(ThenarError):  # not installed, or no C compiler
                    session = stack.enter_context(thenar.run.open(model, runtime, threads=1))
                    turns[name, runtime] = partial(turn, partial(session.run, random_feed(session, SEED)), TURN_S)
        taken = interleaved({" in ".join(key): take for key, take in turns.items()}, ROUNDS)
    return [
        {"model": name, "runtime": runtime, "p50_ms": times.ms_median}
        for (name, runtime), times in zip(turns, taken.values(), strict=True)
    ]


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else ROOT / "out" / "compress"
    figures = {name: measure(name, given, (folder / name).resolve()) for name, given in EXAMPLES.items()}
    write_result(ROOT / "bench/results/compress.json", {"examples": figures}, "python bench/compress.py")


if __name__ == "__main__":
    main(sys.argv[1:])
