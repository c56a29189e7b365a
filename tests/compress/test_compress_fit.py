import copy
import math
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_task

from thenar.compress.batches import Batches, source
from thenar.compress.fit import fit
from thenar.compress.reference import Reference
from thenar.compress.task import Batch
from thenar.compress.trace import judge, predict
from thenar.errors import ThenarError
from thenar.grid import LARGE
from thenar.train.config import Machine, Schedule

pytestmark = pytest.mark.train
QUIET = Machine(workers=0, progress=False, log_every=5)
SHORT = Schedule(30, warmup=5, ema_half_life=5)
DATA = source(Reference("toy_task:task"), 32, 0)


@pytest.mark.parametrize("bits", [0, 4])
def test_it_learns_and_a_run_that_is_done_is_not_done_again(tmp_path: Path, bits: int) -> None:
    task = toy_task.task()
    fitted = fit(toy_task.network(16), task, DATA, SHORT, tmp_path, weight_bits=bits, run=QUIET)
    examples = Batch.of(task.validation)
    assert fitted.finished and judge(task, predict(fitted.network, examples.inputs), examples) > 0.4
    assert not fitted.network.training
    began = time.monotonic()
    again = fit(toy_task.network(16), task, DATA, SHORT, tmp_path, weight_bits=bits, run=QUIET)
    assert time.monotonic() - began < 5
    for one, other in zip(fitted.network.state_dict().values(), again.network.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_weights_of_four_bits_are_rounded_where_they_are_many(tmp_path: Path) -> None:
    network = fit(toy_task.network(16), toy_task.task(), DATA, SHORT, tmp_path, weight_bits=4, run=QUIET).network
    levels = [len(weight[0].unique()) for weight in network.parameters() if weight.numel() >= LARGE]
    assert levels and max(levels) <= 15
    assert all(weight.grad is None and weight.requires_grad for weight in network.parameters())


def test_a_run_cut_in_two_ends_in_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    class Stops(Batches):
        def batch(self, step: int) -> Batch:
            if step == 12:
                os.kill(os.getpid(), signal.SIGINT)
            return super().batch(step)

    task = toy_task.task()
    cut = fit(toy_task.network(16), task, lambda: Stops(task, 32, 0), SHORT, tmp_path / "cut", run=QUIET)
    assert not cut.finished and cut.step == 13
    resumed = fit(toy_task.network(16), task, DATA, SHORT, tmp_path / "cut", run=QUIET)
    whole = fit(toy_task.network(16), task, DATA, SHORT, tmp_path / "whole", run=QUIET)
    assert resumed.finished
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name
    assert (tmp_path / "cut" / "log.jsonl").read_text() == (tmp_path / "whole" / "log.jsonl").read_text()


def test_nan_stops_names_the_batch_and_keeps_what_was_good(tmp_path: Path) -> None:
    class Spoilt(Batches):
        def batch(self, step: int) -> Batch:
            batch = super().batch(step)
            return Batch(batch.inputs * (np.float32(np.nan) if step == 7 else 1), *batch[1:])

    task = toy_task.task()
    with pytest.raises(ThenarError, match=r"training: loss nan, gradient nan at batch 7; the checkpoint before it"):
        fit(toy_task.network(16), task, lambda: Spoilt(task, 32, 0), SHORT, tmp_path, run=QUIET)
    resumed = fit(toy_task.network(16), task, DATA, SHORT, tmp_path, run=QUIET)
    assert resumed.finished and all(math.isfinite(float(t.detach().sum())) for t in resumed.network.parameters())


def test_batches_are_a_function_of_their_number_and_cover_every_example() -> None:
    task = toy_task.Quadrants(100)
    batches = Batches(task, 25, 3)
    epoch = [batches.batch(step) for step in range(4)]
    seen = np.concatenate([batch.inputs for batch in epoch])
    assert sorted(seen.sum((1, 2, 3))) == sorted(task.train[0].sum((1, 2, 3)))
    for one, other in zip(epoch, map(Batches(task, 25, 3).batch, range(4)), strict=True):
        np.testing.assert_array_equal(one.inputs, other.inputs)
    assert not np.array_equal(epoch[0].inputs, batches.batch(4).inputs)


def test_a_task_may_make_or_augment_its_batches() -> None:
    task = toy_task.Quadrants()
    task.augment = lambda inputs, targets, generator: (-inputs, targets)  # type: ignore[attr-defined]
    plain = Batches(toy_task.Quadrants(), 8, 0).batch(1)
    np.testing.assert_array_equal(Batches(task, 8, 0).batch(1).inputs, -plain.inputs)
    task.batch = lambda step, size: (np.full((size, 1, 8, 8), step), np.zeros(size, int))  # type: ignore[attr-defined]
    assert Batches(task, 8, 0).batch(5).inputs.dtype == np.float32


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (None, "batch 5 is no pair"),
        ((np.zeros((8, 3, 8, 8)), np.zeros(8, int)), r"batch 5 has arrays of \[\(8, 3, 8, 8\), \(8,\)\], train of"),
        ((np.zeros((8, 1, 8, 8)), np.zeros(7, int)), r"batch 5 has arrays of \[\(8, 1, 8, 8\), \(7,\)\], train of"),
        ((np.zeros((8, 1, 8, 8)), (np.zeros(8), np.zeros(8))), "a target for each input"),
    ],
)
def test_a_batch_that_is_not_like_the_data_is_one_line(made, says: str) -> None:
    for name in ("batch", "augment"):
        task = toy_task.Quadrants()
        setattr(task, name, lambda *_: made)
        with pytest.raises(ThenarError, match=says):
            Batches(task, 8, 0).batch(5)


def test_workers_make_the_same_batches(tmp_path: Path) -> None:
    script = tmp_path / "workers.py"
    script.write_text(
        "from thenar.compress.batches import source\nfrom thenar.compress.reference import Reference\n"
        "from thenar.train.workers import Workers\n"
        "if __name__ == '__main__':\n"
        "    make = source(Reference('toy_task:task'), 32, 0)\n"
        "    with Workers(make, count=1) as batches:\n"
        "        for step in range(3):\n"
        "            here, there = make().batch(step), next(batches)\n"
        "            assert type(here) is type(there) and all((a == b).all() for a, b in zip(here, there))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)])}
    subprocess.run([sys.executable, str(script)], check=True, env=environment, timeout=120)


def test_the_network_given_is_copied_for_the_average(tmp_path: Path) -> None:
    network = toy_task.network(16)
    before = copy.deepcopy(network.state_dict())
    fitted = fit(network, toy_task.task(), partial(Batches, toy_task.task(), 8, 0), Schedule(2), tmp_path, run=QUIET)
    assert fitted.network is not network and fitted.network.state_dict().keys() == before.keys()
