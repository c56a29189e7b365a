from __future__ import annotations

import threading
import time

import pytest
from ball import CAMERA, FakeSession, ball
from doubles import LARGE, SMALL, FakeTracker, ScriptedSource, frame

from thenar.data.frame import BadFrame, Frame
from thenar.errors import ThenarError
from thenar.live.one_hand import OneHandTracker
from thenar.live.pipeline import Pipeline, PipelineConfig
from thenar.live.sources import SourceLost, SourceStalled

FAST = PipelineConfig(read_timeout_s=0.05, stalled_s=0.0, retry_s=0.01)


class SlowTracker(FakeTracker):
    slow_s = 0.02


def pipeline(script, tracker=FakeTracker, **options):
    return Pipeline(ScriptedSource(script, **options), None, FAST, tracker)


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()


def test_every_frame_of_a_recording_comes_in_order():
    made = pipeline([frame(index) for index in range(40)])
    frames = made.subscribe(every=True)
    made.start()
    got = list(frames)
    assert [live.frame.name for live in got] == [f"{index:06d}.png" for index in range(40)]
    assert [live.sequence for live in got] == list(range(40)) and got[-1].dropped == 0
    assert made.state == "ended" and made.source.stopped
    assert {"capture", "wait", "track", "gesture", "total"} == set(got[0].timings_ms)
    assert got[-1].hands[0].gesture == "open" and got[-1].hands[0].grab < 0.2
    made.stop()
    assert made.state == "ended"


def test_a_live_source_loses_frames_that_come_too_fast_and_the_stage_is_named():
    made = pipeline([frame(index) for index in range(400)], SlowTracker, live=True, interval_s=0.002)
    frames = made.subscribe(every=True)
    made.start()
    got = list(frames)
    made.stop()
    names = [live.frame.name for live in got]
    assert names == sorted(names) and got[-1].dropped > 100 and len(got) + got[-1].dropped <= 400
    assert "track" in {live.behind for live in got}


def test_a_slow_subscriber_loses_frames_and_delays_nobody():
    made = pipeline([frame(index) for index in range(100)])
    slow, fast = made.subscribe(), made.subscribe(every=True)
    with made:
        assert len(list(fast)) == 100
    assert [live.sequence for live in slow] == [99] and slow.dropped == 99


def test_another_camera_makes_another_tracker():
    made_for = []

    def make(session, camera):
        made_for.append(camera)
        return FakeTracker(session, camera)

    made = pipeline([frame(0), frame(1, LARGE), frame(2, LARGE), frame(3, SMALL)], make)
    frames = made.subscribe(every=True)
    with made:
        assert len(list(frames)) == 4
    assert made_for == [SMALL, LARGE, SMALL]


def test_times_may_run_back_or_be_absent():
    times = [1.0, 0.5, 0.6, 0.1]
    made = pipeline([frame(index, time_s=time_s) for index, time_s in enumerate(times)])
    frames = made.subscribe(every=True)
    with made:
        assert [live.time_s for live in frames] == times
    depth = frame(0)
    made = pipeline([Frame("a.png", depth.depth_mm, SMALL)])
    frames = made.subscribe(every=True)
    with made:
        assert [live.time_s > 0 for live in frames] == [True]


def test_a_lost_camera_is_looked_for_until_it_is_back():
    gone = SourceLost("no such device")
    script = [frame(0), SourceLost("unplugged"), frame(1)]
    made = pipeline(script, live=True, starts=[None, gone, gone, None])
    frames = made.subscribe(queue_size=5)
    with made:
        assert [live.frame.name for live in frames] == ["000000.png", "000001.png"]
    assert made.source.started == 4


def test_a_lost_camera_is_told_and_can_be_stopped():
    made = pipeline([SourceLost("unplugged")], live=True, starts=[None] + [SourceLost("no such device")] * 10_000)
    made.start()
    wait_for(lambda: made.state == "lost")
    assert "unplugged" in made.message
    made.stop()
    assert made.state == "stopped" and not any(thread.is_alive() for thread in made._threads)


def test_a_stalled_camera_is_told_and_goes_on():
    script = [frame(0), *[SourceStalled("no frame in time")] * 30, frame(1)]
    made = pipeline(script, live=True, interval_s=0.005)
    frames = made.subscribe(queue_size=5)
    made.start()
    wait_for(lambda: made.state == "stalled")
    assert len(list(frames)) == 2 and made.state == "ended"
    made.stop()


@pytest.mark.parametrize("error", [ThenarError("broken"), RuntimeError("driver"), SourceLost("gone")])
def test_any_other_error_is_a_state_and_not_a_dead_thread(error):
    made = pipeline([frame(0), error])
    frames = made.subscribe(every=True)
    made.start()
    list(frames)
    wait_for(lambda: made.state == "failed")
    assert str(error) in made.message and made.failure is error and made.source.stopped
    made.stop()
    assert list(made.subscribe()) == []


def test_an_error_of_the_tracker_stops_the_source_too():
    class Broken(FakeTracker):
        def track(self, depth_mm, time_s):
            raise ThenarError("no network")

    made = pipeline((frame(index) for index in range(10**9)), Broken, live=True)
    frames = made.subscribe()
    made.start()
    assert list(frames) == []
    wait_for(lambda: made.source.stopped)
    assert made.state == "failed" and made.message == "no network"


def test_a_source_that_is_not_there_is_told_at_the_start():
    made = pipeline([], starts=[SourceLost("no such device")])
    with pytest.raises(SourceLost):
        made.start()
    assert made.state == "failed" and made.source.stopped


def test_unreadable_frames_are_counted_and_passed_over():
    made = pipeline([frame(0), BadFrame("000001.png", "torn"), frame(2)])
    frames = made.subscribe(every=True)
    with made:
        assert [live.frame.name for live in frames] == ["000000.png", "000002.png"]
    assert made.bad_frames == 1


def test_stopping_leaves_no_thread_behind():
    before = threading.active_count()
    made = pipeline((frame(index) for index in range(10**9)), live=True)
    waits = made.subscribe(every=True)
    made.start()
    wait_for(lambda: threading.active_count() == before + 2)
    made.stop()
    made.stop()
    assert threading.active_count() == before and made.state == "stopped" and waits.closed


def test_it_starts_once():
    made = pipeline([])
    with made, pytest.raises(ThenarError, match="started before"):
        made.start()


def test_no_subscriber_after_unsubscribing():
    made = pipeline([frame(index) for index in range(3)])
    gone, kept = made.subscribe(), made.subscribe(every=True)
    made.unsubscribe(gone)
    with made:
        assert len(list(kept)) == 3
    assert list(gone) == []


@pytest.mark.usefixtures("unturned")
def test_a_hand_that_was_lost_comes_back_under_a_new_number():
    nothing = ball() * 0
    depths = [ball(), ball(), nothing, ball((-120, 60, 700)), ball((-120, 60, 700))]
    script = [Frame(f"{index}.png", depth, CAMERA, index / 30) for index, depth in enumerate(depths)]
    made = Pipeline(ScriptedSource(script), FakeSession(), make_tracker=OneHandTracker)
    frames = made.subscribe(every=True)
    with made:
        ids = [[live.hand.id for live in item.hands] for item in frames]
    assert ids == [[0], [0], [], [1], [1]]
