"""The arena's plan: nothing that is needed at the same time overlaps, and nothing is smaller than possible."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from thenar.compile.arena import ALIGNMENT, place
from thenar.compile.graph import Tensor
from thenar.compile.program import Call, Program


def _chain(sizes: list[int], reads: list[list[int]], inplace: bool) -> Program:
    """Tensor i is written by call i, which reads the tensors `reads[i]` (indices below i) or the input."""
    tensors = {"in": Tensor("in", np.dtype("int8"), (1,)), "out": Tensor("out", np.dtype("int8"), (1,))}
    tensors |= {f"t{i}": Tensor(f"t{i}", np.dtype("int8"), (size,)) for i, size in enumerate(sizes)}
    calls = []
    for i, sources in enumerate(reads):
        names = tuple(f"t{source}" for source in sources) or ("in",)
        same = tuple(k for k, source in enumerate(sources) if inplace and sizes[source] == sizes[i])
        calls.append(Call("k", "h", "s", {}, names, (f"t{i}",), inplace=same))
    last = tuple(f"t{i}" for i in range(len(sizes)) if not any(i in sources for sources in reads))
    calls.append(Call("k", "h", "s", {}, last, ("out",)))
    return Program("p", "", ("in",), ("out",), ("out",), tuple(calls), tensors)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    sizes = draw(st.lists(st.sampled_from([1, 64, 65, 200, 1000]), min_size=1, max_size=12))
    reads = [draw(st.lists(st.integers(0, i - 1), max_size=2, unique=True)) if i else [] for i in range(len(sizes))]
    return _chain(sizes, reads, draw(st.booleans()))


@given(programs())
def test_tensors_never_lose_their_bytes_before_their_last_read(program: Program) -> None:
    placed = place(program)
    owner: dict[int, str] = {}
    for call in placed.calls:
        for name in call.reads:
            if isinstance(name, str) and name != "in":
                at = placed.offsets[placed.root(name)]
                for byte in range(at, at + placed.tensors[name].size):
                    assert owner[byte] == name
        (result,) = call.writes
        if result != "out":
            at = placed.offsets[placed.root(result)]
            owner |= dict.fromkeys(range(at, at + placed.tensors[result].size), result)


@given(programs())
def test_the_plan_is_aligned_and_at_least_the_lower_bound(program: Program) -> None:
    placed = place(program)
    assert placed.arena_bytes >= placed.arena_lower_bound
    assert all(offset % ALIGNMENT == 0 for offset in placed.offsets.values())


def test_a_straight_line_needs_two_neighbours_at_a_time() -> None:
    placed = place(_chain([640, 640, 640, 640], [[], [0], [1], [2]], inplace=False))
    assert placed.arena_bytes == placed.arena_lower_bound == 2 * 640


def test_a_straight_line_in_place_needs_one() -> None:
    placed = place(_chain([640, 640, 640, 640], [[], [0], [1], [2]], inplace=True))
    assert placed.arena_bytes == 640
