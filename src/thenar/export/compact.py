"""Names are half of what a small network's file holds beside its weights; short ones say the same to a runtime."""

from __future__ import annotations

from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def compact(model: Any) -> None:
    """Give every inner tensor of `model` a name of one to three letters, in place; drop node names, known shapes and
    attributes that say what the standard assumes; store equal constants once.

    Inputs and outputs keep their names. Runtimes infer the shapes again; what reads the graph by name can't any more.
    """
    graph = model.graph
    _share(graph)
    for node in graph.node:
        _drop_defaults(node)
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


def _share(graph: Any) -> None:
    """Let nodes that read equal constants read the same one."""
    outputs = {value.name for value in graph.output}
    first: dict[bytes, str] = {}
    same: dict[str, str] = {}
    kept = []
    for initializer in graph.initializer:
        name, initializer.name = initializer.name, ""
        content = initializer.SerializeToString(deterministic=True)
        initializer.name = name
        if name not in outputs and content in first:
            same[name] = first[content]
        else:
            first.setdefault(content, name)
            kept.append(initializer)
    for node in graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _drop_defaults(node: Any) -> None:
    """Remove a convolution's attributes that are as the standard assumes."""
    if node.op_type != "Conv":
        return
    usual = {"dilations": {1}, "strides": {1}, "pads": {0}}
    for attribute in [*node.attribute]:
        default = set(attribute.ints) == usual.get(attribute.name, {None})
        if default or attribute.name == "kernel_shape" or (attribute.name == "group" and attribute.i == 1):
            node.attribute.remove(attribute)


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
