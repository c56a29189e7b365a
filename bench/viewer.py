"""Milliseconds of every stage behind the viewer, from an endless synthetic source to a viewer that reads everything.

python bench/viewer.py [SECONDS]    # 600 shows whether memory grows

The source renders 640x480 frames with two hands, 60 a second, on the same machine and in the same process; a viewer
with depth frames reads over the WebSocket. Nothing else may run meanwhile. Writes bench/results/viewer.json.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from websockets.sync.client import connect

from thenar.bench.results import write_result
from thenar.live.presets import model_path
from thenar.live.sources.synthetic import SyntheticSource
from thenar.run import open as open_session
from thenar.serve.server import ViewServer

ROOT = Path(__file__).parents[1]
FPS = 60.0
WARM_S = 2.0


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    source = SyntheticSource(fps=FPS)
    source.read(1.0)  # compiles the renderer
    with (
        tempfile.TemporaryDirectory() as folder,
        open_session(model_path(), threads=1) as session,
        ViewServer(source, session, Path(folder)) as served,
        connect(f"ws://127.0.0.1:{served.port}/stream", proxy=None, close_timeout=1) as viewer,
    ):
        read_for(viewer, WARM_S)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun_s = time.monotonic()
        frames = read_for(viewer, seconds)
        took_s = time.monotonic() - begun_s
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        runtime = session.runtime
    stages = {
        stage: {
            f"ms_p{share}": float(np.percentile([frame["timings_ms"][stage] for frame in frames], share))
            for share in (50, 95)
        }
        for stage in frames[0]["timings_ms"]
    }
    figures = {
        "seconds": seconds,
        "fps": len(frames) / took_s,
        "dropped": frames[-1]["dropped"] - frames[0]["dropped"],
        "hands_followed": float(np.mean([frame["hands"] for frame in frames])),
        "peak_memory_grew_kb": grown,
        "runtime": runtime,
        "stages": stages,
    }
    write_result(ROOT / "bench/results/viewer.json", figures)
    print(json.dumps(figures, indent=1))


def read_for(viewer, seconds):
    """The frames that come within so many seconds."""
    frames, end_s = [], time.monotonic() + seconds
    while time.monotonic() < end_s:
        data = viewer.recv(timeout=10)
        if isinstance(data, str) and (message := json.loads(data))["type"] == "frame":
            frames.append({key: message[key] for key in ("timings_ms", "dropped")} | {"hands": len(message["hands"])})
    return frames


if __name__ == "__main__":
    main()
