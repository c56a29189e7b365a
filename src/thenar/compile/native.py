"""A compiled network as a Python object: NumPy arrays in and out, nothing between them and the C function."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from thenar.compile.arena import ALIGNMENT
from thenar.compile.graph import Array, Tensor
from thenar.errors import ThenarError


class Bound:
    """One call of a compiled network on arrays that stay where they are: `inputs` are read, `outputs` are filled."""

    def __init__(
        self,
        inputs: list[Array],
        outputs: dict[str, Array],
        arena: Array,
        function: Callable[..., None],
        pointers: tuple[int, ...],
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self._arena = arena
        self._function = function
        self._pointers = pointers

    def __call__(self) -> None:
        """Run the network."""
        self._function(*self._pointers)


class Native:
    """Runs a compiled network; safe to call from many threads, each of which gets an arena of its own.

    `inputs` and `outputs` say name, type and shape of what `run` takes and returns.
    """

    def __init__(
        self, library: Path, symbol: str, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], arena_bytes: int
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self._arena_bytes = arena_bytes
        try:
            self._function = getattr(ctypes.CDLL(str(library)), symbol)
        except (OSError, AttributeError) as error:
            raise ThenarError(f"can't be loaded: {error}", where=library, fix="delete it and run again") from error
        self._function.restype = None
        self._function.argtypes = [ctypes.c_void_p] * (len(inputs) + len(outputs) + 1)
        self._local = threading.local()
        self._takes = [(tensor.name, tensor.dtype, tensor.shape) for tensor in inputs]
        self._gives = [(tensor.name, tensor.dtype, tensor.shape) for tensor in outputs]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Input name -> array to output name -> array; the outputs are fresh arrays.

        Raises:
            ThenarError: an input is missing, or has another shape or type than the network's.
        """
        bound = self.bind(feeds)
        bound()
        return bound.outputs

    def bind(self, feeds: Mapping[str, Array]) -> Bound:
        """What `run` would call, to be called again and again by this thread: it reads the same arrays and fills the
        same outputs each time.

        Raises:
            ThenarError: as `run`.
        """
        pointers, inputs = [], []
        for name, dtype, shape in self._takes:
            array = feeds.get(name)
            if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != dtype:
                raise self._refusal(name, array)
            if not (array.flags.c_contiguous and array.flags.aligned):
                array = np.array(array, order="C")
            inputs.append(array)
            pointers.append(_address(array))
        outputs = {}
        for name, dtype, shape in self._gives:
            outputs[name] = array = np.empty(shape, dtype)
            pointers.append(_address(array))
        pointers.append(self._arena())
        return Bound(inputs, outputs, self._local.memory, self._function, tuple(pointers))

    def run_many(self, feeds: Mapping[str, Array], threads: int = 1) -> dict[str, Array]:
        """Like `run` for arrays with a leading dimension of N networks' inputs; outputs are stacked alike.

        The work is shared among `threads` threads, outside Python's lock.

        Raises:
            ThenarError: an input is missing or doesn't fit, or their N differ.
        """
        if threads < 1:
            raise ThenarError(f"{threads} threads can't run anything", fix="give one or more")
        stacks = []
        for name, dtype, shape in self._takes:
            array = feeds.get(name)
            if not isinstance(array, np.ndarray) or array.shape[1:] != shape or array.dtype != dtype or not array.ndim:
                raise self._refusal(name, array, "N x ")
            stacks.append(np.require(array, requirements=["C", "ALIGNED"]))
        counts = {len(array) for array in stacks}
        if len(counts) != 1:
            raise ThenarError("the inputs stack different numbers of samples", fix="give every input the same N")
        (count,) = counts
        results = {name: np.empty((count, *shape), dtype) for name, dtype, shape in self._gives}
        arrays = [*stacks, *results.values()]
        starts = [_address(array) for array in arrays]
        steps = [array.strides[0] for array in arrays]

        def work(first: int) -> None:
            arena = self._arena()
            for sample in range(first, count, threads):
                self._function(*(start + sample * step for start, step in zip(starts, steps, strict=True)), arena)

        if threads == 1:
            work(0)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, range(threads)))
        return results

    def _arena(self) -> int:
        """The address of this thread's arena."""
        address: int | None = getattr(self._local, "address", None)
        if address is None:
            self._local.memory = np.empty(self._arena_bytes + ALIGNMENT, np.uint8)
            start = _address(self._local.memory)
            address = self._local.address = -(-start // ALIGNMENT) * ALIGNMENT
        return address

    def _refusal(self, name: str, array: Array | None, leading: str = "") -> ThenarError:
        tensor = next(tensor for tensor in self.inputs if tensor.name == name)
        wanted = f"{leading}{'x'.join(map(str, tensor.shape))} {tensor.dtype}"
        if array is None:
            return ThenarError(f"input {name!r} is missing", fix=f"give it as {wanted}")
        if not isinstance(array, np.ndarray):
            return ThenarError(f"input {name!r} is a {type(array).__name__}", fix=f"give it as an array of {wanted}")
        got = f"{'x'.join(map(str, array.shape))} {array.dtype}"
        return ThenarError(f"input {name!r} is {got}", fix=f"give it as {wanted}")


def _address(array: Array) -> int:
    """Where the array's first element is; a buffer's address is found several times as fast as NumPy tells it."""
    if array.size and array.flags.writeable:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    address: int = array.__array_interface__["data"][0]
    return address
