"""How other trackers and data sets order the joints of a hand, and the way to and from our 21."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.skeleton import JOINT_COUNT, JOINTS

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Convention:
    """One foreign joint order.

    joints: names in the foreign order, as its authors write them.
    ours: for each of them the row in our (21, 3) arrays, or None where no joint of ours is near.
    approximate: names whose counterpart is only the nearest joint: some millimetres of every error are the labels'.
    source: where the order is published.
    """

    name: str
    joints: tuple[str, ...]
    ours: tuple[int | None, ...]
    source: str
    approximate: frozenset[str] = frozenset()

    def to_ours(self, joints_mm: NDArray[np.floating]) -> Floats:
        """(..., J, 3) in this order -> (..., 21, 3) in ours; joints this convention lacks are NaN.

        Raises:
            ThenarError: the array hasn't this convention's number of joints.
        """
        given = np.asarray(joints_mm, np.float32)
        self._check(given, len(self.joints))
        result = np.full((*given.shape[:-2], JOINT_COUNT, 3), np.nan, np.float32)
        for theirs, ours in enumerate(self.ours):
            if ours is not None:
                result[..., ours, :] = given[..., theirs, :]
        return result

    def from_ours(self, joints_mm: NDArray[np.floating]) -> Floats:
        """(..., 21, 3) in our order -> (..., J, 3) in this one; joints we lack are NaN.

        Raises:
            ThenarError: the array hasn't 21 joints.
        """
        given = np.asarray(joints_mm, np.float32)
        self._check(given, JOINT_COUNT)
        result = np.full((*given.shape[:-2], len(self.joints), 3), np.nan, np.float32)
        for theirs, ours in enumerate(self.ours):
            if ours is not None:
                result[..., theirs, :] = given[..., ours, :]
        return result

    def _check(self, joints: Floats, count: int) -> None:
        if joints.ndim < 2 or joints.shape[-2:] != (count, 3):
            raise ThenarError(f"joints of shape {joints.shape}", where=self.name, fix=f"give (..., {count}, 3)")


def _rows(names: str) -> tuple[int | None, ...]:
    """Rows of our joints named in a line of text; `-` stands for none."""
    return tuple(None if name == "-" else JOINTS.index(name) for name in names.split())


MEDIAPIPE: Final = Convention(
    name="mediapipe",
    joints=(
        "WRIST", "THUMB_CMC", "THUMB_MCP", "THUMB_IP", "THUMB_TIP",
        "INDEX_FINGER_MCP", "INDEX_FINGER_PIP", "INDEX_FINGER_DIP", "INDEX_FINGER_TIP",
        "MIDDLE_FINGER_MCP", "MIDDLE_FINGER_PIP", "MIDDLE_FINGER_DIP", "MIDDLE_FINGER_TIP",
        "RING_FINGER_MCP", "RING_FINGER_PIP", "RING_FINGER_DIP", "RING_FINGER_TIP",
        "PINKY_MCP", "PINKY_PIP", "PINKY_DIP", "PINKY_TIP",
    ),
    ours=tuple(range(JOINT_COUNT)),
    source="MediaPipe Hand Landmarker, HandLandmark",
)  # fmt: skip

MSRA15: Final = Convention(
    name="msra15",
    joints=(
        "wrist",
        "index_mcp", "index_pip", "index_dip", "index_tip",
        "middle_mcp", "middle_pip", "middle_dip", "middle_tip",
        "ring_mcp", "ring_pip", "ring_dip", "ring_tip",
        "little_mcp", "little_pip", "little_dip", "little_tip",
        "thumb_mcp", "thumb_pip", "thumb_dip", "thumb_tip",
    ),
    ours=_rows(
        "wrist index_mcp index_pip index_dip index_tip middle_mcp middle_pip middle_dip middle_tip "
        "ring_mcp ring_pip ring_dip ring_tip little_mcp little_pip little_dip little_tip "
        "thumb_cmc thumb_mcp thumb_ip thumb_tip"
    ),
    source="Sun et al., Cascaded Hand Pose Regression, CVPR 2015: cvpr15_MSRAHandGestureDB_readme.txt",
)  # fmt: skip
"""The thumb's four points are called mcp, pip, dip, tip there; a thumb's joints are CMC, MCP, IP and the tip."""

NYU14: Final = Convention(
    name="nyu",
    joints=(
        "little_tip", "little_pip", "ring_tip", "ring_pip", "middle_tip", "middle_pip", "index_tip", "index_pip",
        "thumb_tip", "thumb_ip", "thumb_root", "wrist_a", "wrist_b", "palm",
    ),
    ours=_rows(
        "little_tip little_pip ring_tip ring_pip middle_tip middle_pip index_tip index_pip "
        "thumb_tip thumb_ip thumb_mcp - - -"
    ),
    source="Tompson et al., TOG 2014: rows 0 3 6 9 12 15 18 21 24 25 27 30 31 32 of the 36 in joint_data.mat",
    approximate=frozenset({"little_pip", "ring_pip", "middle_pip", "index_pip", "thumb_ip", "thumb_root"}),
)  # fmt: skip
"""F1..F4 are little to index, KNU3_A a tip, KNU2_B the next joint but one, TH_KNU2_B the thumb's root (49 mm below
its IP, so between MCP and CMC). PALM_1 and PALM_2 lie on both sides of the wrist, PALM_3 in the palm: none is a joint
of ours."""

NYU_EVALUATED: Final = (0, 3, 6, 9, 12, 15, 18, 21, 24, 25, 27, 30, 31, 32)
"""Rows of NYU's 36 labels that the published errors are taken over (restrictedJointsEval in DeepPrior)."""

