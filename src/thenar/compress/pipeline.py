"""The road from a network and a budget to the one that fits: train, measure, search, train on, quantize, choose."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from thenar.atomic import write_bytes, write_text
from thenar.compress import shape
from thenar.compress.batches import source
from thenar.compress.candidate import Candidate, build, space_of
from thenar.compress.cost import cost
from thenar.compress.distill import default_lessons
from thenar.compress.fit import fit
from thenar.compress.lessons import Lessons
from thenar.compress.original import Original, prepare, schedule
from thenar.compress.point import Point, preferred
from thenar.compress.quantize import Quantized, evaluate, post_training, within
from thenar.compress.request import FIXED, Request, recipe
from thenar.compress.search import Trial, front, search
from thenar.compress.task import Batch, Task, deployed, drop, names
from thenar.compress.trace import export, predict_one, tensors
from thenar.errors import ThenarError
from thenar.toml import dumps
from thenar.train import lineage
from thenar.train.config import Machine

DEFAULT_DROP = 0.01
"""What quantization may lose where the budget doesn't say."""

ROUNDED_SHARE, ROUNDED_RATE = 0.3, 0.1
"""Steps and learning rate of training with rounding, as shares of the full training's."""

SEARCH_SECONDS, FINAL_SECONDS = 0.3, 1.0
"""How long one latency is measured."""

SEARCH_SAMPLES = 64
"""Inputs that a trial is calibrated on."""


ALONE = Machine(workers=0, checkpoint_minutes=1.0)


@dataclass(frozen=True, eq=False)
class Compressed:
    """What came out. original: its float32 ONNX, metric and cost. trials: all that were tried. finalists: trained to
    the end, the chosen one first. met: whether it fits the budget.
    """

    task: Task
    original_model: bytes
    original: Point
    model: bytes
    trials: list[Point]
    finalists: list[Point]
    rises: Mapping[str, Mapping[float, float]]
    met: bool

    @property
    def chosen(self) -> Point:
        """The result."""
        return self.finalists[0]


def compress(
    request: Request,
    folder: Path,
    say: Callable[[str], None] = lambda line: None,
    machine: Machine = ALONE,
) -> Compressed:
    """Make `request.model` fit its budget; all that is made lies in `folder`, where a killed run is continued.

    Several processes may be given the same folder once the original is trained: they share the search's trials.
    say: told what is being done, a line each. machine: how training is carried out.

    Raises:
        ThenarError: the folder holds another run; the network, data or teacher doesn't fit; training isn't finite.
        KeyboardInterrupt: Ctrl-C; the folder holds all that was done.
    """
    made = recipe(request)
    lineage.keep(folder / "recipe.toml", made, FIXED)
    original = prepare(request, folder, say, machine)
    example = Batch.of(original.task.train).inputs[:1]
    float32 = export(deployed(original.task, original.network), example, names(original.task))
    write_bytes(folder / "original.onnx", float32)
    options = request.options
    spent = cost(float32, options.runtime, options.target, FINAL_SECONDS)
    whole = Point(-1, {}, spent, original.metric, 0.0, "float32")
    say(f"original: {whole.told()}")

    def objective(number: int, parameters: dict[str, Any]) -> tuple[float, float]:
        candidate = build(request, original, parameters)
        at = folder / "trials" / f"{number:04d}"
        network = _train(request, original, candidate, options.short_steps, at, f"trial {number}", machine)
        model = post_training(network, candidate.task, samples=SEARCH_SAMPLES, weight_bits=options.weight_bits)
        point = _measured(request, original, candidate, number, parameters, model, SEARCH_SECONDS)
        point.write(at.with_suffix(".json"))
        shutil.rmtree(at, ignore_errors=True)
        say(f"trial {number}: {point.told()}")
        return request.budget.use(point.cost), point.lost

    done = search(
        folder / "study.db", space_of(request), objective, options.trials, options.seed, finished=partial(_failed, say)
    )
    trials = [Point.read(folder / "trials" / f"{trial.number:04d}.json") for trial in done if trial.values is not None]
    if not trials:
        raise ThenarError(f"all trials failed, the first: {done[0].note}", where=folder, fix="see to that first")
    finalists = [_finish(request, original, point, folder, say, machine) for point in _to_train(request, trials)]
    finalists = preferred(finalists, request.budget)
    best = finalists[0]
    at = folder / "finalists" / f"{best.number:04d}"
    model = (at / "model.onnx").read_bytes()
    met = not request.budget.excess(best.cost, best.lost)
    for name in ("model.onnx", "model.toml", "model.safetensors"):
        write_bytes(folder / name, (at / name).read_bytes())
    best.write(folder / "metrics.json")
    result = {"met": met, "trial": best.number, "metric": best.metric, "lost": best.lost, "method": best.method}
    write_text(folder / "recipe.toml", dumps({**made, "result": result}))
    return Compressed(original.task, float32, whole, model, trials, finalists, original.rises, met)


