"""What a network is for: data to learn from and to be judged on, a loss and a metric. The user brings it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from thenar.errors import ThenarError

Array: TypeAlias = NDArray[Any]
MEMBERS = ("train", "validation", "loss", "metric")


class Batch(tuple[Array, ...]):
    """Inputs (N, C, H, W) float32, then one or more arrays of targets, (N, ...) each."""

    def __new__(cls, *arrays: Array) -> Self:
        """From the arrays, inputs first."""
        return super().__new__(cls, arrays)

    @classmethod
    def of(cls, pair: Any) -> Self:
        """From (inputs, targets), as a task gives it."""
        inputs, targets = pair
        return cls(inputs, *(targets if isinstance(targets, tuple) else (targets,)))

    @property
    def inputs(self) -> Array:
        """(N, C, H, W) float32."""
        return self[0]

    def take(self, index: Any) -> Batch:
        """The examples at `index`, a slice or an array of numbers."""
        return Batch(*(array[index] for array in self))


class Task(Protocol):
    """What a data factory returns.

    train, validation: (inputs, targets), inputs (N, C, H, W) float32 and targets (N, ...) of any type, or a tuple of
    such arrays. Optional members, looked up by name and told in docs/compress.md: `higher_is_better`, `batch`,
    `augment`, `distill`, `deploy`, `names`, `breakdown`, `picture`.
    """

    train: Any
    validation: Any

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """A finite scalar to minimise: what the network returned for a batch, and that batch's targets as tensors."""

    def metric(self, outputs: Any, targets: Any) -> float:
        """How good the outputs of all of `validation` are, as NumPy arrays: accuracy, or an error."""


def several(values: Iterable[Any]) -> Any:
    """One value as itself, several as a tuple: what losses and metrics are given."""
    found = tuple(values)
    return found[0] if len(found) == 1 else found


def higher_is_better(task: Task) -> bool:
    """Whether a larger metric is a better one; True unless the task says otherwise."""
    return bool(getattr(task, "higher_is_better", True))


def drop(task: Task, original: float, found: float) -> float:
    """Share of the original metric that is lost: 0.01 for 1 % less accuracy, or 1 % more error; below 0 for a gain."""
    lost = original - found if higher_is_better(task) else found - original
    return lost / abs(original) if original else (0.0 if lost <= 0 else float("inf"))


def deployed(task: Task, network: nn.Module) -> nn.Module:
    """The module that ships: the network, or what the task's `deploy` wraps around it (a decoding, a softmax)."""
    wrap = getattr(task, "deploy", None)
    module: nn.Module = wrap(network) if wrap else network
    return module


def names(task: Task) -> tuple[str, ...]:
    """What the model that ships calls its input and its outputs; empty where the task doesn't say."""
    return tuple(getattr(task, "names", ()))


def checked(task: Any, where: str) -> Task:
    """`task`, if it holds what `Task` asks for.

    Raises:
        ThenarError: a member is missing, or an array has the wrong shape, type, length or value.
    """
    for name in MEMBERS:
        if not hasattr(task, name):
            raise ThenarError(f"has no {name}", where=where, fix=f"return an object with {', '.join(MEMBERS)}")
    shapes = [_checked_examples(getattr(task, name), f"{where}: {name}").inputs.shape[1:] for name in MEMBERS[:2]]
    if shapes[0] != shapes[1]:
        raise ThenarError(
            f"train has inputs of {shapes[0]}, validation of {shapes[1]}", where=where, fix="give both the same shape"
        )
    found: Task = task
    return found


def _checked_examples(pair: Any, where: str) -> Batch:
    try:
        batch = Batch.of(pair)
    except (TypeError, ValueError):
        raise ThenarError("is not a pair", where=where, fix="give (inputs, targets)") from None
    if not all(isinstance(array, np.ndarray) for array in batch):
        raise ThenarError("holds other things than NumPy arrays", where=where, fix="give (inputs, targets) as arrays")
    inputs = batch.inputs
    if inputs.ndim != 4 or inputs.dtype != np.float32 or not len(inputs):
        raise ThenarError(
            f"inputs are {inputs.shape} {inputs.dtype}", where=where, fix="give (N, channels, height, width) float32"
        )
    for array in batch[1:]:
        if array.ndim < 1 or len(array) != len(inputs):
            raise ThenarError(
                f"{len(inputs)} inputs and targets of {array.shape}", where=where, fix="give a target for each input"
            )
    if any(array.dtype.kind == "f" and not np.isfinite(array).all() for array in batch):
        raise ThenarError("has NaN or infinite values", where=where, fix="remove those examples")
    return batch
