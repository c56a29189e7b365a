"""The held-out benchmark as labelled frames, so that it is evaluated like any recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from thenar.data.frame import Frame, Hand
from thenar.data.heldout import BENCHMARK, Heldout, HeldoutRecipe


def heldout_frames(recipe: HeldoutRecipe = BENCHMARK, indices: Sequence[int] | None = None) -> Iterator[Frame]:
    """The benchmark's frames in order, or those of `indices`, rendered one by one; their hands are right hands."""
    heldout = _opened(recipe)
    for index in range(len(heldout)) if indices is None else indices:
        made = heldout[index]
        hand = Hand(
            made.joints_mm,
            "right",
            gesture=made.kind,
            visible=tuple(bool(seen) for seen in made.visible),
            sensor=made.sensor,
            yaw_deg=made.yaw_deg,
            pitch_deg=made.pitch_deg,
            distance_mm=float(np.mean(made.joints_mm[:, 2])),
        )
        yield Frame(f"{index:06d}.png", made.depth_mm, made.camera, hands=(hand,))


@lru_cache(maxsize=1)
def _opened(recipe: HeldoutRecipe) -> Heldout:
    """Kept, because its hands and poses take longer to draw than many frames."""
    return Heldout(recipe)
