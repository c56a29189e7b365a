"""How well a locator finds hands in views it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch

from thenar.hand.peaks import peaks
from thenar.nets.locator import Located
from thenar.train.views import LEFT, NOBODY, RIGHT, UNCLEAR, ViewBatch

LEAST: Final = 0.3
"""Heat from which a peak counts."""


@torch.no_grad()
def score(located: Located, batches: Sequence[ViewBatch]) -> dict[str, float]:
    """recall: share of hands with a peak within their palm's length. precision: share of peaks that are at a hand,
    those at unclear ones left out. right_side: of the hands found, share whose hottest peak has their side.
    """
    hands = found = right = claimed = true = 0
    located.eval()
    for batch in batches:
        heat, uvd = located(torch.from_numpy(batch.images))
        for i in range(len(batch.images)):
            given = peaks(heat[i].float().numpy(), uvd[i].float().numpy(), LEAST)
            near = {
                k: [p for p in given if np.linalg.norm(p.uvd[:2] - batch.uvd[i, k, :2]) < 2 * batch.radius_px[i, k]]
                for k in range(batch.side.shape[1])
                if batch.side[i, k] != NOBODY
            }
            unclear = [p for k, close in near.items() if batch.side[i, k] == UNCLEAR for p in close]
            counted = [p for p in given if not any(p is other for other in unclear)]
            claimed += len(counted)
            true += sum(any(p is other for close in near.values() for other in close) for p in counted)
            for k, close in near.items():
                if batch.side[i, k] in (RIGHT, LEFT):
                    hands += 1
                    found += bool(close)
                    name = "right" if batch.side[i, k] == RIGHT else "left"
                    right += bool(close) and max(close, key=lambda p: p.score).side == name
    return {
        "recall": found / max(hands, 1),
        "precision": true / max(claimed, 1),
        "right_side": right / max(found, 1),
    }
