"""Training samples per second and core, the whole path; writes bench/results/generation.json."""

from __future__ import annotations

from pathlib import Path

from thenar.bench.results import write_result
from thenar.data.synthetic import bench_samples

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    figures = bench_samples(seed=0)
    print(f"{figures['samples_per_s_core']:.0f} training samples/s and core")
    write_result(ROOT / "bench/results/generation.json", figures)
