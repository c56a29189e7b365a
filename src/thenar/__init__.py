"""thenar: metric 3D hand tracking from depth cameras on ordinary CPUs, and the toolkit behind it."""

from thenar import telemetry as _telemetry

__version__ = "0.1.0"

_telemetry.switch_off()
