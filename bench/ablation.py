"""What each way to a small network brings: the same network, the same crops in the same number of steps, three seeds.

    python bench/ablation.py --teacher SAVED_NETWORK [--crops N] [--seeds N] [--ways WAY...] [--runs FOLDER]

Each way keeps what the ways before it do. All are judged on the same crops of the validation frames, in float32 and,
with the same post-training quantization, in int8. A run that is done is not done again, one that was stopped goes on.
Writes bench/results/ablation.json.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}  # before Numba: it tells OpenMP how many

import numpy as np
from torch import nn

from thenar.atomic import write_text
from thenar.bench.results import write_result
from thenar.compress.fit import Fitted as TaskFitted
from thenar.compress.fit import fit as fit_task
from thenar.compress.lessons import Lessons as TaskLessons
from thenar.compress.quantize import evaluate, post_training, rounded_training
from thenar.compress.task import Batch, deployed
from thenar.compress.trace import judge, predict
from thenar.data.hand_task import HandTask, RenderedHands, examples
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.nets.build import Network, build, cost
from thenar.nets.spec import StudentSpec
from thenar.nets.store import load
from thenar.train.config import FitConfig, Machine, Schedule
from thenar.train.fit import Fitted, fit
from thenar.train.lessons import Lessons

ROOT = Path(__file__).parents[1]
SPEC = StudentSpec(channels=(16, 16, 32, 48), blocks=(0, 0, 1, 0))
BATCH, CALIBRATION = 32, 128
RATE, WARM_UP_SHARE, EMA_SHARE = 3e-3, 0.1, 0.05
ROUNDED_SHARE, ROUNDED_RATE = 0.25, 0.1
MACHINE = Machine(workers=0, threads=1, evaluate_every=10**9, checkpoint_minutes=2, progress=False)
KINDS = ("float32_mm", "int8_mm")


@dataclass(frozen=True)
class Way:
    """what: for the table. lessons: of the teacher. cut: starts as the teacher, cut down. rounded: ends rounded.

    bits: of large weights in the file; trained_bits: rounded to that many in all of training, but for `eight_bits`.
    """

    what: str
    lessons: Lessons = Lessons()  # noqa: RUF009  frozen
    cut: bool = False
    rounded: bool = False
    bits: Literal[4, 8] = 8
    trained_bits: int = 0
    eight_bits: tuple[str, ...] = ()


TAUGHT = Lessons(joints=0.5, maps=1.0)
WAYS = {
    "scratch": Way("from scratch"),
    "joints": Way("+ the teacher's joints as half of the targets", Lessons(joints=0.5)),
    "maps": Way("+ the teacher's joints and maps", TAUGHT),
    "attention": Way(
        "+ its joints, maps and the attention of its stages", Lessons(joints=0.5, maps=1.0, attention=10.0)
    ),
    "cut": Way("joints and maps, cut down from the teacher instead of built small", TAUGHT, cut=True),
    "rounded": Way("the same, its last quarter trained with rounding", TAUGHT, cut=True, rounded=True),
    "labels": Way("cut down, from the labels alone", cut=True),
    "four": Way("that, large weights rounded to four bits at the end", cut=True, bits=4),
    "trained4": Way("that, trained for four bits", cut=True, bits=4, trained_bits=4),
    "mixed": Way(
        "that, the last convolutions left at eight", cut=True, bits=4, trained_bits=4, eight_bits=("head", "ups.1")
    ),
}


@dataclass(frozen=True)
class Rest:
    """The crops of a seed from batch `first` on, as `thenar.compress` reads them."""

    source: SampleSource
    first: int

    def batch(self, step: int) -> Batch:
        return Batch.of(examples([self.source.batch(self.first + step)]))


def schedule(steps: int, seed: int, rate: float = RATE) -> dict[str, Any]:
    return {
        "steps": steps,
        "seed": seed,
        "learning_rate": rate,
        "warmup": round(WARM_UP_SHARE * steps),
        "ema_half_life": EMA_SHARE * steps,
    }


def finished(fitted: Fitted | TaskFitted) -> Network | nn.Module:
    """The network of a run that came to its end."""
    if not fitted.finished:
        raise KeyboardInterrupt
    return fitted.network.float().eval()


def trained(way: Way, steps: int, seed: int, teacher: Path, task: HandTask, folder: Path) -> Network | nn.Module:
    """The network of a way, after `steps` steps."""
    plain = round((1 - ROUNDED_SHARE) * steps) if way.rounded else steps
    taught = way.lessons != Lessons()
    config = FitConfig(
        **schedule(plain, seed), lessons=way.lessons, weight_bits=way.trained_bits, eight_bits=way.eight_bits
    )
    crops = partial(SampleSource, SampleRecipe(), seed, BATCH)
    masters = {"teacher": teacher if taught else None, "parent": teacher if way.cut else None}
    network = finished(fit(SPEC, crops, config, folder, run=MACHINE, **masters)).requires_grad_(True)
    if not way.rounded:
        return network

    def go_on(copied: nn.Module) -> nn.Module:
        rest = Schedule(**schedule(steps - plain, seed, RATE * ROUNDED_RATE))
        lessons = {"teacher": load(teacher).eval(), "lessons": TaskLessons(task=1.0)}
        return fit_task(
            copied, task, lambda: Rest(crops(), plain), rest, folder / "rounded", run=MACHINE, **lessons
        ).network

    return rounded_training(network, go_on)


def judged(network: nn.Module, task: HandTask, bits: Literal[4, 8]) -> dict[str, float]:
    """Mean joint errors in mm on the validation crops; in int8 with `bits` for large weights."""
    validation = Batch.of(task.validation)
    float32 = judge(task, predict(deployed(task, network), validation.inputs), validation)
    int8 = post_training(network, task, samples=CALIBRATION, weight_bits=bits)
    return {"float32_mm": float32, "int8_mm": evaluate(int8, task)}


def result(runs: dict[str, list[dict[str, float]]], steps: int, teacher: Network) -> dict[str, Any]:
    """Mean and sample standard deviation over the seeds, and what was compared."""
    ways = {}
    for name, errors in runs.items():
        columns = {kind: [error[kind] for error in errors] for kind in KINDS}
        spread = {f"{kind}_spread": float(np.std(values, ddof=1)) for kind, values in columns.items()}
        mean = {f"{kind}_mean": float(np.mean(values)) for kind, values in columns.items()}
        ways[name] = {"what": WAYS[name].what, **columns, **mean, **spread}
    return {
        "network": {**asdict(SPEC), **asdict(cost(build(SPEC)))},
        "teacher": {**asdict(teacher.spec), **asdict(cost(teacher))},
        "crops": steps * BATCH,
        "steps": steps,
        "ways": ways,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", type=Path, required=True, help="a saved network, or its folder")
    parser.add_argument("--crops", type=int, default=20_480)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--runs", type=Path, default=ROOT / "out/ablation", help="where runs are kept")
    given = parser.parse_args()
    stem = given.teacher / "model" if given.teacher.is_dir() else given.teacher
    steps = given.crops // BATCH
    teacher = load(stem)
    task = cache(partial(RenderedHands, teacher))
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in given.ways}
    for seed in range(given.seeds):
        for name in given.ways:
            way = WAYS[name]
            folder = given.runs / f"{name}-{steps}-{seed}"
            done = folder.with_suffix(".json")
            if not done.is_file():
                network = trained(way, steps, seed, stem, task(), folder)
                write_text(done, json.dumps(judged(network, task(), way.bits)))
            runs[name].append(json.loads(done.read_text("utf-8")))
            print(name, seed, runs[name][-1], f"{time.process_time():.0f} s of CPU so far", flush=True)
    ways = " ".join(given.ways)
    command = f"python bench/ablation.py --teacher SAVED_NETWORK --crops {given.crops} --ways {ways}"
    write_result(ROOT / "bench/results/ablation.json", result(runs, steps, teacher), command)


if __name__ == "__main__":
    main()