ICVL16: Final = Convention(
    name="icvl",
    joints=(
        "palm", "thumb_root", "thumb_mid", "thumb_tip", "index_root", "index_mid", "index_tip",
        "middle_root", "middle_mid", "middle_tip", "ring_root", "ring_mid", "ring_tip",
        "little_root", "little_mid", "little_tip",
    ),
    ours=_rows(
        "- thumb_cmc thumb_mcp thumb_tip index_mcp index_pip index_tip middle_mcp middle_pip middle_tip "
        "ring_mcp ring_pip ring_tip little_mcp little_pip little_tip"
    ),
    source="Tang et al., Latent Regression Forest, CVPR 2014: the readme beside labels.txt",
    approximate=frozenset(
        f"{finger}_{part}"
        for finger in ("thumb", "index", "middle", "ring", "little")
        for part in ("root", "mid", "tip")
    ),
)  # fmt: skip
"""The labels are middles of bones, not joints (root to mid is 30 mm where MCP to PIP is 45): each stands for the joint
at the palm's end of its bone, the tip for the tip."""

HANDS17: Final = Convention(
    name="hands17",
    joints=(
        "Wrist", "TMCP", "IMCP", "MMCP", "RMCP", "PMCP",
        "TPIP", "TDIP", "TTIP", "IPIP", "IDIP", "ITIP", "MPIP", "MDIP", "MTIP",
        "RPIP", "RDIP", "RTIP", "PPIP", "PDIP", "PTIP",
    ),
    ours=_rows(
        "wrist thumb_cmc index_mcp middle_mcp ring_mcp little_mcp thumb_mcp thumb_ip thumb_tip "
        "index_pip index_dip index_tip middle_pip middle_dip middle_tip "
        "ring_pip ring_dip ring_tip little_pip little_dip little_tip"
    ),
    source="Yuan et al., The 2017 Hands in the Million Challenge, arXiv 1707.02237",
)  # fmt: skip
"""T I M R P are thumb to pinky; the thumb's four points are named as MSRA15 names them."""

CONVENTIONS: Final[dict[str, Convention]] = {c.name: c for c in (MEDIAPIPE, MSRA15, NYU14, ICVL16, HANDS17)}
