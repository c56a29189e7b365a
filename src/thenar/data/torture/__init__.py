"""Sequences that are hard to track, one file per idea: hands and poses that training never sees, every sensor."""

from __future__ import annotations

from typing import Final

from thenar.data.torture import (
    behind_bodies,
    far_and_near,
    leaving,
    nobody,
    on_table,
    over_body,
    switching,
    two_hands,
)
from thenar.data.torture.sequence import Torture

ROOMS: Final = (two_hands, over_body, leaving, switching, far_and_near, on_table, behind_bodies, nobody)

SEQUENCES: Final[dict[str, Torture]] = {torture.name: torture for room in ROOMS for torture in room.ALL}

__all__ = ["SEQUENCES", "Torture"]
