"""Nothing goes out: child processes run with Python's ways to a network recorded and a home that must stay empty.

ONNX Runtime reports from native code, which the recorder doesn't see; what gives it away is the identifier it leaves.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

RECORDER = """
import socket, sys
def refuse(*args, **kwargs):
    print("NETWORK", args[1:] or args)
    raise OSError("no network here")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
import concurrent.futures as futures
"""
EVENT = """
import openvino_telemetry
openvino_telemetry.Telemetry("test", "1", "G-TEST", "ga4", enable_opt_in_dialog=False).send_event("a", "b", "c")
"""
OPEN = """
import thenar.run, models
thenar.run.open(models.arithmetic(), RUNTIME).close()
"""
QUANTIZE = """
import numpy as np, models
from thenar.export import quantize
zeros = np.zeros((1, 3, 4), np.float32)
quantize(models.arithmetic(), [{"a": zeros, "b": zeros}])
"""
# What would keep the libraries quiet without thenar, or move what they leave out of the home folder.
QUIET = (
    "CI",
    "GITHUB_ACTIONS",
    "TF_BUILD",
    "JENKINS_URL",
    "NNCF_CI",
    "NNCF_DEV",
    "ORT_DISABLE_TELEMETRY",
    "XDG_CACHE_HOME",
)
LATE = """
import time, openvino  # before thenar, so it has reported already
time.sleep(1)
from thenar import telemetry
telemetry.switch_off()
print("OFF")
"""


def outcome(code: str, home: Path) -> tuple[str, list[Path]]:
    """What the child printed about the network, and the files that it left in its home."""
    sources = os.pathsep.join([str(Path(__file__).parent / "run"), os.environ.get("PYTHONPATH", "")])
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    done = subprocess.run(
        [sys.executable, "-c", RECORDER + code],
        capture_output=True,
        text=True,
        env=kept | {"HOME": str(home), "PYTHONPATH": sources},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    files = [path for path in home.rglob("*") if path.is_file()]
    return done.stdout, files


@pytest.mark.parametrize(
    "code",
    [
        OPEN.replace("RUNTIME", "'openvino'"),
        pytest.param(OPEN.replace("RUNTIME", "'onnxruntime'"), marks=pytest.mark.runtime),
        pytest.param(QUANTIZE, marks=pytest.mark.train),
    ],
    ids=["openvino", "onnxruntime", "nncf"],
)
def test_nothing_is_sent_or_left(code: str, tmp_path: Path) -> None:
    consent = tmp_path / "intel" / "openvino_telemetry"
    consent.parent.mkdir()
    consent.write_text("1")  # a user who once agreed
    told, files = outcome(code, tmp_path)
    assert "NETWORK" not in told
    assert files == [consent]


def test_recorder_sees_an_event(tmp_path: Path) -> None:
    """The control: without `switch_off` the same recorder catches what OpenVINO's reporter sends."""
    try:
        version("openvino-telemetry")
    except PackageNotFoundError:
        pytest.skip("openvino-telemetry is not installed")
    told, files = outcome(EVENT, tmp_path)
    assert "NETWORK" in told
    assert files


def test_switched_off_after_import(tmp_path: Path) -> None:
    told, _ = outcome(LATE + EVENT, tmp_path)
    assert "NETWORK" not in told.split("OFF")[1]
