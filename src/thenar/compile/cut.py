"""Cut a model at tensors inside it: what those depend on, and nothing else."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from thenar.errors import ThenarError

RECURRENT = ("LSTM", "GRU", "RNN")


def cut(nodes: Sequence[Any], outputs: Sequence[str], where: str) -> list[Any]:
    """The NodeProtos, in order, that the tensors named in `outputs` depend on.

    Raises:
        ThenarError: no node writes one of them, or one is named twice.
    """
    written = [name for node in nodes for name in node.output if name]
    for name in outputs:
        if name not in written:
            close = difflib.get_close_matches(name, written, n=3, cutoff=0.4) or written[-3:]
            raise ThenarError(f"no node writes {name!r}", where=where, fix=f"did you mean {', '.join(close)}?")
        if outputs.count(name) > 1:
            raise ThenarError(f"the output {name!r} is named twice", where=where, fix="name every output once")
    return needed(nodes, outputs)


def needed(nodes: Sequence[Any], outputs: Iterable[str]) -> list[Any]:
    """The NodeProtos, in order, that a tensor of `outputs` depends on."""
    names, kept = set(outputs), []
    for node in reversed(nodes):
        if names.intersection(node.output):
            names.update(node.input)
            kept.append(node)
    return kept[::-1]


def outside_the_list(op: str, name: str, inputs: Iterable[str], written: Collection[str]) -> ThenarError:
    """The error for an operator that the compiler doesn't have, with the cut that leaves it out: `inputs` are what it
    reads, `written` the tensors that nodes before it write."""
    what = f"the compiler doesn't have the operator {op}"
    if op in RECURRENT:
        what = f"{what}: recurrent networks are outside its list"
    before = ",".join(dict.fromkeys(tensor for tensor in inputs if tensor in written))
    fix = f"leave it and what follows out with --outputs {before}" if before else "see the table of operators"
    return ThenarError(what, where=f"{op} node {name!r}", fix=fix)
