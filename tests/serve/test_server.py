from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from doubles import SMALL, FakeTracker, ScriptedSource, frame
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from thenar.data.recording import Recorder, open_recording
from thenar.errors import ThenarError
from thenar.live.sources import SourceLost
from thenar.live.sources.recording import RecordingSource
from thenar.serve.server import MAX_VIEWERS, ViewServer

TOKEN = "abcdefgh01234567"


class Nothing:
    runtime = "fake"


def endless(interval_s=0.005):
    return ScriptedSource((frame(index) for index in itertools.count()), live=True, interval_s=interval_s)


def server(tmp_path, source=None, **options):
    return ViewServer(source or endless(), Nothing(), tmp_path, make_tracker=FakeTracker, **options)


def stream(served, path="/stream", **options):
    return connect(f"ws://127.0.0.1:{served.port}{path}", proxy=None, close_timeout=0.5, **options)


def fetch(served, path="/", **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{served.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def said(socket, kind, where=lambda message: True):
    """The next message of a kind for which `where` holds; depth frames are "depth"."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        data = socket.recv(until - time.monotonic())
        message = {"type": "depth", "data": data} if isinstance(data, bytes) else json.loads(data)
        if message["type"] == kind and where(message):
            return message
    raise AssertionError(f"no {kind}")


@pytest.fixture
def served(tmp_path):
    with server(tmp_path) as running:
        yield running


def test_a_viewer_is_greeted_and_sees_hands_and_depth(served):
    with stream(served) as viewer:
        assert said(viewer, "hello")["source"] == "script"
        assert said(viewer, "state")["state"] == "running"
        first = said(viewer, "frame")
        assert first["hands"][0]["id"] == 0 and len(first["hands"][0]["joints_mm"]) == 21
        assert said(viewer, "depth")["data"][:4] == b"THND"
        later = said(viewer, "frame", lambda message: message["sequence"] > first["sequence"])
        assert later["hands"][0]["joints_mm"] != first["hands"][0]["joints_mm"]
        assert said(viewer, "frame", lambda message: message["fps"] > 10)


def test_the_page_comes_with_a_strict_policy(served):
    for path, part in (("/", b"<html"), ("/viewer.css", b"{"), ("/viewer.js", b"stream"), ("/hand.bin", b"THNM")):
        status, headers, body = fetch(served, path)
        assert status == 200 and part in body and headers["X-Content-Type-Options"] == "nosniff"
    policy = fetch(served)[1]["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy


@pytest.mark.parametrize(
    "path", ["/no", "/../server.py", "/page/main.js", "//etc/passwd", "//[", "/viewer.js/", "/%2e"]
)
def test_there_is_nothing_else(served, path):
    assert fetch(served, path)[0] == 404


def test_a_page_of_another_origin_is_refused(served):
    with pytest.raises(InvalidStatus) as refused:
        stream(served, origin="http://evil.example")
    assert refused.value.response.status_code == 403 and b"origin" in refused.value.response.body
    with stream(served, origin=f"http://127.0.0.1:{served.port}") as viewer:
        said(viewer, "frame")


def test_another_host_name_is_refused(served):
    status, _, body = fetch(served, Host="evil.example")
    assert status == 403 and b"host" in body


def test_a_token_is_asked_of_everyone(tmp_path):
    with server(tmp_path, host="0.0.0.0", token=TOKEN) as served:
        assert served.url == f"http://127.0.0.1:{served.port}/?token={TOKEN}"
        assert fetch(served)[0] == 403 and fetch(served, f"/?token={TOKEN}")[0] == 200
        assert fetch(served, "/viewer.js")[0] == 200
        with pytest.raises(InvalidStatus):
            stream(served)
        with stream(served, f"/stream?token={TOKEN}") as viewer:
            said(viewer, "frame")


def test_an_open_host_without_a_token_is_refused(tmp_path):
    with pytest.raises(ThenarError, match="--token"):
        server(tmp_path, host="0.0.0.0")


def test_twenty_viewers_all_see_the_newest(tmp_path):
    async def look(served):
        async with connect_async(f"ws://127.0.0.1:{served.port}/stream", proxy=None) as viewer:
            async for data in viewer:
                if isinstance(data, str) and (told := json.loads(data))["type"] == "frame" and told["sequence"] > 20:
                    return told["sequence"]
            return 0

    async def all_look(served):
        return await asyncio.gather(*(look(served) for _ in range(20)))

    with server(tmp_path, endless(0.05)) as served:
        assert min(asyncio.run(all_look(served))) > 20


def test_there_is_a_last_viewer(served, monkeypatch):
    monkeypatch.setattr("thenar.serve.server.MAX_VIEWERS", 1)
    assert MAX_VIEWERS > 20
    with stream(served) as viewer:
        said(viewer, "frame")
        with pytest.raises(InvalidStatus) as refused:
            stream(served)
        assert refused.value.response.status_code == 503


def test_a_viewer_that_does_not_read_loses_frames_and_holds_up_nobody(tmp_path):
    source = ScriptedSource((large(index) for index in itertools.count()), live=True, interval_s=0.005)
    with server(tmp_path, source, host="127.0.0.1") as served, stream(served) as reader, slow_stream(served):
        wait_for(lambda: any(viewer.dropped > 5 for viewer in served.audience.viewers), 20)
        at = said(reader, "frame")["sequence"]
        said(reader, "frame", lambda message: message["sequence"] >= at + 5)


@pytest.mark.parametrize("text", ["rubbish", '{"type":"delete"}', "[" * 500, '{"type":"replay"}'])
def test_a_wrong_command_is_answered_and_the_stream_goes_on(served, text):
    with stream(served) as viewer:
        viewer.send(text)
        assert said(viewer, "error")["message"]
        said(viewer, "frame")


def test_a_long_message_ends_its_connection_alone(served):
    with stream(served) as other:
        with stream(served) as viewer:
            viewer.send("x" * 100_000)
            with pytest.raises(ConnectionClosed):
                for _ in range(10_000):
                    viewer.recv(timeout=10)
        said(other, "frame")


def test_depth_is_as_wished(served):
    with stream(served) as viewer:
        viewer.send('{"type":"want","depth":16}')
        wide = said(viewer, "depth", lambda message: message["data"][5] == 16)["data"]
        assert len(wide) == 24 + 2 * 64 * 48
        assert np.frombuffer(wide, "<u2", offset=24)[0] == 900


def test_what_is_recorded_can_be_replayed(served, tmp_path):
    with stream(served) as viewer:
        viewer.send('{"type":"record"}')
        said(viewer, "state", lambda message: message["recording"] and message["recorded"]["frames"] > 5)
        viewer.send('{"type":"record"}')
        assert "being made" in said(viewer, "error")["message"]
        viewer.send('{"type":"stop_recording"}')
        told = said(viewer, "state", lambda message: not message["recording"])
        recording = open_recording(tmp_path / told["recorded"]["path"])
        assert len(recording) == told["recorded"]["frames"] and recording.times_s[0] is not None
        viewer.send('{"type":"replay"}')
        said(viewer, "state", lambda message: message["mode"] == "replay" and message["state"] == "running")
        assert said(viewer, "frame", lambda message: message["name"] == "000001.png")
        viewer.send('{"type":"live"}')
        said(viewer, "state", lambda message: message["mode"] == "live" and message["state"] == "running")
        said(viewer, "frame")


def test_a_recording_is_paused_stepped_gone_through_and_slowed(tmp_path):
    with Recorder(tmp_path / "made", SMALL) as recorder:
        for index in range(40):
            recorder.write(frame(index).depth_mm, index / 200)
    source = RecordingSource(open_recording(tmp_path / "made"), 1.0, loop=True)
    with server(tmp_path, source) as served, stream(served) as viewer:

        def ask(kind, **fields):
            viewer.send(json.dumps({"type": kind, **fields}))

        assert said(viewer, "frame")["place"] in range(40)
        ask("pause")
        told = said(viewer, "state", lambda message: message["playback"]["paused"])
        assert told["playback"] == {"speed": 1.0, "paused": True, "count": 40} and told["state"] == "running"
        ask("seek", index=31)
        said(viewer, "frame", lambda message: message["place"] == 31)
        ask("step")
        assert said(viewer, "frame")["place"] == 32
        ask("seek", index=40)
        assert "choose one of 0 to 39" in said(viewer, "error")["message"]
        ask("speed", speed=4.0)
        assert said(viewer, "state", lambda message: message["playback"]["speed"] == 4.0)["playback"]["paused"]
        ask("resume")
        said(viewer, "frame", lambda message: message["place"] == 5)


@pytest.mark.parametrize("kind", ["pause", "resume", "step", "seek", "speed"])
def test_a_live_source_cannot_be_gone_through(served, kind):
    with stream(served) as viewer:
        assert said(viewer, "state")["playback"] is None and said(viewer, "frame")["place"] is None
        viewer.send(json.dumps({"type": kind}))
        assert "replay the recording" in said(viewer, "error")["message"]


def test_a_disk_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with server(tmp_path / "file") as served, stream(served) as viewer:
        viewer.send('{"type":"record"}')
        assert said(viewer, "state", lambda message: "cannot write" in message["message"])["state"] == "running"
        said(viewer, "frame")


def test_a_lost_camera_is_told_and_the_page_stays(tmp_path):
    source = ScriptedSource([frame(0), SourceLost("unplugged")], True, [None, *[SourceLost("no")] * 100])
    with server(tmp_path, source) as served, stream(served) as viewer:
        assert "unplugged" in said(viewer, "state", lambda message: message["state"] == "lost")["message"]
        assert fetch(served)[0] == 200


def test_a_port_that_is_taken_is_one_line(served, tmp_path):
    with pytest.raises(ThenarError, match="--port"):
        server(tmp_path, port=served.port).start()


def test_a_source_that_is_not_there_leaves_nothing_running(tmp_path):
    before = threading.active_count()
    with pytest.raises(SourceLost):
        server(tmp_path, ScriptedSource([], starts=[SourceLost("no such device")])).start()
    assert threading.active_count() == before


def large(index):
    from doubles import Camera

    return frame(index, Camera(300.0, 300.0, 159.5, 119.5, 320, 240))


class slow_stream:
    """A connection whose other side never reads."""

    def __init__(self, served):
        self.port = served.port

    def __enter__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", self.port))
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        self.socket.sendall(
            f"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def __exit__(self, *error):
        self.socket.close()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()
