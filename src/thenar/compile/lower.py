"""Graph to Program: every node becomes the kernel calls that its operator's table entry names."""

from __future__ import annotations

from dataclasses import replace

from thenar.compile.arena import place
from thenar.compile.c_types import TYPES
from thenar.compile.evaluate import first_line
from thenar.compile.graph import Graph, Node, Tensor
from thenar.compile.ops import OPERATORS
from thenar.compile.ops.movement import copy
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Program, View
from thenar.compile.targets import REFERENCE, Variant
from thenar.errors import ThenarError


def check_nodes(graph: Graph) -> None:
    """Every node's shapes and attributes fit each other: the compiler's own lowerings say so, which a target's replace.

    Raises:
        ThenarError: one doesn't; names it.
    """
    for node in graph.nodes:
        _lowered(Site(node, graph), _lowering(node, graph, REFERENCE))


def lower_graph(graph: Graph, variant: Variant, digest: str) -> Program:
    """The program of `graph` for `variant`, its tensors placed in an arena.

    Raises:
        ThenarError: an operator, or a type of one, that the compiler doesn't have; names the node.
    """
    calls: list[Call] = []
    views: dict[str, str] = {}
    starts: dict[str, int] = {}
    tensors = dict(graph.tensors)
    for node in graph.nodes:
        site = Site(node, graph)
        for step in _lowered(site, _lowering(node, graph, variant)):
            if isinstance(step, View):
                views[step.output] = views.get(step.input, step.input)
                starts[step.output] = starts.get(step.input, 0) + step.start
            else:
                calls.append(step)
        tensors |= site.scratch
    for name in (*graph.inputs, *graph.outputs):
        if (kind := tensors[name].dtype.name) not in TYPES:
            raise ThenarError(f"{name!r} is {kind}", where=graph.name, fix="cast it to float32 or an integer type")
    finished = variant.finish(tuple(calls), tensors)
    program = Program(graph.name, digest, graph.inputs, (), graph.outputs, finished, tensors, views, starts)
    return place(_outputs_written(program))


def _lowered(site: Site, lower: Lower) -> Lowered:
    """What `lower` makes of a node; shapes that no check foresaw and Python trips over are an error of the node."""
    try:
        return lower(site)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        site.fail(f"its shapes and attributes don't fit each other: {first_line(error)}")


def _lowering(node: Node, graph: Graph, variant: Variant) -> Lower:
    operator = OPERATORS.get(node.op)
    if node.op not in OPERATORS and node.op in variant.lowerings:
        return variant.lowerings[node.op]
    if operator is None:
        raise ThenarError(
            f"the compiler doesn't have the operator {node.op}", where=str(node), fix="see the table of operators"
        )
    for index, name in enumerate((*node.inputs, *node.outputs)):
        if not name:
            continue
        kind = graph.tensors[name].dtype.name
        if kind not in TYPES or (index == 0 and kind not in operator.types):
            known = ", ".join(sorted(operator.types))
            raise ThenarError(f"works on {kind}", where=str(node), fix=f"the compiler has it for {known}")
    return variant.lowerings.get(node.op, operator.lower)


def _outputs_written(program: Program) -> Program:
    """Every output is written by a call: what would be a view of an intermediate tensor takes that tensor's place, what
    is a part of one, or a view of an input or a constant, is copied."""
    views, calls, tensors, outputs = dict(program.views), list(program.calls), dict(program.tensors), []
    written = {name for call in calls for name in call.writes}
    for name in program.output_names:
        tensor = tensors[name]
        root = replace(program, views=views).root(name)
        if name in written:
            outputs.append(name)
        elif root in written and root not in outputs and root not in program.output_names and program.covers(name):
            del views[name]
            views[root] = name
            outputs.append(name)
        else:
            target = Tensor(f"{name}/output", tensor.dtype, tensor.shape)
            tensors[target.name] = target
            site = Site(Node("Identity", name, (name,), (target.name,)), Graph("", (), (), (), tensors))
            calls.append(copy(site, tensors[name], target, (target.size,), (0, (1,))))
            outputs.append(target.name)
    return replace(program, views=views, calls=tuple(calls), tensors=tensors, outputs=tuple(outputs))
