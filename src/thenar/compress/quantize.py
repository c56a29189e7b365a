"""A trained network becomes int8 ONNX that loses no more than it may."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from torch import nn

import thenar.run
from thenar.compress.fake_quant import QUANTIZED, rounding
from thenar.compress.task import Array, Batch, Task, deployed, drop, names
from thenar.compress.trace import INPUT, export, judge, predict
from thenar.export import QuantizeOptions, quantize

CALIBRATION = 256
JUDGES_LAYERS_ON = 64
FLOAT_LAYERS = (1, 2, 4)
"""How many of the layers that cost most stay float, tried in turn."""


SLACK = 0.001
"""Where the float network itself lost too much: what int8 may lose beyond it, since no care makes it better."""


@dataclass(frozen=True, eq=False)
class Quantized:
    """An int8 model and the float network that it was made from.

    metric: the task's, measured on the model in a runtime. lost: share of the reference metric lost. method: how it was
    made. float_layers: left float.
    """

    model: bytes
    network: nn.Module
    metric: float
    lost: float
    method: Literal["post-training", "trained with rounding"]
    float_layers: tuple[str, ...] = ()


def post_training(
    network: nn.Module,
    task: Task,
    leave: Collection[str] = (),
    samples: int = CALIBRATION,
    weight_bits: Literal[4, 8] = 8,
) -> bytes:
    """`network`, with what the task deploys around it, as int8 QDQ ONNX; layers of `leave` stay float.

    samples: training inputs to calibrate on, at most; with fewer than `CALIBRATION` biases are corrected coarsely too.
    weight_bits: of large weights in the file.

    Raises:
        ThenarError: it can't be exported or quantized.
    """
    module = deployed(task, network)
    float32 = export(module, Batch.of(task.train).inputs[:1], names(task))
    left = float_nodes(float32, _names_inside(module, network, leave))
    correction: Literal["fast", "full"] = "full" if samples >= CALIBRATION else "fast"
    options = QuantizeOptions(samples=samples, float_nodes=left, bias_correction=correction, weight_bits=weight_bits)
    return quantize(float32, _calibration(task, samples), options)


def evaluate(model: bytes, task: Task, runtime: str = "auto") -> float:
    """The task's metric of an ONNX model on the validation data, in `runtime`.

    Raises:
        ThenarError: the runtime refuses the model, or the metric fails.
    """
    return judge(task, outputs(model, Batch.of(task.validation).inputs, runtime), Batch.of(task.validation))


def outputs(model: bytes, inputs: Array, runtime: str = "auto") -> list[Array]:
    """The outputs of an ONNX model for inputs (N, C, H, W), one array (N, ...) each."""
    with thenar.run.open(model, runtime, threads=1) as session:
        given = session.run_many({session.inputs[0].name: np.ascontiguousarray(inputs)})
        return [given[spec.name] for spec in session.outputs]


def within(
    network: nn.Module,
    task: Task,
    reference: float,
    allowed: float,
    train_rounded: Callable[[nn.Module], nn.Module] | None = None,
    runtime: str = "auto",
    weight_bits: Literal[4, 8] = 8,
) -> Quantized:
    """The int8 model of `network` that loses no more than the share `allowed` of the metric `reference`, or the least.

    Post-training first; where that loses too much, `train_rounded` (given a copy, inside `fake_quant.rounding`) trains
    it to bear rounding; where that is not enough, the layers whose rounding changes the outputs most stay float.

    Raises:
        ThenarError: it can't be exported or quantized.
    """
    examples = Batch.of(task.validation)
    float_metric = judge(task, predict(deployed(task, network), examples.inputs), examples)
    allowed = max(allowed, drop(task, reference, float_metric) + SLACK)
    attempt = partial(_attempt, task=task, reference=reference, runtime=runtime, weight_bits=weight_bits)
    tried = [attempt(network, "post-training")]
    if tried[-1].lost <= allowed:
        return tried[-1]
    trained = network
    if train_rounded is not None:
        trained = rounded_training(network, train_rounded)
        tried.append(attempt(trained, "trained with rounding"))
        if tried[-1].lost <= allowed:
            return tried[-1]
    best = min(tried, key=lambda each: each.lost)
    base = network if best.method == "post-training" else trained
    worst = [name for name, _ in layer_costs(base, task)]
    for count in FLOAT_LAYERS:
        if count >= len(worst):
            break
        tried.append(attempt(base, best.method, tuple(worst[:count])))
        if tried[-1].lost <= allowed:
            return tried[-1]
    return min(tried, key=lambda each: each.lost)


def rounded_training(network: nn.Module, train: Callable[[nn.Module], nn.Module]) -> nn.Module:
    """A copy of `network`, trained by `train` while it computes with rounded weights and activations."""
    trained = copy.deepcopy(network)
    with rounding(trained):
        averaged = train(trained)
        names = {name for name, _ in network.state_dict().items()}
        state = {_plain(name): tensor.clone() for name, tensor in averaged.state_dict().items()}
    trained.load_state_dict({name: tensor for name, tensor in state.items() if name in names})
    return trained.eval()


def layer_costs(network: nn.Module, task: Task) -> list[tuple[str, float]]:
    """Convolutions by how much the outputs change (mean square) when that layer alone is rounded, the worst first."""
    inputs = Batch.of(task.validation).inputs[:JUDGES_LAYERS_ON]
    exact = predict(network, inputs)
    costs = []
    for name, module in network.named_modules():
        if not isinstance(module, QUANTIZED):
            continue
        with rounding(network, only=(name,)):
            found = predict(network, inputs)
        costs.append((name, float(np.mean([np.square(a - b).mean() for a, b in zip(exact, found, strict=True)]))))
    return sorted(costs, key=lambda each: -each[1])


def float_nodes(float32: bytes, layers: Collection[str]) -> tuple[str, ...]:
    """Names of the ONNX nodes to leave float: all after the last convolutions, and those of the named layers."""
    import onnx

    from thenar.export.qdq import float_nodes as after_convolutions

    model = onnx.load_from_string(float32)
    weights = {f"{layer}.weight" for layer in layers}
    chosen = [node.name for node in model.graph.node if weights.intersection(node.input)]
    return (*after_convolutions(model), *chosen)


def _attempt(
    network: nn.Module,
    method: Literal["post-training", "trained with rounding"],
    leave: tuple[str, ...] = (),
    *,
    task: Task,
    reference: float,
    runtime: str,
    weight_bits: Literal[4, 8],
) -> Quantized:
    model = post_training(network, task, leave, weight_bits=weight_bits)
    metric = evaluate(model, task, runtime)
    return Quantized(model, network, metric, drop(task, reference, metric), method, leave)


def _calibration(task: Task, samples: int) -> Iterator[dict[str, Array]]:
    name = (*names(task), INPUT)[0]
    for image in Batch.of(task.train).inputs[:samples]:
        yield {name: image[None]}


def _names_inside(module: nn.Module, network: nn.Module, layers: Collection[str]) -> list[str]:
    """The `layers` of `network` by their names in `module`, which holds it."""
    prefix = next((name for name, part in module.named_modules() if part is network), "")
    return [f"{prefix}.{name}" if prefix else name for name in layers]


def _plain(name: str) -> str:
    """A rounded layer's float weight under its own name."""
    return name.replace(".parametrizations.weight.original", ".weight")
