"""The shape targets of the hand: which of MakeHuman's are kept, and those that MakeHuman lacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hand_model.mpfb import Human
from hand_model.straighten import Array, Build, straighten

RACES = ("african", "asian", "caucasian")
FINGERS = {"thumb": (1, 2, 3), "index": (5, 6, 7), "middle": (9, 10, 11), "ring": (13, 14, 15), "little": (17, 18, 19)}
STEP = 0.1  # what a coefficient of 1 adds to a length or a breadth of our own targets


def person(human: Human, sex: str, age: str = "young", muscle: str = "average", weight: str = "average") -> Array:
    """(N, 3) mm: the body of a person, the mean of MakeHuman's three races."""
    body = human.vertices + human.target(f"macrodetails/universal-{sex}-{age}-{muscle}muscle-{weight}weight")
    return body + sum(human.target(f"macrodetails/{race}-{sex}-{age}") for race in RACES) / len(RACES)


def template(human: Human) -> Array:
    """(N, 3) mm: half way between a young man and a young woman."""
    return (person(human, "male") + person(human, "female")) / 2


def hand_targets(human: Human, build: Build) -> dict[str, tuple[Array, Array]]:
    """Name -> what a coefficient of 1 adds to vertices (N, 3) and joints (21, 3), hand frame, mm.

    MakeHuman's are scaled to keep the length from wrist to middle MCP: the hand's size and `palm_length` decide it.
    """
    base = template(human)
    hand, joints = straighten(human, base, build)
    reach = np.linalg.norm(joints[9])

    def sized(body: Array) -> tuple[Array, Array]:
        vertices, j = straighten(human, body, build)
        scale = reach / np.linalg.norm(j[9])
        return vertices * scale, j * scale

    def half(plus: tuple[Array, Array], minus: tuple[Array, Array]) -> tuple[Array, Array]:
        return (plus[0] - minus[0]) / 2, (plus[1] - minus[1]) / 2

    def both_sexes(**kind: str) -> Array:
        return (person(human, "male", **kind) + person(human, "female", **kind)) / 2

    def rig(name: str) -> tuple[Array, Array]:
        return half(*(sized(base + human.target(f"{name}-{way}")) for way in ("incr", "decr")))

    def ours(changed: Build) -> tuple[Array, Array]:
        vertices, j = straighten(human, base, changed)
        return vertices - hand, j - joints

    def longer(*segments: int) -> Build:
        stretch = build.stretch.copy()
        stretch[list(segments)] *= 1 + STEP
        return replace(build, stretch=stretch)

    def wider(*scale: float) -> Build:
        return replace(build, palm=build.palm * np.array(scale))

    targets = {
        "male": half(sized(person(human, "male")), sized(person(human, "female"))),
        "child": half(sized(both_sexes(age="child")), (hand, joints)),
        "heavy": half(sized(both_sexes(weight="max")), sized(both_sexes(weight="min"))),
        "muscular": half(sized(both_sexes(muscle="max")), sized(both_sexes(muscle="min"))),
        "fingers_girth": rig("hands/r-hand-fingers-diameter"),
        "knuckle_distance": rig("hands/r-hand-fingers-distance"),
        "hand_on_arm": rig("hands/r-hand-scale"),
        "wrist_girth": rig("hands/measure-wrist-circ"),
        "forearm_fat": rig("arms/r-lowerarm-fat"),
        "palm_breadth": ours(wider(1 + STEP, 1.0, 1.0)),
        "palm_length": ours(wider(1.0, 1 + STEP, 1.0)),
        "palm_depth": ours(wider(1.0, 1.0, 1 + STEP)),
        "fingers_length": ours(longer(*(s for f in list(FINGERS.values())[1:] for s in f))),
    }
    return targets | {f"{finger}_length": ours(longer(*segments)) for finger, segments in FINGERS.items()}
