"""Names are half of what a small network's file holds beside its weights; short ones say the same to a runtime."""

from __future__ import annotations

from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def compact(model: Any) -> None:
    """Give every inner tensor of `model` a name of one to three letters, in place; drop node names and known shapes.

    Inputs and outputs keep their names. Runtimes infer the shapes again; what reads the graph by name can't any more.
    """
    graph = model.graph
    kept = {value.name for value in (*graph.input, *graph.output)}
    names = dict.fromkeys(name for node in graph.node for name in (*node.input, *node.output) if name)
    fresh = (name for name in map(short, range(len(names) + len(kept))) if name not in kept)
    new = {name: name if name in kept else next(fresh) for name in names} | {"": ""}
    for node in graph.node:
        node.input[:] = [new[name] for name in node.input]
        node.output[:] = [new[name] for name in node.output]
        node.name = ""
        node.doc_string = ""
        del node.metadata_props[:]
    for initializer in graph.initializer:
        initializer.name = new[initializer.name]
    del graph.value_info[:]


def short(number: int) -> str:
    """0, 1, ... as a, b, ..., z, aa, ab, ...

    >>> [short(number) for number in (0, 25, 26, 701, 702)]
    ['a', 'z', 'aa', 'zz', 'aaa']
    """
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, len(LETTERS))
        name = LETTERS[letter] + name
    return name
