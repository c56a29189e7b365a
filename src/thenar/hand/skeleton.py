"""The 21 joints of a hand: order, names, bones, fingers."""

from __future__ import annotations

from typing import Final

JOINT_COUNT: Final = 21

JOINTS: Final[tuple[str, ...]] = (
    "wrist",
    "thumb_cmc", "thumb_mcp", "thumb_ip", "thumb_tip",
    "index_mcp", "index_pip", "index_dip", "index_tip",
    "middle_mcp", "middle_pip", "middle_dip", "middle_tip",
    "ring_mcp", "ring_pip", "ring_dip", "ring_tip",
    "little_mcp", "little_pip", "little_dip", "little_tip",
)  # fmt: skip
"""Names of the joints; index = row of every (21, 3) array in thenar."""

PARENTS: Final[tuple[int, ...]] = (-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
"""Parent joint of each joint; the wrist has none (-1)."""

BONES: Final[tuple[tuple[int, int], ...]] = tuple((p, j) for j, p in enumerate(PARENTS) if p >= 0)
"""The 20 bones as (parent joint, child joint)."""

FINGERS: Final[dict[str, tuple[int, int, int, int]]] = {
    name: (4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4)
    for i, name in enumerate(("thumb", "index", "middle", "ring", "little"))
}
"""Joint indices of each finger, from the palm to the tip."""

WRIST: Final = 0
TIPS: Final[tuple[int, ...]] = (4, 8, 12, 16, 20)
MCPS: Final[tuple[int, ...]] = (5, 9, 13, 17)
