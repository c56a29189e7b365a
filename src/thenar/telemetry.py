"""No library that thenar uses reports home.

OpenVINO and NNCF share one reporting package, `openvino_telemetry`, which is installed with either of them and sends an
event when they are imported or used. Both carry a stub for the case that it is missing, so the plainest way to keep
them quiet, without writing to the user's home, is that the package can't be imported.

ONNX Runtime reports from native code, since 1.29 on every system, and leaves an identifier of the machine under the
user's cache folder. It reads `ORT_DISABLE_TELEMETRY` once, when it is loaded; its own `disable_telemetry_events()`
comes too late for the first report.
"""

from __future__ import annotations

import os
import sys

_REPORTER = "openvino_telemetry"


def switch_off() -> None:
    """Keep OpenVINO, NNCF and ONNX Runtime from sending anything; call it before any of them is imported.

    Calling it again does no harm. Where a program had imported OpenVINO before, nothing further is sent from then on.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    reporter = sys.modules.get(_REPORTER)
    if reporter is None:
        sys.modules[_REPORTER] = None  # type: ignore[assignment]  # Python then raises ImportError for it
    else:
        reporter.main.TelemetrySender.send = lambda *message: None
