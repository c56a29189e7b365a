"""Training batches by number, from a task's arrays or made by the task itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from thenar.compress.reference import Reference
from thenar.compress.task import Batch, Task
from thenar.errors import ThenarError


@dataclass(frozen=True, eq=False)
class Batches:
    """Batch `step` of a task is a function of `seed` and `step`: that lets a killed run go on exactly.

    A task with a method `batch(step, size) -> (inputs, targets)` makes its batches itself; otherwise they are drawn
    from its arrays, each epoch in another order, and go through its `augment(inputs, targets, generator)`, if any.
    """

    task: Task
    size: int
    seed: int

    def batch(self, step: int) -> Batch:
        """Batch `step`.

        Raises:
            ThenarError: the task makes something else than a batch.
        """
        make = getattr(self.task, "batch", None)
        if make is not None:
            return self._made(make(step, self.size), step)
        arrays = Batch.of(self.task.train)
        size = min(self.size, len(arrays.inputs))
        per_epoch = len(arrays.inputs) // size
        epoch, place = divmod(step, per_epoch)
        order = np.random.default_rng((self.seed, epoch)).permutation(len(arrays.inputs))
        batch = arrays.take(order[place * size : (place + 1) * size])
        augment = getattr(self.task, "augment", None)
        if augment is None:
            return batch
        generator = np.random.default_rng((self.seed, epoch, place))
        targets = batch[1] if len(batch) == 2 else tuple(batch[1:])
        return self._made(augment(batch.inputs, targets, generator), step)

    def _made(self, pair: object, step: int) -> Batch:
        """A pair from the task's own code, if it is one like those of `train`."""
        try:
            found = Batch.of(pair)
        except (TypeError, ValueError):
            raise ThenarError(f"batch {step} is no pair", where="data factory", fix="give (inputs, targets)") from None
        batch = Batch(np.ascontiguousarray(found.inputs, np.float32), *map(np.ascontiguousarray, found[1:]))
        shapes, known = ([array.shape[1:] for array in arrays] for arrays in (batch, Batch.of(self.task.train)))
        if shapes != known or any(len(array) != len(batch.inputs) for array in batch):
            raise ThenarError(
                f"batch {step} has arrays of {[array.shape for array in batch]}, train of (N, ...) {known}",
                where="data factory",
                fix="give both the same shapes, and a target for each input",
            )
        return batch


def source(data: Reference, size: int, seed: int) -> Callable[[], Batches]:
    """A function that makes the batches anew from the data factory; processes can be handed it."""
    return partial(_open, data, size, seed)


def _open(data: Reference, size: int, seed: int) -> Batches:
    return Batches(data.task(), size, seed)
