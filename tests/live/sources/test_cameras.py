"""What every camera's driver must do, against doubles of the three makers' packages."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import oak_double
import orbbec_double
import pytest
import realsense_double
from bench import CENTER_PX, FOCAL_PX, Bench

from thenar.data.frame import Frame
from thenar.errors import MissingExtra, ThenarError
from thenar.hand.camera import Camera
from thenar.live.sources import Source, SourceLost, SourceStalled, frames, oak, orbbec, realsense, started
from thenar.live.sources.settings import CameraSettings
from thenar.live.sources.steady import Patience, SteadySource

SMALL = CameraSettings(width=64, height=48)
MAKERS: dict[str, tuple[Callable[..., Source], Callable[[Bench], Any], str]] = {
    "oak": (oak.OakSource, oak_double.sdk, "depthai"),
    "realsense": (realsense.RealSenseSource, realsense_double.sdk, "pyrealsense2"),
    "orbbec": (orbbec.OrbbecSource, orbbec_double.sdk, "pyorbbecsdk"),
}


@pytest.fixture(params=MAKERS)
def maker(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def made(maker: str, bench: Bench, settings: CameraSettings = SMALL) -> Source:
    driver, double, _ = MAKERS[maker]
    return driver(settings, sdk=double(bench))


def read(source: Source) -> Frame:
    frame = source.read(0.5)
    assert isinstance(frame, Frame)
    return frame


def steady(maker: str, bench: Bench, patience: Patience | None = None) -> SteadySource:
    return SteadySource(made(maker, bench), patience, clock=bench.clock, wait=bench.wait)


def until_a_frame(source: Source, most: int = 40) -> tuple[Frame, int]:
    """The next frame, and how many reads told that there was none."""
    for stalls in range(most):
        try:
            return read(source), stalls
        except SourceStalled:
            pass
    raise AssertionError(f"no frame in {most} reads")


def test_depth_is_clean_millimetres_of_the_cameras_own_pinhole(maker: str, bench: Bench) -> None:
    bench.unit_mm = 1.0 if maker == "oak" else 0.1
    with started(made(maker, bench)) as source:
        frame = read(source)
    assert frame.depth_mm.dtype == np.float32 and frame.depth_mm.flags.writeable
    assert frame.camera == Camera(FOCAL_PX, FOCAL_PX, *CENTER_PX, 64, 48, bench.unit_mm)
    np.testing.assert_array_equal(frame.depth_mm[:3], 0)  # no reading, nearer than near, as far as 16 bits go
    np.testing.assert_allclose(frame.depth_mm[3:], 500.0, rtol=1e-6)


def test_times_are_seconds_of_the_devices_clock(maker: str, bench: Bench) -> None:
    with started(made(maker, bench)) as source:
        first, second = read(source), read(source)
    assert first.time_s == pytest.approx(1000 + 1 / 30, abs=2e-6)
    assert second.time_s == pytest.approx(1000 + 2 / 30, abs=2e-6)
    assert (first.name, second.name) == ("000000.png", "000001.png")


def test_a_frame_outlives_the_cameras_buffer(maker: str, bench: Bench) -> None:
    kept = np.full((48, 64), 700, np.uint16)
    bench.next_frame = lambda timeout_s: kept  # type: ignore[method-assign]
    with started(made(maker, bench)) as source:
        frame = read(source)
        kept[:] = 0
    assert frame.depth_mm.min() == 700


def test_a_camera_that_is_not_there_is_lost_at_the_start(maker: str, bench: Bench) -> None:
    bench.plugged = False
    with pytest.raises(SourceLost, match=f"^{maker}: no camera"), started(made(maker, bench)):
        pass


def test_one_of_several_is_asked_for_by_its_serial_number(maker: str, bench: Bench) -> None:
    with started(made(maker, bench, replace(SMALL, serial="A1"))) as source:
        assert source.name == f"{maker} A1"
        read(source)
    with pytest.raises(SourceLost), started(made(maker, bench, replace(SMALL, serial="B2"))):
        pass


def test_a_stream_that_it_lacks_is_an_error_and_no_loss(maker: str, bench: Bench) -> None:
    with pytest.raises(ThenarError, match="cannot give 4000x48 at 30 frames per second") as told:
        made(maker, bench, replace(SMALL, width=4000)).start()
    assert not isinstance(told.value, SourceLost)


def test_silence_is_a_stall_and_ends(maker: str, bench: Bench) -> None:
    with started(made(maker, bench)) as source:
        bench.silent = True
        with pytest.raises(SourceStalled, match=r"no frame in 0\.5 s"):
            source.read(0.5)
        bench.silent = False
        read(source)


@pytest.mark.parametrize("breaks", [False, True])
def test_a_pulled_cable_is_a_loss_whatever_the_makers_error(maker: str, bench: Bench, breaks: bool) -> None:
    with started(made(maker, bench)) as source:
        read(source)
        bench.plugged, bench.breaks = False, breaks
        with pytest.raises(SourceLost, match="lost"):
            source.read(0.5)


def test_stopping_twice_before_and_after_a_loss_never_fails(maker: str, bench: Bench) -> None:
    source = made(maker, bench)
    source.stop()
    source.start()
    bench.plugged = False
    source.stop()
    source.stop()
    with pytest.raises(SourceLost, match="not started"):
        source.read(0.1)
    bench.plugged = True
    source.start()
    assert read(source).depth_mm.any()
    source.stop()


def test_a_camera_that_changes_resolution_gives_frames_of_another_camera(maker: str, bench: Bench) -> None:
    with started(made(maker, bench)) as source:
        assert read(source).depth_mm.shape == (48, 64)
        bench.width, bench.height = 80, 60
        frame = read(source)
    assert frame.depth_mm.shape == (60, 80) and (frame.camera.width, frame.camera.height) == (80, 60)


def test_unplugged_and_plugged_in_again_it_goes_on_by_itself(maker: str, bench: Bench) -> None:
    with started(steady(maker, bench)) as source:
        before = read(source)
        bench.plugged, bench.device_s = False, 3.0  # the device's clock begins anew
        for _ in range(4):
            with pytest.raises(SourceStalled):
                source.read(0.5)
        assert source.status.state == "lost"  # type: ignore[attr-defined]
        bench.plugged = True
        after, stalls = until_a_frame(source)
        status = source.status  # type: ignore[attr-defined]
    assert (status.state, status.losses, status.restarts) == ("streaming", 1, 1)
    assert stalls <= 8 and bench.started == 2
    gone_s = after.time_s - before.time_s  # type: ignore[operator]
    assert 1.0 < gone_s < 8.0  # as long as it was away, by the host's clock


def test_a_camera_that_never_comes_back_ends(maker: str, bench: Bench) -> None:
    with started(steady(maker, bench, Patience(give_up_s=20.0))) as source:
        read(source)
        bench.plugged = False
        with pytest.raises(SourceLost, match="given up after 20 s"):
            until_a_frame(source, 400)
    assert 20 <= bench.now_s - 50 < 26


def test_a_camera_that_hangs_is_started_again(maker: str, bench: Bench) -> None:
    with started(steady(maker, bench, Patience(restart_s=2.0))) as source:
        read(source)
        bench.silent = True
        for _ in range(4):
            with pytest.raises(SourceStalled):
                source.read(0.5)
        assert source.status.state == "stalled"  # type: ignore[attr-defined]
        with pytest.raises(SourceStalled):
            source.read(0.5)
        bench.silent = False
        until_a_frame(source)
        assert source.status.restarts == 1  # type: ignore[attr-defined]


def test_times_that_run_backwards_are_set_right(maker: str, bench: Bench) -> None:
    times: list[float] = []
    with started(steady(maker, bench)) as source:
        for number in range(6):
            if number == 3:
                bench.device_s -= 500.0
            times.append(read(source).time_s or 0.0)
    assert times[0] == 0.0
    np.testing.assert_allclose(np.diff(times), 1 / 30, atol=1e-4)


def test_without_its_package_the_extra_is_named(maker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, _, library = MAKERS[maker]
    monkeypatch.setattr("thenar.extras.find_spec", lambda name: None if name == library else object())
    with pytest.raises(MissingExtra, match=rf"{library} is not installed; pip install 'thenar\[{maker}\]'"):
        driver(SMALL).start()


def test_every_frame_is_read_until_told_otherwise(maker: str, bench: Bench) -> None:
    with started(made(maker, bench)) as source:
        for number, frame in enumerate(frames(source)):
            assert isinstance(frame, Frame)
            if number == 4:
                break
    assert bench.stopped == 1


def test_what_the_oak_is_told(bench: Bench) -> None:
    with started(oak.OakSource(SMALL, median=7, sdk=oak_double.sdk(bench))):
        pass
    said = ["reconnect 0", "camera CAM_B 30", "camera CAM_C 30", "rectified True", "left-right True", "subpixel True"]
    assert bench.calls == [*said, "extended False", "unit MILLIMETER", "median 7", "queue 2 False"]
    threshold = bench.config.postProcessing.thresholdFilter  # type: ignore[attr-defined]
    assert (threshold.minRange, threshold.maxRange) == (150, 3000)
    with pytest.raises(ThenarError, match="median of 4"):
        oak.OakSource(median=4)


def test_a_realsense_preset_is_set_or_told(bench: Bench) -> None:
    with started(realsense.RealSenseSource(SMALL, preset=3, sdk=realsense_double.sdk(bench))):
        assert bench.calls[-1] == "visual_preset 3"
    with pytest.raises(ThenarError, match="has no preset 99"):
        realsense.RealSenseSource(SMALL, preset=99, sdk=realsense_double.sdk(bench)).start()
    assert bench.stopped == 2


def test_an_orbbec_tells_what_it_would_give(bench: Bench) -> None:
    with pytest.raises(ThenarError, match="the camera's own is 640x400 at 30"):
        made("orbbec", bench, replace(SMALL, width=4000)).start()


def test_the_doubles_have_the_makers_own_names(maker: str) -> None:
    """Runs where the maker's package is installed: what a double can do, the package must have."""
    library = MAKERS[maker][2]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    real = importlib.import_module(library)
    assert not [name for name in _names(MAKERS[maker][1](Bench())) if not _has(real, name)]


def _names(double: Any, prefix: str = "") -> list[str]:
    """Dotted names of all that a double offers."""
    found: list[str] = []
    for name, value in vars(double).items():
        if name.startswith("_"):
            continue
        found.append(prefix + name)
        if isinstance(value, type | SimpleNamespace):
            found += _names(value, f"{prefix}{name}.")
    return found


def _has(real: Any, name: str) -> bool:
    for part in name.split("."):
        if not hasattr(real, part):
            return False
        real = getattr(real, part)
    return True
