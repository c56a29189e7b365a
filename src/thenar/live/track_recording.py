"""Track a whole recording: joints to `joints.jsonl`, pictures if wanted, and how long each frame took."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from tqdm import tqdm

from thenar.data.frame import BadFrame, Frame, Hand
from thenar.data.joints_file import hand_line
from thenar.data.line_file import LineWriter
from thenar.data.recording import CAMERA, JOINTS, Recording
from thenar.errors import ThenarError
from thenar.live.film import Film
from thenar.live.overlay import overlay
from thenar.live.tracker import TrackedHand, Tracker

FRAME_RATE_HZ: Final = 30.0
"""Assumed where a recording has no timestamps."""


@dataclass(frozen=True)
class TrackSummary:
    """What tracking a recording came to; the error is against the recording's own labels, None where it has none."""

    frames: int
    frames_without_hand: int
    bad_frames: tuple[BadFrame, ...]
    ms_per_frame_p50: float
    ms_per_frame_p95: float
    mean_joint_error_mm: float | None
    sides: dict[str, int]
    runtime: str
    out: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        values = asdict(self)
        bad = values.pop("bad_frames")
        return values | {"frames_unreadable": [{"frame": frame["name"], "reason": frame["reason"]} for frame in bad]}


def track_recording(
    recording: Recording, tracker: Tracker, out: Path, animate: bool = False, progress: bool = True
) -> TrackSummary:
    """Track every frame of a recording in order and write `out`/joints.jsonl line by line.

    animate: also write an overlay animation and one still picture. A frame that can't be read is skipped and told in
    the summary. progress: a bar on stderr where that is a terminal. Milliseconds count from the decoded frame to its
    joints.

    Raises:
        ThenarError: `out` is a recording or can't be written, or no frame of the recording can be read.
    """
    make_folder(out)
    took_ms: list[float] = []
    errors_mm: list[float] = []
    film = Film(len(recording), FRAME_RATE_HZ)
    sides: dict[str, int] = {}
    bad: list[BadFrame] = []
    with LineWriter(out / JOINTS) as lines:
        bar = tqdm(recording, unit="frame", disable=None if progress else True, file=sys.stderr)
        for index, frame in enumerate(bar):
            if isinstance(frame, BadFrame):
                bad.append(frame)
                continue
            time_s = frame.time_s if frame.time_s is not None else index / FRAME_RATE_HZ
            start = time.perf_counter()
            hand = tracker.track(frame.depth_mm, time_s)
            took_ms.append((time.perf_counter() - start) * 1e3)
            if hand is not None:
                sides[hand.side] = sides.get(hand.side, 0) + 1
                lines.write(hand_line(frame.name, _labelled(hand)))
                errors_mm.extend(_error_mm(frame, hand))
            if animate:
                film.add(index, _picture(frame, hand))
    if not took_ms:
        raise ThenarError(f"no frame is readable, the first: {bad[0].reason}")
    film.write(out)
    return TrackSummary(
        frames=len(took_ms),
        frames_without_hand=len(took_ms) - sum(sides.values()),
        bad_frames=tuple(bad),
        ms_per_frame_p50=float(np.percentile(took_ms, 50)),
        ms_per_frame_p95=float(np.percentile(took_ms, 95)),
        mean_joint_error_mm=float(np.mean(errors_mm)) if errors_mm else None,
        sides=sides,
        runtime=tracker.session.runtime,
        out=str(out),
    )


def make_folder(out: Path) -> None:
    """Make `out`, unless it is a recording: the joints.jsonl of a recording is its truth."""
    if (out / CAMERA).exists():
        raise ThenarError("is a recording", where=out, fix="choose another folder: its joints.jsonl may be its truth")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ThenarError(f"cannot make the folder: {error.strerror}", where=out, fix="choose another folder") from None


def _labelled(hand: TrackedHand) -> Hand:
    return Hand(hand.joints_mm, hand.side, confidence=round(float(hand.confidence.mean()), 4), id=0)


def _error_mm(frame: Frame, hand: TrackedHand) -> list[float]:
    """Mean error over the joints that the frame's first label has, as a list of one; empty without a label."""
    if not frame.hands:
        return []
    errors = np.linalg.norm(hand.joints_mm - frame.hands[0].joints_mm, axis=1)
    labelled = errors[np.isfinite(errors)]
    return [float(labelled.mean())] if len(labelled) else []


def _picture(frame: Frame, hand: TrackedHand | None) -> Image.Image:
    caption = f"{frame.name}  {hand.side} {hand.confidence.mean():.2f}" if hand else f"{frame.name}  no hand"
    return overlay(frame.depth_mm, frame.camera, hand.joints_mm if hand else None, caption)
