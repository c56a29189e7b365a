"""No library that thenar uses reports home.

OpenVINO and NNCF share one reporting package, `openvino_telemetry`, which is installed with either of them and sends
an event when they are imported or used. Both carry a stub for the case that it is missing, so the plainest way to keep
them quiet, without writing to the user's home, is that the package can't be imported. ONNX Runtime reports on Windows
alone.
"""

from __future__ import annotations

import sys

_REPORTER = "openvino_telemetry"


def switch_off() -> None:
    """Keep OpenVINO and NNCF from sending anything; call it before they are imported. Calling it again does no harm.

    A program that had imported OpenVINO before keeps it, but nothing further is sent from then on.
    """
    loaded = sys.modules.get(_REPORTER)
    if loaded is None:
        sys.modules[_REPORTER] = None  # type: ignore[assignment]  # Python then raises ImportError for it
        return
    loaded.main.TelemetrySender.send = lambda *message: None


def switch_off_onnxruntime() -> None:
    """Keep ONNX Runtime from sending anything (it does so on Windows only); call it after it was imported."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
