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

from thenar.atomic import write_file
from thenar.data.frame import BadFrame, Frame, Hand
from thenar.data.joints_file import hand_line
from thenar.data.line_file import LineWriter
from thenar.data.recording import JOINTS, Recording
from thenar.errors import ThenarError
from thenar.live.overlay import overlay
from thenar.live.tracker import TrackedHand, Tracker

FRAME_RATE_HZ: Final = 30.0
"""Assumed where a recording has no timestamps."""

ANIMATION, STILL = "overlay.gif", "still.png"
ANIMATION_WIDTH_PX: Final = 320


@dataclass(frozen=True)
class TrackSummary:
    """What tracking a recording came to; errors against the recording's own labels where it has some."""

    frames: int
    frames_without_hand: int
    frames_unreadable: int
    ms_per_frame_p50: float
    ms_per_frame_p95: float
    mean_joint_error_mm: float | None
    sides: dict[str, int]
    runtime: str
    out: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def track_recording(
    recording: Recording, tracker: Tracker, out: Path, animate: bool = False, progress: bool = True
) -> TrackSummary:
    """Track every frame of a recording in order and write `out`/joints.jsonl line by line.

    animate: also write an overlay animation and one still picture. A frame that can't be read is reported on stderr
    and skipped. Milliseconds count from the decoded frame to its joints.

    Raises:
        ThenarError: `out` is the recording or can't be written, or no frame of the recording can be read.
    """
    if out.resolve() == recording.path.resolve():
        raise ThenarError(
            "is the recording itself", where=out, fix="choose another folder: its joints.jsonl is the truth"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ThenarError(f"cannot make the folder: {error.strerror}", where=out, fix="choose another folder") from None
    took_ms: list[float] = []
    errors_mm: list[float] = []
    pictures: list[Image.Image] = []
    sides: dict[str, int] = {}
    unreadable = 0
    with LineWriter(out / JOINTS) as lines:
        for index, frame in enumerate(tqdm(recording, unit="frame", disable=not progress, file=sys.stderr)):
            if isinstance(frame, BadFrame):
                unreadable += 1
                tqdm.write(f"skipped: {frame.reason}", file=sys.stderr)
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
                pictures.append(_picture(frame, hand))
    if not took_ms:
        raise ThenarError("no frame is readable", where=recording.path, fix="record 16-bit PNG depth frames")
    if pictures:
        _write_pictures(pictures, out)
    return TrackSummary(
        frames=len(took_ms),
        frames_without_hand=len(took_ms) - sum(sides.values()),
        frames_unreadable=unreadable,
        ms_per_frame_p50=float(np.percentile(took_ms, 50)),
        ms_per_frame_p95=float(np.percentile(took_ms, 95)),
        mean_joint_error_mm=float(np.mean(errors_mm)) if errors_mm else None,
        sides=sides,
        runtime=tracker.session.runtime,
        out=str(out),
    )


def _labelled(hand: TrackedHand) -> Hand:
    return Hand(hand.joints_mm, hand.side, confidence=round(float(hand.confidence.mean()), 4), id=0)


def _error_mm(frame: Frame, hand: TrackedHand) -> list[float]:
    """Mean joint error against the frame's first label, as a list of one; empty without a label."""
    if not frame.hands:
        return []
    return [float(np.nanmean(np.linalg.norm(hand.joints_mm - frame.hands[0].joints_mm, axis=1)))]


def _picture(frame: Frame, hand: TrackedHand | None) -> Image.Image:
    caption = f"{frame.name}  {hand.side} {hand.confidence.mean():.2f}" if hand else f"{frame.name}  no hand"
    return overlay(frame.depth_mm, frame.camera, hand.joints_mm if hand else None, caption)


def _write_pictures(pictures: list[Image.Image], out: Path) -> None:
    write_file(out / STILL, lambda file: pictures[len(pictures) // 2].save(file, "PNG"))
    height = round(pictures[0].height * ANIMATION_WIDTH_PX / pictures[0].width)
    small = [picture.resize((ANIMATION_WIDTH_PX, height)) for picture in pictures]
    write_file(
        out / ANIMATION,
        lambda file: small[0].save(
            file, "GIF", save_all=True, append_images=small[1:], duration=round(1000 / FRAME_RATE_HZ), loop=0
        ),
    )
