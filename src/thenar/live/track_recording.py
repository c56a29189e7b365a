"""Track a whole recording: joints to `joints.jsonl`, pictures if wanted, and how long each frame took."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from tqdm import tqdm

from thenar.data.frame import BadFrame, Frame
from thenar.data.joints_file import hand_line
from thenar.data.line_file import LineWriter
from thenar.data.recording import CAMERA, JOINTS, Recording
from thenar.errors import ThenarError
from thenar.live.film import Film
from thenar.live.gesture import name_gesture
from thenar.live.live_frame import Gestures, Namer, labelled
from thenar.live.one_hand import HandTracker, NumberedHand
from thenar.live.overlay import overlay

FRAME_RATE_HZ: Final = 30.0
"""Assumed where a recording has no timestamps."""


@dataclass(frozen=True)
class TrackSummary:
    """What tracking a recording came to; the error is against the recording's own labels, None where it has none.

    hands: how many numbers were given, one for as long as a hand was followed. sides: in how many frames there was a
    hand of either.
    """

    frames: int
    frames_without_hand: int
    hands: int
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
    recording: Recording,
    tracker: HandTracker,
    out: Path,
    *,
    runtime: str = "",
    animate: bool = False,
    progress: bool = True,
    namer: Namer = name_gesture,
) -> TrackSummary:
    """Track every frame of a recording in order and write `out`/joints.jsonl line by line.

    runtime: told in the summary. animate: also write an overlay animation and one still picture. progress: a bar on
    stderr where that is a terminal. namer: who names signs. A frame that can't be read is skipped and told in the
    summary. Milliseconds count from the decoded frame to its joints.

    Raises:
        ThenarError: `out` is a recording or can't be written, or no frame of the recording can be read.
    """
    make_folder(out)
    took_ms: list[float] = []
    errors_mm: list[float] = []
    film = Film(len(recording), FRAME_RATE_HZ)
    gestures = Gestures(namer)
    sides: dict[str, int] = {}
    ids: set[int] = set()
    without = 0
    bad: list[BadFrame] = []
    with LineWriter(out / JOINTS) as lines:
        bar = tqdm(recording, unit="frame", disable=None if progress else True, file=sys.stderr)
        for index, frame in enumerate(bar):
            if isinstance(frame, BadFrame):
                bad.append(frame)
                continue
            time_s = frame.time_s if frame.time_s is not None else index / FRAME_RATE_HZ
            start = time.perf_counter()
            hands = tracker.track(frame.depth_mm, time_s)
            took_ms.append((time.perf_counter() - start) * 1e3)
            for live in gestures(hands, time_s):
                lines.write(hand_line(frame.name, labelled(live)))
            for side in {hand.side for hand in hands}:
                sides[side] = sides.get(side, 0) + 1
            ids.update(hand.id for hand in hands)
            without += not hands
            errors_mm.extend(_errors_mm(frame, hands))
            if animate:
                film.add(index, _picture(frame, hands))
    if not took_ms:
        raise ThenarError(f"no frame is readable, the first: {bad[0].reason}")
    film.write(out)
    return TrackSummary(
        frames=len(took_ms),
        frames_without_hand=without,
        hands=len(ids),
        bad_frames=tuple(bad),
        ms_per_frame_p50=float(np.percentile(took_ms, 50)),
        ms_per_frame_p95=float(np.percentile(took_ms, 95)),
        mean_joint_error_mm=float(np.mean(errors_mm)) if errors_mm else None,
        sides=sides,
        runtime=runtime,
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


def _errors_mm(frame: Frame, hands: Sequence[NumberedHand]) -> list[float]:
    """For each label of the frame the mean error of the hand nearest to it; none for a frame without hand or label."""
    errors = []
    for label in frame.hands if hands else ():
        of_hands = [np.linalg.norm(hand.joints_mm - label.joints_mm, axis=1) for hand in hands]
        if np.isfinite(of_hands[0]).any():
            errors.append(min(float(np.nanmean(error)) for error in of_hands))
    return errors


def _picture(frame: Frame, hands: Sequence[NumberedHand]) -> Image.Image:
    told = ", ".join(f"{hand.side} {hand.confidence.mean():.2f}" for hand in hands) or "no hand"
    joints = np.stack([hand.joints_mm for hand in hands]) if hands else None
    return overlay(frame.depth_mm, frame.camera, joints, f"{frame.name}  {told}")
