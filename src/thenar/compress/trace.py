"""Running a stranger's network: where it fails, the module is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from thenar.compress.task import Array, Batch, Task, several
from thenar.errors import ThenarError
from thenar.export import to_onnx

CHUNK = 256
"""Inputs that are evaluated at a time."""

INPUT = "input"


def run(network: nn.Module, inputs: Tensor) -> Any:
    """`network(inputs)`.

    Raises:
        ThenarError: it fails; names the innermost module that was running.
    """
    with _named(network):
        return network(inputs)


def tensors(outputs: Any, where: str = "the network") -> list[Tensor]:
    """The output tensors in order; of a tuple, those that are not None.

    Raises:
        ThenarError: `outputs` is something else than a tensor or a tuple of them.
    """
    several_ = isinstance(outputs, (tuple, list))
    found = [outputs] if isinstance(outputs, Tensor) else [o for o in outputs if o is not None] if several_ else []
    if not found or not all(isinstance(each, Tensor) for each in found):
        raise ThenarError(f"returns {type(outputs).__name__}", where=where, fix="return a tensor or a tuple of tensors")
    return found


@torch.no_grad()
def predict(network: nn.Module, inputs: Array) -> list[Array]:
    """The network's outputs, in evaluation mode, for inputs (N, C, H, W): one array (N, ...) each."""
    training = network.training
    network.eval()
    device = device_of(network)
    chunks = []
    try:
        for start in range(0, len(inputs), CHUNK):
            outputs = run(network, torch.from_numpy(inputs[start : start + CHUNK]).to(device))
            chunks.append([tensor.float().cpu().numpy() for tensor in tensors(outputs)])
    finally:
        network.train(training)
    return [np.concatenate(parts) for parts in zip(*chunks, strict=True)]


def judge(task: Task, outputs: list[Array], examples: Batch) -> float:
    """The task's metric of `outputs`.

    Raises:
        ThenarError: the metric fails, or gives no finite number.
    """
    try:
        value = float(task.metric(several(outputs), several(examples[1:])))
    except Exception as error:  # a stranger's function
        raise ThenarError(f"the metric fails: {first_line(error)}", where="data factory", fix="see to it") from error
    if not np.isfinite(value):
        raise ThenarError(f"the metric is {value}", where="data factory", fix="give a finite number")
    return value


def check_fit(task: Task, network: nn.Module) -> None:
    """Run two examples through the network and the loss.

    Raises:
        ThenarError: the network can't work with the inputs, or the loss with its outputs.
    """
    two = Batch.of(task.train).take(slice(2))
    network.eval()
    outputs = run(network, torch.from_numpy(two.inputs))
    sizes = {tuple(tensor.shape) for tensor in tensors(outputs)}
    if any(len(size) < 1 or size[0] != len(two.inputs) for size in sizes):
        raise ThenarError(
            f"outputs are {sorted(sizes)} for a batch of {len(two.inputs)}", where="the network", fix="keep the batch"
        )
    try:
        loss = task.loss(outputs, several(map(torch.from_numpy, two[1:])))
    except Exception as error:  # a stranger's function
        raise ThenarError(
            f"the loss fails on outputs of {sorted(sizes)}: {first_line(error)}",
            where="data factory",
            fix="give targets and a loss that fit the network",
        ) from error
    if not isinstance(loss, Tensor) or loss.ndim or not torch.isfinite(loss):
        raise ThenarError("the loss is no finite scalar", where="data factory", fix="return a mean over the batch")


def export(network: nn.Module, example: Array, names: Sequence[str] = ()) -> bytes:
    """The network as float32 ONNX that reads one `example` (1, C, H, W) at a time.

    names: of its input and its outputs (a task's `names`); without them they are `input` and `output`.

    Raises:
        ThenarError: it can't be exported; names the smallest module that can't.
    """
    image = torch.from_numpy(np.ascontiguousarray(example, np.float32))
    count = len(tensors(predict_one(network, image)))
    if names and len(names) != 1 + count:
        raise ThenarError(
            f"names {list(names)} for an input and {count} outputs", where="data factory", fix="give one name each"
        )
    given, *answers = names or (INPUT, *output_names(count))
    try:
        return to_onnx(network, {given: image}, answers)
    except ThenarError as error:
        culprit = _culprit(network, image)
        if culprit is None:
            raise
        raise ThenarError(
            f"cannot be exported ({error})", where=culprit, fix="write it with operators that ONNX has"
        ) from error


@torch.no_grad()
def predict_one(network: nn.Module, image: Tensor) -> Any:
    """What the network returns for one input, in evaluation mode."""
    network.eval()
    return run(network, image)


def output_names(count: int) -> list[str]:
    """Names of a model's outputs: `output`, or `output0`, `output1`, ..."""
    return ["output"] if count == 1 else [f"output{number}" for number in range(count)]


def first_line(error: BaseException) -> str:
    """The first line of what an exception says, or its type's name."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def device_of(network: nn.Module) -> torch.device:
    """Where the network's parameters are; the CPU if it has none."""
    return next((parameter.device for parameter in network.parameters()), torch.device("cpu"))


@contextmanager
def _named(network: nn.Module) -> Iterator[None]:
    """Inside, an exception becomes a `ThenarError` that names the module in which it was raised."""
    running: list[str] = []
    hooks = []
    for name, module in network.named_modules():
        label = name or type(network).__name__
        hooks.append(module.register_forward_pre_hook(lambda *_, label=label: running.append(label)))
        hooks.append(module.register_forward_hook(lambda *_: (running.pop(), None)[1]))
    try:
        yield
    except ThenarError:
        raise
    except Exception as error:  # a stranger's network
        where = running[-1] if running else type(network).__name__
        raise ThenarError(f"fails: {first_line(error)}", where=f"module {where}", fix="see to it") from error
    finally:
        for hook in hooks:
            hook.remove()


def _culprit(network: nn.Module, image: Tensor) -> str | None:
    """The name of a smallest module that doesn't export on its own; None where each part does, or doesn't even run."""
    given: dict[str, Tensor] = {}
    modules = dict(network.named_modules())

    def note(name: str, arguments: tuple[Any, ...]) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], Tensor):
            given.setdefault(name, arguments[0])

    hooks = [
        module.register_forward_pre_hook(lambda _, arguments, name=name: note(name, arguments))
        for name, module in modules.items()
    ]
    try:
        predict_one(network, image)
    except ThenarError:
        return None
    finally:
        for hook in hooks:
            hook.remove()
    found = None
    for name, module in modules.items():  # parents come before their children
        if name not in given or (found is not None and not name.startswith(f"{found}." if found else "")):
            continue
        try:
            to_onnx(module, {INPUT: given[name]}, output_names(len(tensors(module(given[name])))))
        except ThenarError:
            found = name
    return None if found is None else f"module {found or type(network).__name__}"
