"""Where hands are in a whole frame, by the small network that ships beside the presets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.peaks import peaks
from thenar.hand.view import VIEW_HEIGHT, VIEW_WIDTH, view
from thenar.live.presets import locator_path
from thenar.run import session as sessions
from thenar.run.session import Session

Floats = NDArray[np.float32]

LEAST_HEAT: Final = 0.25
"""Heat from which a peak is worth a look."""

SAME_MM: Final = 60.0
"""Two peaks this close are one hand."""

_SHAPES: Final = {
    "view": (1, 1, VIEW_HEIGHT, VIEW_WIDTH),
    "heat": (1, 2, VIEW_HEIGHT // 4, VIEW_WIDTH // 4),
    "uvd": (1, 3, VIEW_HEIGHT // 4, VIEW_WIDTH // 4),
}


@dataclass(frozen=True)
class Candidate:
    """center_mm (3,) camera frame: the mean of a hand's joints, as far as the locator can tell; score in [0, 1].

    Which hand it is, a view of 128x160 does not show well enough: the hand network says that.
    """

    center_mm: Floats
    score: float


class Locator(Protocol):
    """Looks for hands in a frame."""

    def find(self, depth_mm: NDArray[np.floating], camera: Camera) -> list[Candidate]:
        """(H, W) depth in mm -> candidates, the likeliest first."""


class NetworkLocator:
    """A `Locator` over a session of an exported locator network.

    Raises:
        ThenarError: the session is of another model.
    """

    def __init__(self, session: Session, least: float = LEAST_HEAT) -> None:
        _check_locator_model(session)
        self.session, self.least = session, least

    def find(self, depth_mm: NDArray[np.floating], camera: Camera) -> list[Candidate]:
        """(H, W) depth in mm (0 or NaN = no reading) -> candidates, the likeliest first; no two are one hand.

        Raises:
            ThenarError: the frame isn't of the camera's size.
        """
        seen = view(depth_mm, camera)
        answer = self.session.run({"view": seen.image[None, None]})
        heat = answer["heat"].sum(axis=1).clip(max=1.0)  # (1, 32, 40): of a hand, whichever it is
        found: list[Candidate] = []
        for peak in peaks(heat, answer["uvd"][0], self.least):
            center = seen.to_mm(peak.uvd)
            inside = np.isfinite(center).all() and center[2] > 0
            if inside and all(np.linalg.norm(center - other.center_mm) > SAME_MM for other in found):
                found.append(Candidate(center, peak.score))
        return found


@cache
def shipped_locator(runtime: str = "auto") -> NetworkLocator:
    """The locator that ships with thenar, opened once for each runtime.

    Raises:
        ThenarError: no such runtime.
    """
    return NetworkLocator(sessions.open(locator_path(), runtime=runtime, threads=1))


def _check_locator_model(session: Session) -> None:
    shapes = {spec.name: tuple(spec.shape) for spec in (*session.inputs, *session.outputs)}
    if shapes != _SHAPES:
        raise ThenarError(
            f"model has {shapes}, a locator needs {_SHAPES}", fix="use a model written by `thenar export` of a locator"
        )
