"""Signs by their usual names: a table of which fingers are stretched and which are folded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.hand.articulation import finger_reach
from thenar.hand.palm import palm_axes
from thenar.hand.skeleton import FINGERS
from thenar.live.gesture.strength import palm_length, pinch_strength, ramp

STRETCHED, FOLDED = (0.78, 0.93), (0.68, 0.52)
"""`Articulation.reach` of a finger from not at all to fully stretched, and from not at all to fully folded."""

THUMB_OUT, THUMB_IN = (0.25, 0.6), (0.15, -0.2)
"""How far the thumb's tip lies to the thumb's side of the index MCP, as a share of the palm's length."""

TOUCHING: Final = (0.5, 0.8)
"""Pinch strength from not at all to surely touching."""

UPRIGHT: Final = (0.5, 0.8)
"""Cosine between the thumb and the image's vertical, from not at all to fully up (or down)."""

LEAST: Final = 0.5
"""Score below which a hand makes no sign."""


@dataclass(frozen=True)
class Rule:
    """fingers: index to little, "1" stretched, "0" folded, "." either. thumb: "out", "in" or "" for either.

    thumb_points: "up", "down" or "". pinch: the thumb's tip and the index finger's touch.
    """

    fingers: str
    thumb: str = ""
    thumb_points: str = ""
    pinch: bool = False


RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "open": (Rule("1111", "out"),),
    "four": (Rule("1111", "in"),),
    "fist": (Rule("0000", "in"),),
    "thumbs_up": (Rule("0000", "out", "up"),),
    "thumbs_down": (Rule("0000", "out", "down"),),
    "point": (Rule("1000"),),
    "victory": (Rule("1100", "in"),),
    "three": (Rule("1110", "in"), Rule("1100", "out")),
    "horns": (Rule("1001"),),
    "call": (Rule("0001", "out"),),
    "ok": (Rule(".111", pinch=True),),
}
"""A name's score is that of its best rule, a rule's that of its worst part."""

NAMES: Final = tuple(RULES)


def name_gesture(joints_mm: NDArray[np.floating], side: str) -> tuple[str, float]:
    """Joints (21, 3) mm of a `side` hand -> the sign it makes and a score up to 1; ("", score) where it makes none.

    Up and down are those of the camera's image. Raises ThenarError as `palm_axes`.
    """
    parts = _parts(np.asarray(joints_mm, np.float64), side)
    scores = {name: max(_score(rule, parts) for rule in rules) for name, rules in RULES.items()}
    best = max(scores, key=lambda name: scores[name])
    return (best if scores[best] >= LEAST else ""), scores[best]


def _parts(joints: NDArray[np.float64], side: str) -> dict[str, float]:
    """Degree, 0 to 1, of everything that a rule can ask for."""
    reach = finger_reach(joints)[1:].tolist()
    thumb = FINGERS["thumb"]
    aside = (joints[thumb[-1]] - joints[FINGERS["index"][0]]) @ palm_axes(joints, side)[0] / palm_length(joints)
    along = joints[thumb[-1]] - joints[thumb[1]]
    upward = -along[1] / max(float(np.linalg.norm(along)), 1e-6)
    parts = {"out": ramp(aside, *THUMB_OUT), "in": ramp(aside, *THUMB_IN)}
    parts |= {"pinch": ramp(pinch_strength(joints), *TOUCHING)}
    parts |= {"up": ramp(upward, *UPRIGHT), "down": ramp(-upward, *UPRIGHT)}
    for place, value in enumerate(reach):
        parts[f"1{place}"] = ramp(value, *STRETCHED)
        parts[f"0{place}"] = ramp(value, *FOLDED)
    return parts


def _score(rule: Rule, parts: Mapping[str, float]) -> float:
    wanted = [f"{state}{place}" for place, state in enumerate(rule.fingers) if state != "."]
    wanted += [part for part in (rule.thumb, rule.thumb_points, "pinch" if rule.pinch else "") if part]
    return min(parts[part] for part in wanted)
