"""thenar: metric 3D hand tracking from depth cameras on ordinary CPUs, and the toolkit behind it."""

__version__ = "0.1.0"
