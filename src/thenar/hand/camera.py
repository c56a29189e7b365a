"""A pinhole depth camera: pixels and depth to millimetres and back."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError

Floats = NDArray[np.float32]

MAX_SIDE_PX = 8192
MAX_JSON_BYTES = 1 << 16


@dataclass(frozen=True)
class Camera:
    """Pinhole intrinsics in pixels (x right, y down, z forward) and the unit of the stored depth in mm."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    depth_unit_mm: float = 1.0

    def __post_init__(self) -> None:
        for name in ("fx", "fy", "depth_unit_mm"):
            value = getattr(self, name)
            if not math.isfinite(value) or value <= 0:
                raise ThenarError(f"camera {name} is {value}", fix=f"{name} must be a number above 0")
        for name in ("cx", "cy"):
            if not math.isfinite(getattr(self, name)):
                raise ThenarError(f"camera {name} is {getattr(self, name)}", fix=f"{name} must be finite")
        for name in ("width", "height"):
            if not 1 <= getattr(self, name) <= MAX_SIDE_PX:
                raise ThenarError(
                    f"camera {name} is {getattr(self, name)}", fix=f"{name} must lie in 1..{MAX_SIDE_PX} pixels"
                )

    def project(self, points_mm: NDArray[np.floating]) -> Floats:
        """(..., 3) mm in the camera frame -> (..., 3): u, v in pixels and z in mm. z must not be 0."""
        p = np.asarray(points_mm, np.float64)
        z = p[..., 2]
        u = p[..., 0] * self.fx / z + self.cx
        v = p[..., 1] * self.fy / z + self.cy
        return np.stack([u, v, z], axis=-1).astype(np.float32)

    def unproject(self, uvz: NDArray[np.floating]) -> Floats:
        """(..., 3): u, v in pixels and z in mm -> (..., 3) mm in the camera frame."""
        p = np.asarray(uvz, np.float64)
        z = p[..., 2]
        x = (p[..., 0] - self.cx) * z / self.fx
        y = (p[..., 1] - self.cy) * z / self.fy
        return np.stack([x, y, z], axis=-1).astype(np.float32)


def read_camera(path: Path) -> Camera:
    """A camera from `camera.json`: fx fy cx cy width height depth_unit_mm, all required.

    Raises:
        ThenarError: the file is missing, isn't JSON, lacks a field, or holds a value no camera has.
    """
    names = [f.name for f in fields(Camera)]
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(MAX_JSON_BYTES))
    except FileNotFoundError:
        raise ThenarError("no such file", where=path, fix=f"write it with the fields {' '.join(names)}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ThenarError(f"not readable as JSON ({error})", where=path, fix="write it again") from None
    if not isinstance(data, dict):
        raise ThenarError("is not a JSON object", where=path, fix=f"give the fields {' '.join(names)}")
    values: dict[str, float] = {}
    for name in names:
        value = data.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            what = f"field {name} is missing" if name not in data else f"field {name} is not a number"
            raise ThenarError(what, where=path, fix=f"add {name}; the fields are {' '.join(names)}")
        values[name] = value
    try:
        return Camera(**{**values, "width": int(values["width"]), "height": int(values["height"])})  # type: ignore[arg-type]
    except (ThenarError, ValueError, OverflowError) as error:
        raise ThenarError(str(error), where=path) from None


def camera_json(camera: Camera) -> str:
    """The text of `camera.json`."""
    return json.dumps(asdict(camera), indent=2) + "\n"
