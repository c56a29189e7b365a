import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import thenar
from thenar.data.frame import BadFrame, Frame
from thenar.data.recording import Recorder, open_recording
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.record import FrameWriter, record
from thenar.live.sources import Source, SourceLost, SourceStalled, frames, started
from thenar.live.sources.clock import TICK_S
from thenar.live.sources.recording import RecordingSource

CAMERA = Camera(50, 50, 8, 6, 16, 12, 0.125)


def made(number: int, camera: Camera = CAMERA) -> Frame:
    units = np.random.default_rng(number).integers(0, 65536, (camera.height, camera.width))
    depth_mm = units.astype(np.uint16) * np.float32(camera.depth_unit_mm)
    return Frame(f"{number:06d}.png", depth_mm, camera, number * 34953 * TICK_S)


class Script:
    """A source that does what it is told, one thing a read: a frame is given, an error raised."""

    name = "script"

    def __init__(
        self, *things: Frame | BadFrame | BaseException | Callable[[], None] | None, live: bool = True
    ) -> None:
        self.live, self.things = live, things
        self.stops = 0

    def start(self) -> None:
        self._left = iter(self.things)

    def read(self, timeout_s: float) -> Frame | BadFrame | None:
        thing = next(self._left, None)
        if isinstance(thing, BaseException):
            raise thing
        if callable(thing):
            thing()
            return self.read(timeout_s)
        return thing

    def stop(self) -> None:
        self.stops += 1


def whole_frames(folder: Path) -> Iterator[Frame]:
    for frame in open_recording(folder):
        assert isinstance(frame, Frame)
        yield frame


def test_frames_come_back_to_the_bit_with_their_times(tmp_path: Path) -> None:
    given = [made(number) for number in range(5)]
    summary = record(Script(*given), tmp_path / "out", progress=False)
    assert (summary.frames, summary.dropped, summary.ended) == (5, 0, "end")
    for frame, again in zip(given, whole_frames(tmp_path / "out"), strict=True):
        np.testing.assert_array_equal(again.depth_mm, frame.depth_mm)
        assert (again.time_s, again.camera) == (frame.time_s, frame.camera)


@pytest.mark.runtime
def test_a_recording_tracked_again_gives_the_joints_to_the_bit(tmp_path: Path, hand_model: Path) -> None:
    pytest.importorskip("numba")
    from thenar.live.sources.synthetic import SyntheticSource
    from thenar.live.tracker import Tracker
    from thenar.run import session as sessions

    def tracked(source: Source) -> list[NDArray[np.float32]]:
        with sessions.open(hand_model) as session, started(source):
            first = source.read(1.0)
            assert isinstance(first, Frame)
            tracker = Tracker(session, first.camera)
            hands = [tracker.track(frame.depth_mm, frame.time_s) for frame in (first, *frames(source))]  # type: ignore
        return [hand.joints_mm for hand in hands if hand is not None]

    class Watched(SyntheticSource):
        """Ends after some frames, which it keeps: what a camera gave, live."""

        def read(self, timeout_s: float) -> Frame | None:
            if self._next == 12:
                return None
            seen.append(super().read(timeout_s))  # type: ignore[arg-type]
            return seen[-1]

    seen: list[Frame] = []
    record(Watched(seed=3, hands=1, paced=False), tmp_path / "out", progress=False)
    live = tracked(Script(*seen[4:]))
    again = RecordingSource(open_recording(tmp_path / "out"))
    record(Script(*seen[4:]), tmp_path / "from-the-middle", progress=False)
    assert len(live) == 8
    for number, joints_mm in enumerate(tracked(RecordingSource(open_recording(tmp_path / "from-the-middle")))):
        np.testing.assert_array_equal(joints_mm, live[number])
    assert len(tracked(again)) == 12


def test_a_recording_is_copied_without_a_loss_however_little_room(tmp_path: Path) -> None:
    record(Script(*(made(number) for number in range(30))), tmp_path / "one", progress=False)
    source = RecordingSource(open_recording(tmp_path / "one"))
    assert record(source, tmp_path / "two", room=1, progress=False).frames == 30
    for one, two in zip(whole_frames(tmp_path / "one"), whole_frames(tmp_path / "two"), strict=True):
        np.testing.assert_array_equal(one.depth_mm, two.depth_mm)


