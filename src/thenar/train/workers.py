"""Batches made ahead by worker processes, handed over through shared memory, in order."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from types import TracebackType
from typing import Any, Generic, TypeVar

import numpy as np

from thenar.errors import ThenarError
from thenar.train.data import Numbered

DEFAULT_DEPTH = 4
ALIGN = 64
Layout = tuple[tuple[tuple[int, ...], str, int], ...]
"""Shape, dtype and byte offset of each of a batch's arrays."""


B = TypeVar("B", bound=tuple[Any, ...])


class Workers(AbstractContextManager["Workers[B]"], Generic[B]):
    """`count` processes, each with its own source; process k makes steps start + k, start + k + count, ...

    Every worker owns `depth` slots of shared memory and runs that far ahead. With count = 0 batches are made in this
    process. A batch taken by `next` stays valid until the following `next`: copy it to keep it.
    niceness: added to the workers' scheduling priority number, so that a network training on the same cores goes first.

    Raises (from `next`):
        ThenarError: a worker stopped; the line says which step and why.
    """

    def __init__(
        self,
        make_source: Callable[[], Numbered[B]],
        *,
        count: int,
        start: int = 0,
        depth: int = DEFAULT_DEPTH,
        niceness: int = 5,
    ) -> None:
        self.step = start
        self._start = start
        self._source = make_source() if count == 0 else None
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        self._memory: list[SharedMemory | None] = [None] * count
        self._layouts: list[Layout] = [()] * count
        self._kind: Any = tuple
        self._borrowed: tuple[int, int] | None = None
        context = multiprocessing.get_context("spawn")
        with _OneThreadEach():
            for number in range(count):
                here, there = context.Pipe()
                steps = (start + number, count)
                process = context.Process(
                    target=_work,
                    args=(make_source, there, steps, depth, niceness),
                    daemon=True,
                    name=f"batches-{number}",
                )
                process.start()
                there.close()
                self._pipes.append(here)
                self._processes.append(process)

    def __iter__(self) -> Iterator[B]:
        return self

    def __next__(self) -> B:
        """The batch of `self.step`, which then grows by one."""
        if self._source is not None:
            batch = self._source.batch(self.step)
        else:
            self._give_back()
            number = (self.step - self._start) % len(self._pipes)
            slot = self._receive(number)
            batch = self._view(number, slot)
            self._borrowed = (number, slot)
        self.step += 1
        return batch

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the processes and free their memory; may be called twice."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        for memory in self._memory:
            if memory is not None:
                memory.close()
                memory.unlink()
        self._pipes, self._processes, self._memory = [], [], []

    def _receive(self, number: int) -> int:
        """Wait for worker `number`'s next slot."""
        try:
            message = self._pipes[number].recv()
            if message[0] == "memory":
                _, name, self._kind, self._layouts[number] = message
                self._memory[number] = SharedMemory(name)
                message = self._pipes[number].recv()
        except (EOFError, OSError) as error:
            process = self._processes[number]
            process.join(timeout=5)
            raise ThenarError(
                f"process {number} died (exit code {process.exitcode}) while making batch {self.step}",
                where="data worker",
                fix="see its message above; -9 means out of memory",
            ) from error
        if message[0] == "error":
            raise ThenarError(f"batch {self.step} failed: {message[1]}", where="data worker", fix="see its trace above")
        slot: int = message[1]
        return slot

    def _view(self, number: int, slot: int) -> B:
        memory = self._memory[number]
        assert memory is not None
        batch: B = self._kind(*_arrays(memory, self._layouts[number], slot))
        return batch

    def _give_back(self) -> None:
        if self._borrowed is not None:
            number, slot = self._borrowed
            self._borrowed = None
            with contextlib.suppress(OSError):  # that worker is gone: its next `recv` says so
                self._pipes[number].send(slot)


class _OneThreadEach(AbstractContextManager[None]):
    """Children started inside inherit an environment that gives their numerical libraries one thread."""

    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")

    def __enter__(self) -> None:
        self.before = {name: os.environ.get(name) for name in self.names}
        os.environ.update(dict.fromkeys(self.names, "1"))

    def __exit__(self, *_: object) -> None:
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _work(
    make_source: Callable[[], Numbered[Any]], pipe: Connection, steps: tuple[int, int], depth: int, niceness: int
) -> None:
    """A worker's life: make a batch, wait for a free slot, write it there, say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; it ends its workers itself
    os.nice(niceness)
    memory: SharedMemory | None = None
    layout: Layout = ()
    free = list(range(depth))
    step, stride = steps
    try:
        source = make_source()
        while True:
            batch = source.batch(step)
            if memory is None:
                layout, size = _layout(batch)
                memory = SharedMemory(create=True, size=size * depth)
                pipe.send(("memory", memory.name, type(batch), layout))
            while not free or pipe.poll():
                free.append(pipe.recv())
            slot = free.pop()
            _write(memory, layout, slot, batch)
            pipe.send(("slot", slot))
            step += stride
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent has closed its end
    except Exception as error:
        traceback.print_exc()
        pipe.send(("error", f"{type(error).__name__}: {error}"))
    finally:
        if memory is not None:
            memory.close()


def _layout(batch: tuple[Any, ...]) -> tuple[Layout, int]:
    """Where each array of a batch lies in a slot, and the slot's size in bytes."""
    entries = []
    end = 0
    for array in batch:
        entries.append((array.shape, array.dtype.str, end))
        end += -(-array.nbytes // ALIGN) * ALIGN
    return tuple(entries), end


def _arrays(memory: SharedMemory, layout: Layout, slot: int) -> Iterator[Any]:
    size = _slot_size(layout)
    return (np.ndarray(s, d, memory.buf, slot * size + o) for s, d, o in layout)


def _slot_size(layout: Layout) -> int:
    shape, dtype, offset = layout[-1]
    return offset + -(-int(np.prod(shape)) * np.dtype(dtype).itemsize // ALIGN) * ALIGN


def _write(memory: SharedMemory, layout: Layout, slot: int, batch: tuple[Any, ...]) -> None:
    for target, array in zip(_arrays(memory, layout, slot), batch, strict=True):
        if target.shape != array.shape or target.dtype != array.dtype:
            raise ValueError(f"a batch of {array.shape} {array.dtype} after ones of {target.shape} {target.dtype}")
        target[...] = array
