"""Hands before a camera, written to `joints.jsonl` as they come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from thenar.data.joints_file import hand_line
from thenar.data.line_file import LineWriter
from thenar.data.recording import JOINTS
from thenar.live.api import LiveTracker
from thenar.live.live_frame import labelled
from thenar.live.track_recording import make_folder

REMEMBERED: Final = 10_000
"""Frames whose times the percentiles are taken of: the last few minutes."""


@dataclass(frozen=True)
class LiveSummary:
    """What tracking came to; milliseconds count from a frame's arrival to its joints."""

    frames: int
    frames_without_hand: int
    dropped: int
    ms_per_frame_p50: float
    ms_per_frame_p95: float
    out: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def track_live(
    hands: LiveTracker, out: Path, seconds: float | None = None, clock: Callable[[], float] = time.monotonic
) -> LiveSummary:
    """Write every hand to `out`/joints.jsonl until the source ends, Ctrl+C, or so many seconds have passed.

    Raises:
        ThenarError: `out` is a recording or can't be written; or as the source says.
    """
    make_folder(out)
    took_ms: deque[float] = deque(maxlen=REMEMBERED)
    frames = empty = dropped = 0
    end_s = clock() + seconds if seconds is not None else np.inf
    with LineWriter(out / JOINTS) as lines:
        try:
            for live in hands:
                for hand in live.hands:
                    lines.write(hand_line(live.frame.name, labelled(hand)))
                frames, empty, dropped = frames + 1, empty + (not live.hands), live.dropped
                took_ms.append(live.timings_ms["total"])
                if clock() >= end_s:
                    break
        except KeyboardInterrupt:
            pass
    p50, p95 = np.percentile(took_ms, (50, 95)) if took_ms else (0.0, 0.0)
    return LiveSummary(frames, empty, dropped, float(p50), float(p95), str(out))
