"""Both hands of a person before one sensor, with the true joints of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter, clutter_near, mesh, motion, raster, sensors, shapes, shapes3d
from thenar.data.clutter import ClutterMix, ClutterPlan
from thenar.data.frame import Frame, Hand
from thenar.data.motion import Motion
from thenar.data.scene import PosedHand, place_hand
from thenar.data.sensors import Sensor

Floats = NDArray[np.float32]
Side = Literal["right", "left"]

APART_MM: Final = 260.0
"""From the middle of one hand to that of the other, in a motion that nobody chose."""

BEHIND: Final = ClutterMix(
    arm=0.0, body=1.0, surface=0.0, wall=0.5, things=0.0, sleeve=0.0, held=0.0, second_hand=0.0, cable=0.0
)
"""A person and maybe a wall: nothing that would have to move with a hand."""


@dataclass(frozen=True)
class Actor:
    """One hand and what it does: its side and its motion, frame by frame."""

    side: Side
    motion: Motion


class Duet:
    """Frames of one or two hands, any of them by its number; the same arguments give the same frames.

    Hands belong to one person, held out from training, and may pass before each other, the face or the chest. A label
    tells which of a hand's joints are visible, the other hand counting as what hides them. around: what stands still,
    drawn by chance from a mix or as planned.
    """

    def __init__(
        self, sensor: Sensor, actors: Sequence[Actor], seed: int, around: ClutterMix | ClutterPlan = BEHIND
    ) -> None:
        self.sensor, self.actors, self.seed = sensor, tuple(actors), seed
        self._mesh = mesh.load()
        self._shape = shapes.apply(self._mesh, shapes.sample(np.random.default_rng((seed, 6)), held_out=True))
        self._still = around if isinstance(around, ClutterPlan) else self._background(around)

    def __len__(self) -> int:
        return min((len(actor.motion) for actor in self.actors), default=0)

    def frame(self, index: int, time_s: float | None = None) -> Frame:
        """Frame `index`, at `time_s` or the motion's own time."""
        camera = self.sensor.camera
        depth, ids = raster.window(camera.height, camera.width)
        fx, fy, cx, cy = np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32)
        posed = [self.posed(actor, index) for actor in self.actors]
        for number, hand in enumerate(posed):
            raster.draw(depth, ids, hand.vertices, hand.faces, fx, fy, cx, cy, IDS[number])
        for plan in (self._arms(posed), self._still):
            clutter.draw(depth, ids, fx, fy, cx, cy, plan)
        noise = int(np.random.default_rng((self.seed, 7, index)).integers(2**31))
        labels = tuple(
            Hand(
                hand.joints_mm,
                actor.side,
                gesture=actor.motion.names[index] or None,
                visible=tuple(bool(seen) for seen in visible_of(depth, ids, camera.project(hand.joints_mm), number)),
                sensor=self.sensor.name,
                distance_mm=float(hand.joints_mm[:, 2].mean()),
            )
            for number, (actor, hand) in enumerate(zip(self.actors, posed, strict=True))
        )
        reading = sensors.apply(self.sensor, depth, 1, camera.fx, noise)
        time_s = float(self.actors[0].motion.times_s[index]) if time_s is None and self.actors else time_s
        return Frame(f"{index:06d}.png", reading, camera, time_s, labels)

    def posed(self, actor: Actor, index: int) -> PosedHand:
        """An actor's hand in frame `index`, with this person's shape."""
        move = actor.motion
        mirrored = actor.side == "left"
        angles, view, center = move.angles[index], move.views[index], move.centers_mm[index]
        return place_hand(self._mesh, self._shape, angles, view, center, mirrored)

    def _arms(self, posed: Sequence[PosedHand]) -> ClutterPlan:
        """The rest of each hand's arm; where it heads is the same in every frame."""
        table = np.zeros((2 * len(posed), shapes3d.COLUMNS), np.float32)
        row = 0
        for number, hand in enumerate(posed):
            rng = np.random.default_rng((self.seed, 9, number))
            forearm = (hand.forearm / np.linalg.norm(hand.forearm)).astype(np.float32)
            row = clutter_near.arm(table, row, rng, hand.joints_mm, forearm)
        return ClutterPlan(table[:row])

    def _background(self, mix: ClutterMix) -> ClutterPlan:
        """What stands still, placed around the first hand of the first frame, or around one that isn't there."""
        first = self.actors[0] if self.actors else Actor("right", motion.sequence(self.seed, 1))
        posed = self.posed(first, 0)
        return clutter.plan(np.random.default_rng((self.seed, 8)), posed.joints_mm, posed.forearm, mix)


IDS: Final = (raster.HAND, clutter_near.SECOND_HAND)


def visible_of(depth: Floats, ids: NDArray[np.uint8], uvz: Floats, number: int) -> NDArray[np.bool_]:
    """`raster.visible` for the hand drawn as `IDS[number]`: the other one's flesh is not its own."""
    own = np.where(ids == IDS[number], raster.HAND, np.where(ids == IDS[1 - number], IDS[1], ids)).astype(np.uint8)
    return raster.visible(depth, own, uvz)


def both(seed: int, frames: int, fps: float, far_mm: float = 520.0) -> tuple[Actor, Actor]:
    """A right and a left hand side by side, each going through gestures of its own."""
    shift = APART_MM / 2
    right = motion.sequence(seed, frames, fps, center_mm=(shift, 0.0, far_mm), reach_mm=(40.0, 45.0, 80.0))
    left = motion.sequence(seed + 1, frames, fps, center_mm=(-shift, 0.0, far_mm), reach_mm=(40.0, 45.0, 80.0))
    return Actor("right", right), Actor("left", left)
