import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from blobs import Blobs

from thenar.errors import ThenarError
from thenar.train.data import Batch
from thenar.train.workers import Workers

pytestmark = pytest.mark.train


@dataclass(frozen=True)
class Failing:
    """Good until a step, then an exception, a dead process, or a batch of another shape."""

    how: str
    step: int = 3

    def batch(self, step: int) -> Batch:
        if step == self.step:
            if self.how == "raise":
                raise ZeroDivisionError("the camera has no lens")
            if self.how == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            return Blobs(0, 5).batch(step)
        return Blobs(0, 2).batch(step)


@pytest.mark.parametrize(("count", "start"), [(0, 4), (1, 0), (3, 7)])
def test_batches_come_in_order_whoever_makes_them(count: int, start: int) -> None:
    truth = Blobs(5, 2)
    with Workers(partial(Blobs, 5, 2), count=count, start=start, depth=2) as batches:
        for step in range(start, start + 10):
            batch = next(batches)
            for ours, theirs in zip(batch, truth.batch(step), strict=True):
                assert ours.dtype == theirs.dtype
                np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("how", "word"), [("raise", "the camera has no lens"), ("die", "-9"), ("shape", "after ones")])
def test_a_worker_that_stops_says_at_which_batch(how: str, word: str) -> None:
    with Workers(partial(Failing, how), count=2) as batches:
        for _ in range(3):
            next(batches)
        with pytest.raises(ThenarError, match=word) as caught:
            next(batches)
        assert "batch 3" in str(caught.value)


def test_closing_ends_the_processes_and_frees_their_memory() -> None:
    before = set(Path("/dev/shm").iterdir())
    batches = Workers(partial(Blobs, 0, 2), count=2)
    next(batches)
    next(batches)
    processes = list(batches._processes)
    batches.close()
    batches.close()
    assert not any(process.is_alive() for process in processes)
    time.sleep(0.05)
    assert {path for path in Path("/dev/shm").iterdir() if path.name.startswith("psm_")} <= before
