import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from blobs import Blobs

from thenar.errors import ThenarError
from thenar.nets.spec import StudentSpec
from thenar.nets.store import load
from thenar.train.config import FitConfig, Machine
from thenar.train.data import Batch
from thenar.train.fit import fit

pytestmark = pytest.mark.train

SPEC = StudentSpec((16, 16, 32), (0, 0, 1))
RUN = Machine(workers=0, threads=1, log_every=5, evaluate_every=20, progress=False)


@dataclass(frozen=True)
class Poisoned:
    """Blobs whose batch 6 holds a NaN."""

    def batch(self, step: int) -> Batch:
        batch = Blobs(0, 4).batch(step)
        if step == 6:
            batch.images[0, 0, 64, 64] = np.nan
        return batch


def test_a_run_learns_logs_and_leaves_its_network(tmp_path: Path) -> None:
    held_out = {"toy": [Blobs(9, 32).batch(0)]}
    config = FitConfig(steps=60, warmup=10, learning_rate=4e-3, ema_half_life=10)
    done = fit(SPEC, partial(Blobs, 0, 16), config, tmp_path, run=RUN, held_out=held_out, data={"kind": "blobs"})
    assert done.finished
    assert done.step == 60
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["total"] for line in lines if "total" in line]
    errors = [line["mean_joint_error_mm"] for line in lines if "held_out" in line]
    assert losses[-1] < 0.6 * losses[0]
    assert errors[-1] < errors[0]
    assert done.metrics["toy"]["mean_joint_error_mm"] == pytest.approx(errors[-1], rel=1e-5)

    depth = torch.from_numpy(held_out["toy"][0].images).float()
    with torch.no_grad():
        torch.testing.assert_close(load(tmp_path / "model")(depth).maps, done.network(depth).maps, atol=1e-4, rtol=1e-4)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1
    again = fit(SPEC, partial(Blobs, 0, 16), config, tmp_path, run=RUN, data={"kind": "blobs"})
    assert again.step == 60


@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
def test_the_same_seed_gives_the_same_run(tmp_path: Path, precision: str) -> None:
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run = replace(RUN, precision=precision)
        done = fit(SPEC, partial(Blobs, 0, 4), FitConfig(steps=4, seed=seed), tmp_path / name, run=run)
        weights.append(done.network.head.weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_loss_that_is_not_finite_names_its_batch_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    run = replace(RUN, checkpoint_minutes=0)
    with pytest.raises(ThenarError, match="at batch 6"):
        fit(SPEC, Poisoned, FitConfig(steps=10), tmp_path, run=run)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-000000005.safetensors", "step-000000006.safetensors"]
    assert all(bool(torch.isfinite(p).all()) for p in load(tmp_path / "model").parameters())


@pytest.mark.parametrize(
    ("spec", "config", "data", "word"),
    [
        (SPEC, FitConfig(steps=3), {}, "fit.steps was 2, now 3"),
        (SPEC, FitConfig(steps=2, learning_rate=1e-3), {}, "learning_rate"),
        (replace(SPEC, kernel=1.0), FitConfig(steps=2), {}, "network.kernel"),
        (SPEC, FitConfig(steps=2), {"sensor": "d435"}, "data.sensor"),
    ],
)
def test_a_folder_of_another_run_is_refused(
    tmp_path: Path, spec: StudentSpec, config: FitConfig, data: dict[str, str], word: str
) -> None:
    fit(SPEC, partial(Blobs, 0, 2), FitConfig(steps=2), tmp_path, run=RUN)
    with pytest.raises(ThenarError, match=word):
        fit(spec, partial(Blobs, 0, 2), config, tmp_path, run=RUN, data=data)


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    run = replace(RUN, checkpoint_minutes=0)
    fit(SPEC, partial(Blobs, 0, 2), FitConfig(steps=3), tmp_path, run=run)
    newest = tmp_path / "checkpoints" / "step-000000003.safetensors"
    whole = newest.read_bytes()
    newest.write_bytes(whole[:1000])
    assert fit(SPEC, partial(Blobs, 0, 2), FitConfig(steps=3), tmp_path, run=run).step == 3
    assert newest.read_bytes() == whole


def test_corrections_learn_alone(tmp_path: Path) -> None:
    refined = replace(SPEC, refine=(16,))
    config = FitConfig(steps=8, warmup=2)
    fit(SPEC, partial(Blobs, 0, 8), config, tmp_path / "base", run=RUN)
    only = replace(config, only="refine", optimizer="muon")
    fit(refined, partial(Blobs, 1, 8), only, tmp_path / "refined", run=RUN, parent=tmp_path / "base/model")
    before, after = (load(tmp_path / name / "model").state_dict() for name in ("base", "refined"))
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert after["refine.layers.2.weight"].abs().max() > 0
    again = fit(refined, partial(Blobs, 1, 8), only, tmp_path / "refined", run=RUN, parent=tmp_path / "base/model")
    assert again.step == 8


def test_corrections_leave_the_network_before_them_alone(tmp_path: Path) -> None:
    """The same seed with corrections and without: their error does not reach the maps."""
    refined = replace(SPEC, refine=(16,))
    config = FitConfig(steps=6, warmup=2, clip=1e9)
    fit(SPEC, partial(Blobs, 0, 8), replace(config, seed=4), tmp_path / "first", run=RUN)
    for name, spec in (("plain", SPEC), ("corrected", refined)):
        fit(spec, partial(Blobs, 1, 8), config, tmp_path / name, run=RUN, parent=tmp_path / "first/model")
    plain, corrected = (load(tmp_path / name / "model").state_dict() for name in ("plain", "corrected"))
    assert all(torch.equal(plain[name], corrected[name]) for name in plain)
    assert corrected["refine.layers.2.weight"].abs().max() > 0


def test_a_part_that_a_network_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match="has no refine"):
        fit(SPEC, partial(Blobs, 0, 8), FitConfig(steps=1, only="refine"), tmp_path, run=RUN)
