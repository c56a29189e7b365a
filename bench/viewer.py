"""Milliseconds of every stage behind the viewer, from an endless synthetic source to a viewer that reads everything.

python bench/viewer.py [SECONDS]    # 600 shows whether memory grows: it is asked at the start, each minute, at the end

The source renders 640x480 frames with two hands, 60 a second, on the same machine and in the same process; a viewer
with depth frames reads over the WebSocket. Nothing else may run meanwhile. Writes bench/results/viewer.json.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from array import array
from pathlib import Path

import numpy as np
from websockets.sync.client import connect

from thenar.bench.results import write_result
from thenar.live.hands import tracker_of
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.live.sources.synthetic import SyntheticSource
from thenar.run import open as open_session
from thenar.serve.server import ViewServer

ROOT = Path(__file__).parents[1]
FPS = 60.0
WARM_S = 2.0
EVERY_S = 60.0
PAGE = resource.getpagesize()


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    source = SyntheticSource(fps=FPS)
    source.read(1.0)  # compiles the renderer
    with (
        tempfile.TemporaryDirectory() as folder,
        open_session(model_path(), threads=1) as session,
        ViewServer(source, session, Path(folder), make_tracker=tracker_of(DEFAULT_PRESET)) as served,
        connect(f"ws://127.0.0.1:{served.port}/stream", proxy=None, close_timeout=1) as viewer,
    ):
        read_for(viewer, WARM_S, {})
        memory_mb, begun_s, seen = [resident_mb()], time.monotonic(), {}
        while (left_s := begun_s + seconds - time.monotonic()) > 0:
            read_for(viewer, min(EVERY_S, left_s), seen)
            memory_mb.append(resident_mb())
            minutes = (time.monotonic() - begun_s) / 60
            print(f"{minutes:.1f} min: {memory_mb[-1]:.1f} MB, {len(seen['total'])} frames", file=sys.stderr)
        took_s = time.monotonic() - begun_s
        runtime = session.runtime
    hands, dropped = seen.pop("hands"), seen.pop("dropped")
    figures = {
        "seconds": seconds,
        "fps": len(hands) / took_s,
        "dropped": int(dropped[-1] - dropped[0]),
        "hands_followed": float(np.mean(hands)),
        "memory_mb": memory_mb,
        "runtime": runtime,
        "stages": {
            stage: {f"ms_p{share}": float(np.percentile(ms, share)) for share in (50, 95)} for stage, ms in seen.items()
        },
    }
    write_result(ROOT / "bench/results/viewer.json", figures)
    print(json.dumps(figures, indent=1))


def resident_mb():
    """What this process has in memory now."""
    return round(int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20, 2)


def read_for(viewer, seconds, seen):
    """Add what every frame of so many seconds says to the columns of `seen`, which take 4 bytes a number."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        data = viewer.recv(timeout=10)
        if isinstance(data, str) and (message := json.loads(data))["type"] == "frame":
            told = {"hands": len(message["hands"]), "dropped": message["dropped"], **message["timings_ms"]}
            for name, value in told.items():
                seen.setdefault(name, array("f")).append(value)


if __name__ == "__main__":
    main()
