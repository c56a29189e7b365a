from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from thenar.errors import ThenarError
from thenar.nets.locator import CELL_PX, Located, Locator
from thenar.nets.spec import LocatorSpec
from thenar.nets.store import load, load_locator
from thenar.train.config import Machine, Schedule
from thenar.train.fit_locator import fit_locator
from thenar.train.locator_loss import locator_loss
from thenar.train.locator_score import score
from thenar.train.views import LEFT, NOBODY, RIGHT, UNCLEAR, ViewBatch

pytestmark = pytest.mark.train

SPEC = LocatorSpec((16, 16, 16), (0, 0, 0))


@dataclass(frozen=True)
class Squares:
    """Views with one square: a "right hand" where it is near, a "left hand" where it is far."""

    size: int = 4

    def batch(self, step: int) -> ViewBatch:
        rng = np.random.default_rng(step)
        images = np.ones((self.size, 1, 128, 160), np.float32)
        uvd = np.zeros((self.size, 2, 3), np.float32)
        side = np.full((self.size, 2), NOBODY)
        for i in range(self.size):
            u, v = rng.integers(16, 144), rng.integers(16, 112)
            depth = rng.choice((-0.5, 0.5))
            images[i, 0, v - 8 : v + 9, u - 8 : u + 9] = depth
            uvd[i, 0], side[i, 0] = (u, v, depth), RIGHT if depth < 0 else LEFT
        return ViewBatch(images, uvd, np.full((self.size, 2), 8, np.float32), side)


def perfect(batch: ViewBatch) -> torch.Tensor:
    """What a locator that knows the truth would say."""
    out = torch.zeros(len(batch.images), 5, 32, 40)
    out[:, :2] = -20.0
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(40), indexing="ij")
    for i in range(len(batch.images)):
        u, v = (float(place - (CELL_PX - 1) / 2) / CELL_PX for place in batch.uvd[i, 0, :2])
        out[i, 2], out[i, 3], out[i, 4] = u - columns, v - rows, float(batch.uvd[i, 0, 2])
        near = torch.hypot(u - columns, v - rows) < 0.75
        out[i, int(batch.side[i, 0]) - 1][near] = 20.0
    return out


def loss_of(out: torch.Tensor, batch: ViewBatch) -> float:
    return locator_loss(out, *(torch.from_numpy(array) for array in batch[1:])).item()


def test_who_knows_the_truth_has_no_loss_and_every_mistake_costs() -> None:
    batch = Squares().batch(0)
    truth = perfect(batch)
    assert loss_of(truth, batch) == pytest.approx(0, abs=1e-3)
    swapped, moved, deeper = truth.clone(), truth.clone(), truth.clone()
    swapped[:, :2] = truth[:, [1, 0]]
    moved[:, 2] += 1
    deeper[:, 4] += 0.1
    assert min(loss_of(wrong, batch) for wrong in (swapped, moved, deeper)) > 0.1


def test_a_hand_that_is_unclear_asks_for_nothing() -> None:
    batch = Squares().batch(0)
    unclear = batch._replace(side=np.where(batch.side == NOBODY, NOBODY, UNCLEAR))
    silent, eager = torch.full((4, 5, 32, 40), -20.0), perfect(batch)
    assert loss_of(silent, unclear) == pytest.approx(0, abs=1e-3)
    assert loss_of(eager, unclear) == pytest.approx(0, abs=1e-3)


def test_a_locator_learns_is_saved_and_scored(tmp_path: Path) -> None:
    run = Machine(workers=0, threads=1, log_every=10, evaluate_every=200, progress=False)
    schedule = Schedule(120, learning_rate=5e-3, warmup=10, ema_half_life=10)
    held_out = [Squares(16).batch(99_999)]
    network = fit_locator(SPEC, partial(Squares, 8), schedule, tmp_path, run=run, held_out=held_out)
    result = score(Located(network), held_out)
    assert min(result.values()) > 0.8, result
    again = load_locator(tmp_path / "model")
    view = torch.from_numpy(held_out[0].images)
    torch.testing.assert_close(again(view), network(view))
    with pytest.raises(ThenarError, match="locator"):
        load(tmp_path / "model")
    with pytest.raises(ThenarError, match=r"fit\."):
        fit_locator(SPEC, partial(Squares, 8), Schedule(5), tmp_path, run=run)


def test_places_are_in_the_views_pixels() -> None:
    heat, uvd = Located(Locator(SPEC))(torch.zeros(1, 1, 128, 160))
    assert heat.shape == (1, 2, 32, 40)
    assert uvd.shape == (1, 3, 32, 40)
    assert heat.max() < 0.2, "hands are rare"
