"""Milliseconds from a depth frame to its hands, on one core: two hands followed, one, and the locator at every frame.

    python bench/live_speed.py [--preset NAME] [--frames N] [--runtimes native openvino]

Frames are of 640x480, rendered before anything is timed. The 5th percentile is what it takes where nothing else runs on
the core's other hyperthread. Writes bench/results/live_speed-NAME.json.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from thenar.bench.results import write_result
from thenar.data.frame import Frame
from thenar.live.hands import HandsTracker, tracker_of
from thenar.live.locator import shipped_locator
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.live.sources.synthetic import SyntheticSource
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
WARM_UP = 20


def rendered(hands: int, count: int) -> list[Frame]:
    source = SyntheticSource(hands=hands, paced=False)
    return [frame for _ in range(count) if (frame := source.read(1.0)) is not None]


def following(tracker: HandsTracker, frames: list[Frame]) -> Callable[[], int]:
    """One more frame at each call, there and back; returns how many hands were told of."""
    number, way = iter(range(10**9)), cycle([*frames, *reversed(frames)])

    def track() -> int:
        return len(tracker.track(next(way).depth_mm, next(number) / 60))

    return track


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--runtimes", nargs="+", default=["native", "openvino"])
    given = parser.parse_args()
    scenes = {"two hands": rendered(2, 45), "one hand": rendered(1, 45)}
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    jobs: dict[tuple[str, str], Callable[[], Any]] = {}
    for runtime in given.runtimes:
        session = open_session(model_path(given.preset), runtime=runtime, threads=1)
        for name, frames in scenes.items():
            jobs[runtime, name] = following(tracker_of(given.preset)(session, frames[0].camera), frames)
        frame, locator = scenes["two hands"][0], shipped_locator(runtime)
        jobs[runtime, "locator alone"] = lambda frame=frame, locator=locator: locator.find(frame.depth_mm, frame.camera)
    took: dict[tuple[str, str], list[float]] = {key: [] for key in jobs}
    for turn in range(given.frames + WARM_UP):
        for key, job in jobs.items():
            start = time.perf_counter()
            told = job()
            if turn >= WARM_UP:
                took[key].append((time.perf_counter() - start) * 1e3)
                assert key[1] != "two hands" or told == 2, "both hands are followed in every frame that is timed"
    rows = [
        {
            "runtime": runtime,
            "what": name,
            "ms_p5": round(float(np.percentile(ms, 5)), 3),
            "ms_p50": round(float(np.percentile(ms, 50)), 3),
            "ms_p95": round(float(np.percentile(ms, 95)), 3),
        }
        for (runtime, name), ms in took.items()
    ]
    figures = {"preset": given.preset, "frames": given.frames, "camera": "640x480", "cores": 1, "rows": rows}
    write_result(ROOT / f"bench/results/live_speed-{given.preset}.json", figures)
    print(
        "\n".join(
            f"{row['runtime']:<9} {row['what']:<14} {row['ms_p5']:.2f} {row['ms_p50']:.2f} {row['ms_p95']:.2f} ms"
            for row in rows
        )
    )


if __name__ == "__main__":
    main()
