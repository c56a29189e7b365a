from __future__ import annotations

import json

import numpy as np
import pytest
from doubles import frame, open_hand

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.live_frame import LiveHand
from thenar.live.one_hand import NumberedHand
from thenar.live.pipeline import LiveFrame
from thenar.serve.wire import (
    DEPTH_HEADER,
    FAR_MM,
    NEAR_MM,
    VERSION,
    depth_message,
    frame_message,
    hello,
    parse_command,
)

WIDE = Camera(600.0, 600.0, 319.5, 239.5, 640, 480)


def test_a_frame_says_what_the_documentation_says():
    joints = open_hand()
    hand = LiveHand(NumberedHand(3, "left", joints, joints, np.full(21, 0.876, np.float32)), "open", 0.123, 0.0, "")
    live = LiveFrame(frame(7), (hand,), {"track": 1.23456, "total": 2.0}, 5, 9, 0.25, "track")
    said = json.loads(frame_message(live, 59.94))
    assert said["type"] == "frame" and said["version"] == VERSION and said["sequence"] == 9 and said["dropped"] == 5
    assert said["timings_ms"] == {"track": 1.235, "total": 2.0} and said["behind"] == "track" and said["fps"] == 59.9
    (spoken,) = said["hands"]
    assert np.abs(np.array(spoken["joints_mm"]) - joints).max() < 0.06
    assert (spoken["id"], spoken["side"], spoken["gesture"], spoken["pinch"]) == (3, "left", "open", 0.12)
    assert set(spoken["confidence"]) == {0.88} and said["camera"]["width"] == 64


def test_the_first_message_names_joints_and_bones():
    said = json.loads(hello("synthetic", True, "openvino"))
    assert len(said["joints"]) == 21 and len(said["bones"]) == 20 and said["version"] == VERSION


@pytest.mark.parametrize("bits", [8, 16])
def test_depth_comes_back(bits):
    depth = np.zeros((480, 640), np.float32)
    depth[0, 0], depth[0, 2], depth[2, 0], depth[2, 2], depth[4, 0] = 700.4, 10, 9000, np.nan, 1e9
    data = depth_message(Frame("a.png", depth, WIDE), 77, bits)
    magic, version, told, width, height, step, sequence, near, far = DEPTH_HEADER.unpack_from(data)
    assert (magic, version, told, width, height, step, sequence) == (b"THND", VERSION, bits, 320, 240, 2, 77)
    pixels = np.frombuffer(data, "u1" if bits == 8 else "<u2", offset=DEPTH_HEADER.size).reshape(height, width)
    assert DEPTH_HEADER.size == 24 and (near, far) == (NEAR_MM, FAR_MM) and pixels[0, 5] == 0 and pixels[1, 1] == 0
    if bits == 16:
        assert (pixels[0, 0], pixels[0, 1], pixels[1, 0], pixels[2, 0]) == (700, 10, 9000, 65535)
    else:
        assert (pixels[0, 1], pixels[1, 0], pixels[2, 0]) == (1, 255, 255)
        assert abs((int(pixels[0, 0]) - 1) / 254 * (far - near) + near - 700) < 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"type":"format"}',
        '{"type":"want","depth":9}',
        '{"type":"want","path":"/etc"}',
        '{"type":"speed","speed":0}',
        '{"type":"speed","speed":1e9}',
        '{"type":"speed","speed":NaN}',
        '{"type":"seek","index":-1}',
        '{"type":"seek","index":1.5}',
        '{"type":"step","frames":1000000000}',
        b"\xff",
        "9" * 900,
    ],
)
def test_only_commands_are_commands(text):
    with pytest.raises(ThenarError, match="not a command"):
        parse_command(text)


def test_a_command_is_read():
    assert parse_command('{"type":"want","depth":16}').depth == 16