def _train(
    request: Request,
    original: Original,
    candidate: Candidate,
    steps: int,
    folder: Path,
    label: str,
    machine: Machine,
    rate: float = 1.0,
) -> nn.Module:
    """The candidate's network, trained with the teacher, for the bits that its weights will have.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    fitted = fit(
        candidate.network,
        candidate.task,
        source(candidate.data, request.options.batch, request.options.seed),
        schedule(request, steps, rate),
        folder,
        teacher=original.teacher,
        lessons=request.lessons or _lessons(original),
        weight_bits=4 if request.options.weight_bits == 4 else 0,
        eight_bits=original.eight_bits,
        run=machine,
        label=label,
    )
    if not fitted.finished:
        raise KeyboardInterrupt
    return fitted.network


def _finish(
    request: Request, original: Original, point: Point, folder: Path, say: Callable[[str], None], machine: Machine
) -> Point:
    """A trial's network trained to the end, quantized and measured; taken from the folder where that is done."""
    at = folder / "finalists" / f"{point.number:04d}"
    if (at / "point.json").is_file():
        return Point.read(at / "point.json")
    candidate = build(request, original, point.parameters)
    network = _train(request, original, candidate, request.options.steps, at, f"finalist {point.number}", machine)
    say(f"finalist {point.number}: quantizing")

    def train_rounded(rounded: nn.Module) -> nn.Module:
        steps = max(1, round(ROUNDED_SHARE * request.options.steps))
        again = Candidate(rounded, candidate.model, candidate.data, candidate.task)
        return _train(
            request, original, again, steps, at / "rounded", f"rounding {point.number}", machine, ROUNDED_RATE
        )

    allowed = DEFAULT_DROP if request.budget.max_drop is None else request.budget.max_drop
    options = request.options
    quantized = within(
        network, candidate.task, original.metric, allowed, train_rounded, options.runtime, options.weight_bits
    )
    found = _measured(
        request, original, candidate, point.number, point.parameters, quantized.model, FINAL_SECONDS, quantized
    )
    write_bytes(at / "model.onnx", quantized.model)
    shape.save(quantized.network, at / "model", candidate.model)
    found.write(at / "point.json")
    say(f"finalist {point.number}: {found.told()}")
    return found


def _measured(
    request: Request,
    original: Original,
    candidate: Candidate,
    number: int,
    parameters: Mapping[str, Any],
    model: bytes,
    seconds: float,
    quantized: Quantized | None = None,
) -> Point:
    options = request.options
    spent = cost(model, options.runtime, options.target, seconds)
    metric = quantized.metric if quantized else evaluate(model, candidate.task, options.runtime)
    lost = drop(original.task, original.metric, metric)
    if quantized is None:
        return Point(number, dict(parameters), spent, metric, lost)
    return Point(number, dict(parameters), spent, metric, lost, quantized.method, quantized.float_layers)


def _to_train(request: Request, trials: list[Point]) -> list[Point]:
    """The trials of the front that are worth full training: those that the budget's owner would prefer."""
    indices = front([(request.budget.use(point.cost), point.lost) for point in trials])
    return preferred([trials[index] for index in indices], request.budget)[: request.options.finalists]


def _lessons(original: Original) -> Lessons:
    image = torch.from_numpy(Batch.of(original.task.train).inputs[:1])
    return default_lessons(original.task, tensors(predict_one(original.teacher, image)))


def _failed(say: Callable[[str], None], trial: Trial) -> None:
    if trial.values is None:
        say(f"trial {trial.number} failed: {trial.note}")
