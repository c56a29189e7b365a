"""Where every intermediate tensor lives: lifetimes to byte offsets in one arena.

Tensors that share bytes (views, results written in place) form one block, alive from its first write to its last read.
Blocks are placed largest first, each at the lowest offset where it overlaps no placed block that is alive at the same
time: greedy by size, the heuristic of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference"
(2020). No plan can be smaller than the most bytes alive at once, which is reported beside the result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from thenar.compile.program import Program

ALIGNMENT = 64
"""Bytes to which every block is aligned: a cache line, and the widest vector register."""


@dataclass
class Block:
    """Tensors that share bytes: how many, and the first and last call during which they are needed."""

    size: int
    first: int
    last: int

    def overlaps(self, other: Block) -> bool:
        """Are both needed during some call?"""
        return self.first <= other.last and other.first <= self.last


def place(program: Program) -> Program:
    """`program` with in-place results turned into views and an offset for every tensor that lives in the arena."""
    program = _in_place(program)
    blocks = _blocks(program)
    offsets: dict[str, int] = {}
    for name in sorted(blocks, key=lambda name: (-blocks[name].size, blocks[name].first, name)):
        offset = 0
        neighbours = [other for other in offsets if blocks[other].overlaps(blocks[name])]
        for other in sorted(neighbours, key=lambda other: offsets[other]):
            if offset + blocks[name].size <= offsets[other]:
                break
            offset = max(offset, offsets[other] + blocks[other].size)
        offsets[name] = offset
    used = max((offset + blocks[name].size for name, offset in offsets.items()), default=0)
    return replace(program, offsets=offsets, arena_bytes=used, arena_lower_bound=_peak(blocks, len(program.calls)))


def _peak(blocks: dict[str, Block], calls: int) -> int:
    return max(
        (sum(block.size for block in blocks.values() if block.first <= at <= block.last) for at in range(calls)),
        default=0,
    )


def _is_ours(program: Program, name: str) -> bool:
    """Does the tensor live in the arena: neither the caller's nor a constant?"""
    return program.tensors[name].data is None and name not in program.inputs and name not in program.outputs


def _blocks(program: Program) -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    for at, call in enumerate(program.calls):
        names = [operand for operand in call.reads if isinstance(operand, str)] + [name for name in call.writes if name]
        for name in names:
            root = program.root(name)
            if not _is_ours(program, root):
                continue
            size = -(-(program.start(name) + program.tensors[name].nbytes) // ALIGNMENT) * ALIGNMENT
            block = blocks.setdefault(root, Block(size, at, at))
            block.size, block.last = max(block.size, size), at
    return blocks


def _in_place(program: Program) -> Program:
    """Let a call's result take over the bytes of an input that nobody needs afterwards, unless the call reads other
    parts of the same bytes."""
    last_read: dict[str, int] = {}
    for at, call in enumerate(program.calls):
        last_read |= {program.root(operand): at for operand in call.reads if isinstance(operand, str)}
    views, starts = dict(program.views), dict(program.starts)
    for at, call in enumerate(program.calls):
        result = call.writes[0]
        if result in views or not _is_ours(program, result):
            continue
        for index in call.inplace:
            operand = call.reads[index]
            if not isinstance(operand, str):
                continue
            known = replace(program, views=views, starts=starts)
            root, start = known.root(operand), known.start(operand)
            others = (item for item in call.reads if isinstance(item, str) and known.root(item) == root)
            alike = all(known.start(item) == start for item in others)
            if _is_ours(program, root) and last_read.get(root) == at and alike:
                views[result], starts[result] = root, start
                last_read[root] = max(at, last_read.get(result, at))
                break
    return replace(program, views=views, starts=starts)
