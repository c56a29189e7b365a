import threading
from pathlib import Path

import numpy as np
import pytest

from thenar.data.frame import BadFrame, Frame
from thenar.data.recording import Recorder, open_recording
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.sources import SourceStalled, frames, started
from thenar.live.sources.recording import RecordingSource

CAMERA = Camera(50, 50, 4, 4, 8, 8, 1.0)


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def recorded(folder: Path, times: list[float | None]) -> RecordingSource:
    with Recorder(folder, CAMERA) as recorder:
        for number, time_s in enumerate(times):
            recorder.write(np.full((8, 8), 500.0 + number), time_s)
    return RecordingSource(open_recording(folder))


def times_of(source: RecordingSource, limit: int = 99) -> list[float]:
    found: list[float] = []
    with started(source):
        for frame in frames(source):
            assert isinstance(frame, Frame)
            assert frame.time_s is not None
            found.append(frame.time_s)
            if len(found) == limit:
                break
    return found


@pytest.mark.parametrize(
    ("recorded_s", "played_s"),
    [
        ([5.0, 5.1, 5.3], [0.0, 0.1, 0.3]),
        ([None, None], [0.0, 1 / 30]),
        ([5.0, None, 5.5], [0.0, 1 / 30, 0.5]),
        ([5.0, 4.0, 5.5], [0.0, 0.0, 0.5]),
    ],
)
def test_times_start_at_zero_and_never_run_back(
    tmp_path: Path, recorded_s: list[float | None], played_s: list[float]
) -> None:
    assert times_of(recorded(tmp_path, recorded_s)) == pytest.approx(played_s)


@pytest.mark.parametrize(("speed", "waits"), [(1.0, [0.1, 0.2]), (2.0, [0.05, 0.1])])
def test_a_recording_plays_at_a_speed(tmp_path: Path, speed: float, waits: list[float]) -> None:
    clock = Clock()
    recording = recorded(tmp_path, [5.0, 5.1, 5.3]).recording
    times_of(RecordingSource(recording, speed, clock=clock, wait=clock.wait))
    assert clock.waits == pytest.approx(waits)


def test_a_loop_goes_on_and_a_start_begins_again(tmp_path: Path) -> None:
    recording = recorded(tmp_path, [0.0, 0.1]).recording
    source = RecordingSource(recording, loop=True)
    assert times_of(source, 4) == pytest.approx([0.0, 0.1, 0.1 + 1 / 30, 0.2 + 1 / 30])
    assert times_of(source, 1) == [0.0]


def test_a_frame_that_cannot_be_read_is_told_not_hidden(tmp_path: Path) -> None:
    source = recorded(tmp_path, [0.0, 0.1, 0.2])
    (tmp_path / "000001.png").write_bytes(b"no picture")
    kinds = [type(frame) for frame in frames(source)]
    assert kinds == [Frame, BadFrame, Frame]


def test_it_is_paused_stepped_and_resumed(tmp_path: Path) -> None:
    clock = Clock()
    recording = recorded(tmp_path, [5.0, 5.1, 5.3, 5.6, 5.7]).recording
    source = RecordingSource(recording, 1.0, clock=clock, wait=clock.wait)
    source.pause()
    with pytest.raises(SourceStalled, match="is paused; step or resume"):
        source.read(0.01)
    source.step(2)
    assert [frame.name for frame in (source.read(1.0), source.read(1.0)) if frame] == ["000000.png", "000001.png"]
    assert source.paused and not clock.waits
    clock.now += 100
    source.resume()
    assert [frame.name for frame in frames(source) if frame] == ["000002.png", "000003.png", "000004.png"]
    assert clock.waits == pytest.approx([0.3, 0.1])  # as long as between those frames, however long the pause


def test_a_step_wakes_a_read_that_waits(tmp_path: Path) -> None:
    source = recorded(tmp_path, [0.0])
    source.pause()
    threading.Timer(0.05, source.step).start()
    assert source.read(10.0) is not None


@pytest.mark.parametrize("loop", [False, True])
def test_any_frame_can_be_gone_to(tmp_path: Path, loop: bool) -> None:
    source = RecordingSource(recorded(tmp_path, [0.0, 0.1, 0.2]).recording, loop=loop)
    source.seek(2)
    assert [source.read(1.0).name, source.recording.names[2]] == ["000002.png"] * 2  # type: ignore[union-attr]
    with pytest.raises(ThenarError, match="no frame 3; choose one of 0 to 2"):
        source.seek(3)


def test_a_paused_one_gives_the_frame_that_is_gone_to_and_no_other(tmp_path: Path) -> None:
    source = RecordingSource(recorded(tmp_path, [0.0, 0.1, 0.2]).recording, loop=True)
    source.pause()
    source.seek(0)
    source.seek(2)  # a slider that is drawn along
    assert source.read(1.0).name == "000002.png"  # type: ignore[union-attr]
    with pytest.raises(SourceStalled):
        source.read(0.01)
    assert source.paused


def test_another_speed_goes_on_from_where_it_is(tmp_path: Path) -> None:
    clock = Clock()
    recording = recorded(tmp_path, [5.0, 5.1, 5.2, 5.3]).recording
    source = RecordingSource(recording, 1.0, clock=clock, wait=clock.wait)
    source.read(1.0), source.read(1.0)
    source.play_at(0.25)
    source.read(1.0), source.read(1.0)
    assert clock.waits == pytest.approx([0.1, 0.4])
    with pytest.raises(ThenarError, match="speed"):
        source.play_at(0.0)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_of_nothing_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ThenarError, match="speed"):
        RecordingSource(recorded(tmp_path, [0.0]).recording, speed)
