import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import realsense_double
from bench import Bench

import thenar
from thenar.data.frame import Frame
from thenar.live.sources import SourceLost, SourceStalled
from thenar.live.sources.realsense import RealSenseSource
from thenar.live.sources.settings import CameraSettings
from thenar.live.sources.steady import Patience, SteadySource


def steady(bench: Bench, patience: Patience | None = None) -> SteadySource:
    camera = RealSenseSource(CameraSettings(64, 48), sdk=realsense_double.sdk(bench))
    return SteadySource(camera, patience)


def test_stop_from_another_thread_ends_a_search_at_once() -> None:
    bench = Bench()
    source = steady(bench, Patience(look_s=30.0, look_most_s=30.0))
    source.start()
    bench.plugged = False
    for _ in range(2):  # lost; a first look, in vain
        with pytest.raises(SourceStalled):
            source.read(0.01)
    stopper = threading.Timer(0.05, source.stop)
    stopper.start()
    begun = time.monotonic()
    with pytest.raises(SourceLost, match="is stopped"):
        source.read(20.0)
    assert time.monotonic() - begun < 5
    stopper.join(5)
    assert source.status.state == "stopped"


def test_it_starts_anew_after_a_stop() -> None:
    bench = Bench()
    source = steady(bench)
    for _ in range(2):
        source.start()
        frame = source.read(0.1)
        assert isinstance(frame, Frame) and frame.time_s == 0.0
        source.stop()
        source.stop()
    assert (bench.started, source.status.losses) == (2, 0)


def test_what_a_package_prints_when_it_is_loaded_is_not_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text("import os; print('hello'); os.write(1, b'from C++')")
    code = "from thenar.live.sources.settings import vendor_sdk; vendor_sdk('greeting', 'greet'); print('asked for')"
    path = os.pathsep.join([str(Path(thenar.__file__).parents[1]), str(tmp_path)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert (ended.stdout, ended.stderr) == ("asked for\n", "hello\nfrom C++")
