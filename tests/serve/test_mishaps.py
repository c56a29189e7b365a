"""What happens to cameras, disks and clocks, as a viewer is told of it: the page stays, the tracker goes on."""

from __future__ import annotations

import errno
import gc
import itertools
import json
import os
import sys
import time
import weakref

import numpy as np
from doubles import LARGE, SMALL, ScriptedSource, frame
from test_server import said, server, slow_stream, stream, wait_for

from thenar.data.recording import open_recording
from thenar.live.pipeline import PipelineConfig
from thenar.live.sources import SourceLost, SourceStalled
from thenar.serve.viewers import Shot

INTERVAL_S = 0.005


def camera(script, **options):
    """A live camera that follows the script and then goes on as it began."""
    rest = (frame(index) for index in itertools.count(10_000))
    return ScriptedSource(itertools.chain(script, rest), live=True, interval_s=INTERVAL_S, **options)


def hurried(monkeypatch):
    """Mishaps told at once, so that the test needn't wait."""
    config = PipelineConfig(read_timeout_s=0.01, stalled_s=0.02, retry_s=0.05)
    monkeypatch.setattr("thenar.live.pipeline.PipelineConfig", lambda: config)


def test_unplugged_and_plugged_in_again_the_page_goes_on(tmp_path, monkeypatch):
    hurried(monkeypatch)
    gone = [SourceLost("no such device")] * 3
    before = [frame(index) for index in range(5)]
    source = camera([*before, SourceLost("unplugged")], starts=[None, *gone, None])
    with server(tmp_path, source) as served, stream(served) as viewer:
        assert said(viewer, "frame", lambda message: int(message["name"][:6]) >= 10_000)["hands"]
        told = said(viewer, "state", lambda message: message["state"] == "running")
        assert told["message"] == "" and source.started == 5


def test_a_stalled_camera_is_told_and_the_page_goes_on(tmp_path, monkeypatch):
    hurried(monkeypatch)
    monkeypatch.setattr("thenar.serve.server.STATUS_EVERY_S", 0.02)
    source = camera([frame(0), *[SourceStalled("no frame in time")] * 60])
    with server(tmp_path, source) as served, stream(served) as viewer:
        assert "no frame" in said(viewer, "state", lambda message: message["state"] == "stalled")["message"]
        said(viewer, "frame", lambda message: int(message["name"][:6]) >= 10_000)
        said(viewer, "state", lambda message: message["state"] == "running")


def test_a_camera_that_changes_resolution_is_shown_at_its_own(tmp_path):
    changing = (frame(index, LARGE if index // 20 % 2 else SMALL) for index in itertools.count())
    source = ScriptedSource(changing, live=True, interval_s=INTERVAL_S)
    with server(tmp_path, source) as served, stream(served) as viewer:
        for shown in (SMALL, LARGE, SMALL):
            told = said(viewer, "frame", lambda message, at=shown: message["camera"]["width"] == at.width)
            assert told["camera"]["fx"] == shown.fx and told["hands"]
            size = shown.width * shown.height
            said(viewer, "depth", lambda message, at=size: len(message["data"]) == 24 + at)


def test_times_that_run_backwards_stop_nothing(tmp_path):
    rng = np.random.default_rng(0)
    jumpy = (frame(index, time_s=float(rng.uniform(-5, 5))) for index in itertools.count())
    with server(tmp_path, ScriptedSource(jumpy, live=True, interval_s=INTERVAL_S)) as served, stream(served) as viewer:
        times = [said(viewer, "frame")["time_s"] for _ in range(30)]
        assert min(np.diff(times)) < 0
        assert said(viewer, "state")["state"] == "running"


def test_a_disk_that_fills_up_ends_the_recording_alone(tmp_path, monkeypatch):
    synced, left = os.fsync, [1 + 8]  # camera.json and eight frames fit

    def fsync(file):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(file)

    monkeypatch.setattr(os, "fsync", fsync)
    with server(tmp_path, camera([])) as served, stream(served) as viewer:
        viewer.send(json.dumps({"type": "record"}))
        told = said(viewer, "state", lambda message: message["message"])
        assert "No space left" in told["message"] and told["state"] == "running" and not told["recording"]
        said(viewer, "frame")
        assert len(open_recording(tmp_path / told["recorded"]["path"])) == 8


def test_threads_that_take_turns_often_lose_no_frame_for_good(tmp_path):
    source = ScriptedSource(itertools.repeat(frame(0)), live=True, interval_s=0.0002)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with server(tmp_path, source) as served, stream(served) as viewer:
            until = time.monotonic() + 3
            while time.monotonic() < until:
                said(viewer, "frame")
    finally:
        sys.setswitchinterval(usual)


def test_no_frame_is_kept_once_it_was_shown(tmp_path, monkeypatch):
    made = {"frames": [], "shots": []}  # not gc.get_objects(): what threads are building breaks when it is looked at

    def noted(kind, thing):
        made[kind].append(weakref.ref(thing))
        return thing

    monkeypatch.setattr("thenar.serve.server.Shot", lambda *parts: noted("shots", Shot(*parts)))
    frames = (noted("frames", frame(index)) for index in itertools.count())
    source = ScriptedSource(frames, live=True, interval_s=0.001)
    with server(tmp_path, source) as served, stream(served) as viewer, slow_stream(served):
        for sequence in (100, 300):
            said(viewer, "frame", lambda message, at=sequence: message["sequence"] >= at)
            gc.collect()
            held = {kind: sum(one() is not None for one in list(those)) for kind, those in made.items()}
            assert max(held.values()) < 12 and min(map(len, made.values())) > 50, f"{held} after {sequence} frames"
    wait_for(lambda: not served.audience.viewers, 5)
