"""Milliseconds of one crop through the shipped model and its float32 twin, interleaved over runtimes and threads.

Nothing else may run meanwhile. Writes bench/results/speed.json.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from heldout import float32_twin

from thenar.bench.results import write_result
from thenar.live.presets import model_path
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
ROUNDS, CALLS = 30, 40


def main() -> None:
    depth = np.random.default_rng(0).uniform(-1, 1, (1, 1, 128, 128)).astype(np.float32)
    depth[:, :, :, 80:] = 1
    with tempfile.TemporaryDirectory() as folder:
        models = {"int8": model_path(), "float32": float32_twin(Path(folder))}
        cases = [
            (r, m, t)
            for r in ("openvino", "onnxruntime", "native")
            for m in models
            for t in ((1,) if r == "native" else (1, 2))
        ]
        opened = {case: open_session(models[case[1]], runtime=case[0], threads=case[2]) for case in cases}
        took: dict[tuple[str, str, int], list[float]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            for case, session in opened.items():
                session.run({"depth": depth})
                for _ in range(CALLS):
                    start = time.perf_counter()
                    session.run({"depth": depth})
                    took[case].append((time.perf_counter() - start) * 1e3)
        for session in opened.values():
            session.close()
    rows = [
        {
            "runtime": runtime,
            "model": model,
            "threads": threads,
            "ms_p50": float(np.percentile(took[runtime, model, threads], 50)),
            "ms_p95": float(np.percentile(took[runtime, model, threads], 95)),
        }
        for runtime, model, threads in cases
    ]
    for row in rows:
        print(row)
    write_result(ROOT / "bench/results/speed.json", {"calls": ROUNDS * CALLS, "rows": rows})


if __name__ == "__main__":
    main()