def test_what_a_slow_disk_has_no_room_for_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    write = Recorder.write

    def slow(self: Recorder, *arguments: object) -> str:
        go.wait(10)
        return write(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Recorder, "write", slow)
    source = Script(*(made(number) for number in range(10)), go.set)
    summary = record(source, tmp_path / "out", room=2, progress=False)
    assert 2 <= summary.frames <= 3 and summary.frames + summary.dropped == 10
    first = next(whole_frames(tmp_path / "out"))
    np.testing.assert_array_equal(first.depth_mm, made(0).depth_mm)


def test_a_full_disk_ends_it_and_keeps_every_whole_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = os.fsync
    left = [1 + 4]  # camera.json and four frames fit

    def fsync(file: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(file)

    monkeypatch.setattr(os, "fsync", fsync)
    source = Script(*(made(number) for number in range(50)), live=False)
    told = r"000004\.png: cannot write: No space left on device; .*; 4 whole frames before it are kept"
    with pytest.raises(ThenarError, match=told):
        record(source, tmp_path / "out", room=2, progress=False)
    assert source.stops == 1
    assert len(list(whole_frames(tmp_path / "out"))) == 4
    assert {path.name[0] for path in (tmp_path / "out").iterdir()} <= {"0", "c", "t"}  # nothing half is left


def test_ctrl_c_ends_it_with_all_that_came_written(tmp_path: Path) -> None:
    source = Script(made(0), made(1), KeyboardInterrupt())
    summary = record(source, tmp_path / "out", progress=False)
    assert (summary.ended, summary.frames, source.stops) == ("stopped", 2, 1)
    assert len(open_recording(tmp_path / "out")) == 2


def test_a_camera_that_changes_resolution_goes_on_beside(tmp_path: Path) -> None:
    other = Camera(60, 60, 5, 4, 10, 8, 1.0)
    summary = record(Script(made(0), made(1), made(2, other)), tmp_path / "out", progress=False)
    assert summary.out == (str(tmp_path / "out"), str(tmp_path / "out-2"))
    assert [len(open_recording(Path(folder))) for folder in summary.out] == [2, 1]
    assert open_recording(tmp_path / "out-2").camera == other


def test_stalls_and_bad_frames_are_passed_over_and_a_loss_ends_it(tmp_path: Path) -> None:
    bad = BadFrame("x.png", "x.png: cut short")
    source = Script(SourceStalled("nothing"), made(0), bad, made(1), SourceLost("unplugged"))
    summary = record(source, tmp_path / "out", progress=False)
    assert (summary.frames, summary.stalls, summary.unreadable) == (2, 1, 1)
    assert (summary.ended, summary.reason) == ("lost", "unplugged")


@pytest.mark.parametrize("things", [(), (SourceLost("unplugged"),), (KeyboardInterrupt(),)])
def test_nothing_recorded_is_an_error(tmp_path: Path, things: tuple[BaseException, ...]) -> None:
    with pytest.raises(ThenarError, match=r"gave no frame|unplugged"):
        record(Script(*things), tmp_path / "out", progress=False)


@pytest.mark.parametrize("live", [True, False])
def test_limits(tmp_path: Path, live: bool) -> None:
    def source() -> Script:
        return Script(*(made(number) for number in range(10)), live=live)

    now = iter(range(100))
    assert record(source(), tmp_path / "frames", frames=3, progress=False).frames == 3
    summary = record(
        source(), tmp_path / "seconds", seconds=0.11 if not live else 4.0, progress=False, clock=now.__next__
    )
    assert (summary.frames, summary.ended) == (3 if live else 4, "limit")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    source = Script(made(0))
    with pytest.raises(ThenarError, match="already holds something"):
        record(source, tmp_path, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_writer_closed_twice_is_closed(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path / "out")
    assert writer.offer(made(0))
    writer.close()
    writer.close()
    assert writer.written == 1


def test_killed_while_recording_every_frame_that_is_there_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = (
        "import itertools, sys; sys.path[:0] = sys.argv[1:3]; from pathlib import Path; from test_record import *\n"
        "with FrameWriter(Path(sys.argv[3])) as writer:\n"
        "    for number in itertools.count(): writer.offer(made(number), wait=True)\n"
    )
    source = Path(thenar.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(source), str(Path(__file__).parent), str(out)]
    ) as process:
        end = time.monotonic() + 60
        while len(list(out.glob("[0-9]*.png")) if out.exists() else ()) < 20 and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    found = list(whole_frames(out))
    assert len(found) >= 20
    for number, frame in enumerate(found):
        np.testing.assert_array_equal(frame.depth_mm, made(number).depth_mm)
