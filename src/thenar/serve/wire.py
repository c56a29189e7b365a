"""What goes over the WebSocket: JSON messages with a version, and depth as binary frames (docs/viewer.md)."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.hand.skeleton import BONES, JOINTS
from thenar.live.pipeline import LiveFrame, LiveHand

VERSION: Final = 1
"""Goes up when a field changes its meaning or goes away; new fields may come at any time."""

MAX_COMMAND_BYTES: Final = 1024

DEPTH_HEADER: Final = struct.Struct("<4sBBHHHIff")
"""magic, version, bits of a pixel, width, height, step, sequence, near mm, far mm; little endian, 24 bytes."""

DEPTH_MAGIC: Final = b"THND"
NEAR_MM: Final = 150.0
FAR_MM: Final = 1500.0
"""Range of 8-bit depth: a step is 5.3 mm."""

MAX_WIDTH_PX: Final = 320
"""A wider picture is sent at a whole fraction of its size."""

DepthBits = Literal[0, 8, 16]


class Command(BaseModel):
    """What a viewer may say.

    depth: (`want`) bits of the depth frames it wants from now on, 0 for none. speed: (`speed`) of a recording, 1 is its
    own. index: (`seek`) the recording's frame to go on with. frames: (`step`) how many to show.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal[
        "want", "record", "stop_recording", "replay", "live", "pause", "resume", "step", "seek", "speed"
    ]  # fmt: skip
    depth: DepthBits = 8
    speed: float = Field(1.0, ge=1 / 16, le=16.0)
    index: int = Field(0, ge=0)
    frames: int = Field(1, ge=1, le=1000)


def parse_command(text: str | bytes) -> Command:
    """A viewer's message.

    Raises:
        ThenarError: it is none that a viewer may send.
    """
    try:
        return Command.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ThenarError(f"not a command: {where} {first['msg']}", fix="see the viewer's documentation") from None


def message(kind: str, fields: Mapping[str, Any]) -> str:
    """A JSON message of a kind."""
    return json.dumps({"type": kind, "version": VERSION, **fields}, separators=(",", ":"), allow_nan=False)


def hello(source: str, live: bool, runtime: str) -> str:
    """The first message: what is looked at, and what the rows of `joints_mm` are."""
    return message("hello", {"source": source, "live": live, "runtime": runtime, "joints": JOINTS, "bones": BONES})


def frame_message(live: LiveFrame, fps: float, place: int | None = None) -> str:
    """A frame without its depth: hands in mm (camera frame, 0.1 mm), gestures, milliseconds, counts.

    place: of the frame in its recording.
    """
    camera = live.frame.camera
    fields = {
        "sequence": live.sequence,
        "name": live.frame.name,
        "place": place,
        "time_s": round(live.time_s, 6),
        "camera": {name: getattr(camera, name) for name in ("fx", "fy", "cx", "cy", "width", "height")},
        "hands": [_hand(hand) for hand in live.hands],
        "timings_ms": {stage: round(ms, 3) for stage, ms in live.timings_ms.items()},
        "fps": round(fps, 1),
        "dropped": live.dropped,
        "behind": live.behind,
    }
    return message("frame", fields)


def depth_message(frame: Frame, sequence: int, bits: int) -> bytes:
    """`DEPTH_HEADER`, then the picture row by row, a pixel of each `step` x `step` kept; 0 is no reading.

    8 bits: 1..255 from `near` to `far`, nearer and farther readings at the ends. 16 bits: mm, little endian.
    """
    step = max(1, -(-frame.camera.width // MAX_WIDTH_PX))
    depth = np.ascontiguousarray(frame.depth_mm[::step, ::step])
    pixels = _bytes8(depth) if bits == 8 else _bytes16(depth)
    height, width = depth.shape
    header = DEPTH_HEADER.pack(DEPTH_MAGIC, VERSION, bits, width, height, step, sequence, NEAR_MM, FAR_MM)
    return header + pixels.tobytes()


def _hand(live: LiveHand) -> dict[str, Any]:
    hand = live.hand
    return {
        "id": hand.id,
        "side": hand.side,
        "joints_mm": np.round(hand.joints_mm.astype(np.float64), 1).tolist(),
        "confidence": np.round(hand.confidence.astype(np.float64), 2).tolist(),
        "gesture": live.gesture,
        "pinch": round(live.pinch, 2),
        "grab": round(live.grab, 2),
        "swipe": live.swipe,
        "turn": round(live.turn, 3),
    }


def _bytes8(depth: NDArray[np.float32]) -> NDArray[np.uint8]:
    there = np.isfinite(depth) & (depth > 0)
    near = np.clip((np.where(there, depth, NEAR_MM) - NEAR_MM) * (254 / (FAR_MM - NEAR_MM)) + 1.5, 1, 255)
    pixels: NDArray[np.uint8] = np.where(there, near, 0).astype(np.uint8)
    return pixels


def _bytes16(depth: NDArray[np.float32]) -> NDArray[np.uint16]:
    there = np.isfinite(depth) & (depth > 0)
    pixels: NDArray[np.uint16] = np.where(there, np.clip(np.rint(depth), 1, 65535), 0).astype("<u2")
    return pixels
