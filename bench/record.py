"""Recording 640x480 depth on one core: time a frame, and what is dropped at a camera's rate.

    python bench/record.py [--seconds 8]

Writes bench/results/record.json. The frames are those of `thenar synth`, rendered before the clock starts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from thenar.bench.results import write_result
from thenar.data.depth_png import write_depth
from thenar.data.frame import Frame
from thenar.live.record import record
from thenar.live.sources.synthetic import SyntheticSource

ROOT = Path(__file__).parents[1]
RATES = (30, 60)


class Paced:
    """Frames that wait for nobody, at `fps`."""

    name, live = "paced", True

    def __init__(self, frames: list[Frame], fps: int) -> None:
        self.frames, self.fps = frames, fps

    def start(self) -> None:
        self.count, self.begun = 0, time.monotonic()

    def read(self, timeout_s: float) -> Frame:
        time.sleep(max(self.begun + self.count / self.fps - time.monotonic(), 0.0))
        frame = self.frames[self.count % len(self.frames)]
        self.count += 1
        return frame

    def stop(self) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8.0)
    seconds: float = parser.parse_args().seconds
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    source = SyntheticSource("sr305", fps=30, paced=False)
    frames = [source.read(1.0) for _ in range(24)]
    rates = {}
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        took_ms = []
        for number, frame in enumerate(frames * 4):
            begun = time.perf_counter()
            write_depth(Path(folder, f"{number}.png"), frame.depth_mm, frame.camera)
            took_ms.append(1e3 * (time.perf_counter() - begun))
        kib = np.mean([path.stat().st_size for path in Path(folder).glob("*.png")]) / 1024
        for fps in RATES:
            summary = record(Paced(frames, fps), Path(folder, f"at-{fps}"), frames=round(seconds * fps), progress=False)
            rates[str(fps)] = {"frames": summary.frames, "dropped": summary.dropped}
            print(fps, rates[str(fps)])
    figures = {
        "cores_used": 1,
        "size": "640x480",
        "ms_per_frame_p50": float(np.percentile(took_ms, 50)),
        "ms_per_frame_p95": float(np.percentile(took_ms, 95)),
        "kib_per_frame": float(kib),
        "rates": rates,
    }
    print(figures)
    write_result(ROOT / "bench/results/record.json", figures)


if __name__ == "__main__":
    main()
