"""How far the joints of a hand bend: anatomical limits of the 21 x 3 angles and the clamp that holds them.

Angles are those of the hand model: row j turns the segment below joint j; columns are flexion (towards the palm),
abduction (towards the thumb side; for the thumb's CMC away from the palm) and twist about the bone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit

Angles = NDArray[np.float32]

_FINGER_ABDUCT_DEG: Final = ((-15.0, 20.0), (-12.0, 12.0), (-18.0, 12.0), (-28.0, 15.0))
_FINGER_FLEX_DEG: Final = 90.0
_ABDUCT_LEFT_WHEN_BENT: Final = 0.25
"""Share of the sideways play of a straight finger that is left at 90 degrees of flexion: the ligaments tighten."""


def _table() -> tuple[Angles, Angles]:
    low, high = np.zeros((21, 3)), np.zeros((21, 3))
    low[0], high[0] = (-60, -30, 0), (70, 20, 0)
    low[1], high[1] = (-25, -20, -35), (50, 42, 15)
    low[2], high[2] = (-10, -8, -5), (55, 8, 5)
    low[3], high[3] = (-15, 0, 0), (80, 0, 0)
    for finger, (ulnar, radial) in enumerate(_FINGER_ABDUCT_DEG):
        mcp = 5 + 4 * finger
        low[mcp], high[mcp] = (-25, ulnar, -6), (_FINGER_FLEX_DEG, radial, 6)
        low[mcp + 1], high[mcp + 1] = (-5, 0, 0), (105, 0, 0)
        low[mcp + 2], high[mcp + 2] = (-8, 0, 0), (80, 0, 0)
    return np.radians(low).astype(np.float32), np.radians(high).astype(np.float32)


LOWER, UPPER = _table()
"""(21, 3) radians: least and greatest angle of each joint about each axis, before the two couplings of `clamp`.

Active ranges of the American Academy of Orthopaedic Surgeons and of the e-hand reference table (Eaton, "Normal range
of motion": MCP 0-45 hyperextension / 90, PIP 0 / 100, DIP 0 / 80, thumb MCP -10 / 55, IP -15 / 80, palmar abduction 45,
wrist 70 / 75, radial 20, ulnar 35), the extremes that people reach only under load cut off. The fingers' sideways play
is 20 degrees for the index and grows to the little finger. Zero twist where the joint is a hinge. The thumb's CMC is
counted from the model's rest, 42 degrees out of the fingers' direction and 10 in front of the palm; its pad turns to
the fingers (pronation) with negative twist.
"""


@jit
def clamp(angles: Angles) -> None:
    """Bring angles (21, 3) in radians within the limits, in place.

    Beside the box of `LOWER` and `UPPER`, two couplings: a bent finger has less sideways play, and the wrist's two axes
    share an ellipse (nobody reaches full flexion and full deviation at once; Li et al., "Coupling between wrist
    flexion-extension and radial-ulnar deviation", Clin. Biomech. 2005).
    """
    for j in range(21):
        for axis in range(3):
            angles[j, axis] = min(max(angles[j, axis], LOWER[j, axis]), UPPER[j, axis])
    for mcp in range(5, 21, 4):
        bent = min(max(angles[mcp, 0] / UPPER[mcp, 0], np.float32(0)), np.float32(1))
        play = np.float32(1) - bent * np.float32(1 - _ABDUCT_LEFT_WHEN_BENT)
        angles[mcp, 1] = min(max(angles[mcp, 1], LOWER[mcp, 1] * play), UPPER[mcp, 1] * play)
    flex = angles[0, 0] / (UPPER[0, 0] if angles[0, 0] > 0 else -LOWER[0, 0])
    deviation = angles[0, 1] / (UPPER[0, 1] if angles[0, 1] > 0 else -LOWER[0, 1])
    reach = np.sqrt(flex * flex + deviation * deviation)
    if reach > 1:
        angles[0, 0] /= reach
        angles[0, 1] /= reach


def within(angles: Angles, tolerance: float = 1e-4) -> bool:
    """Tell whether angles (21, 3) in radians keep all limits to within `tolerance` radians."""
    held = angles.astype(np.float32).copy()
    clamp(held)
    return bool(np.abs(held - angles).max() <= tolerance)
