"""What a model file can get wrong, one row each: one line that names the node or tensor, in bounded time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from thenar.compile import translate
from thenar.errors import ThenarError

INT64, BOOL, DOUBLE, STRING = TensorProto.INT64, TensorProto.BOOL, TensorProto.DOUBLE, TensorProto.STRING
WEIGHTS = np.ones((4, 3, 3, 3), np.float32)
IMAGE = (1, 3, 8, 8)


def port(name: str, shape: Any, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes: list[Any], inputs: list[Any], outputs: list[Any], opset: int = 17, **constants: Any) -> Any:
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def one(op: str, shape: Any = IMAGE, *extra: Any, kind: int = TensorProto.FLOAT, opset: int = 17, **given: Any) -> Any:
    """A model of one node `n` with the input x, the constants c0, c1, ... and the output y."""
    constants = {f"c{index}": value for index, value in enumerate(extra)}
    node = helper.make_node(op, ["x", *constants], ["y"], name="n", **given)
    return model([node], [port("x", shape, kind)], [port("y", ["any"])], opset, **constants)


def made(op: str, **constants: Any) -> Any:
    """A model of one node `n` that has constants alone as inputs."""
    return model([helper.make_node(op, list(constants), ["y"], name="n")], [], [port("y", ["any"])], **constants)


def branches() -> Any:
    then = helper.make_graph([helper.make_node("Relu", ["x"], ["z"])], "then", [], [port("z", (2,))])
    node = helper.make_node("If", ["c"], ["y"], name="n", then_branch=then, else_branch=then)
    return model([node], [port("x", (2,)), port("c", (), BOOL)], [port("y", (2,))])


def functions(calls: list[tuple[str, ...]]) -> Any:
    """Local functions f0, f1, ...; each calls those that its row names, one after the other."""
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
    made = []
    for index, names in enumerate(calls):
        inner = [
            helper.make_node(name, [f"t{i}" if i else "x"], ["y" if i == len(names) - 1 else f"t{i + 1}"],
                             domain="" if name == "Relu" else "d")
            for i, name in enumerate(names)
        ]  # fmt: skip
        made.append(helper.make_function("d", f"f{index}", ["x"], ["y"], inner, sets))
    graph = model([helper.make_node("f0", ["x"], ["y"], domain="d")], [port("x", (2,))], [port("y", (2,))])
    return helper.make_model(graph.graph, opset_imports=sets, functions=made, ir_version=9)


def elsewhere(attribute: bool) -> Any:
    """Values that are in another file: a node's, or weights."""
    item = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    item.external_data.add(key="location", value="weights.bin")
    found = model([helper.make_node("Add", ["x", "w"], ["y"])], [port("x", (3,))], [port("y", (3,))])
    if attribute:
        found.graph.node.insert(0, helper.make_node("Constant", [], ["w"], value=item))
    else:
        found.graph.initializer.append(item)
    return found


def relu(outputs: tuple[str, ...] = ("y",), inputs: tuple[str, ...] = ("x",), named: tuple[str, ...] = ("y",)) -> Any:
    nodes = [helper.make_node("Relu", list(inputs), list(outputs))]
    return model(nodes, [port("x", (2,))], [port(name, (2,)) for name in named])


def nan_in_a_node() -> Any:
    value = numpy_helper.from_array(np.full(3, np.nan, np.float32))
    nodes = [helper.make_node("Constant", [], ["c"], name="n", value=value), helper.make_node("Add", ["x", "c"], ["y"])]
    return model(nodes, [port("x", (3,))], [port("y", (3,))])


def twice(names: tuple[str, str]) -> Any:
    nodes = [helper.make_node("Relu", ["x"], [name]) for name in names]
    return model(nodes, [port("x", (2,))], [port("y", (2,))])


def scales(*values: float) -> tuple[Any, Any]:
    return np.zeros(0, np.float32), np.array(values, np.float32)


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    # sizes that a small file declares
    "input of 2 GB": (lambda: one("Relu", (2**20, 2**10)), "'x' would be 1048576x1024 float32; choose a smaller"),
    "sizes that overflow": (lambda: one("Relu", (2**40, 2**40)), "'x' would be"),
    "empty but long": (lambda: one("Relu", (0, 2**40)), "'x' would be 0x1099511627776"),
    "constant of 2 GB": (lambda: made("ConstantOfShape", c=np.array([2**15, 2**14])), "node 'n': tensor 'y' would be"),
    "constant of 1 GB": (lambda: made("ConstantOfShape", c=np.array([2**14, 2**14])), "node 'n': .*too much memory"),
    "range of 2^50": (lambda: made("Range", a=np.int64(0), b=np.int64(2**50), c=np.int64(1)), "Range node 'n': tensor"),
    "long table": (lambda: one("Tile", (4,), np.array([2**26])), "Tile node 'n': has a dimension of"),
    "long resize": (lambda: one("Resize", (1, 1, 1, 4), *scales(1, 1, 1, 1e8), mode="linear"), "node 'n': has a dim"),
    "wide padding": (lambda: one("Conv", IMAGE, WEIGHTS, pads=[10**9] * 4, strides=[10**9] * 2), "node 'n': .*32 bits"),
    "endless padding": (lambda: one("Conv", IMAGE, WEIGHTS, pads=[2**62] * 4, strides=[2**62] * 2), "Conv node 'n'"),
    "wide window": (lambda: one("AveragePool", kernel_shape=[2**40] * 2, pads=[2**39] * 4), "node 'n': .*32 bits"),
    "function bomb": (lambda: functions([(f"f{i + 1}",) * 2 for i in range(40)] + [("Relu",)]), "more than 100000"),
    # attributes that can't be
    "stride 0": (lambda: one("Conv", IMAGE, WEIGHTS, strides=[0, 0]), "Conv node 'n': .*positive"),
    "dilation -1": (lambda: one("Conv", IMAGE, WEIGHTS, dilations=[-1, 1]), "Conv node 'n': .*positive"),
    "group 0": (lambda: one("Conv", IMAGE, WEIGHTS, group=0), "Conv node 'n': "),
    "kernel 0": (lambda: one("MaxPool", kernel_shape=[0, 0]), "MaxPool node 'n': .*positive"),
    "block 0": (lambda: one("DepthToSpace", blocksize=0), "DepthToSpace node 'n'"),
    "block -2": (lambda: one("SpaceToDepth", blocksize=-2), "SpaceToDepth node 'n'"),
    "repeated axis": (lambda: one("Transpose", (4, 2), perm=[0, 0]), "Transpose node 'n'"),
    "missing axis": (lambda: one("Transpose", (4, 2), perm=[0]), "Transpose node 'n'"),
    "infinite scale": (lambda: one("Resize", IMAGE, *scales(1, 1, np.inf, 1)), "Resize node 'n'"),
    "range by 0": (lambda: made("Range", a=np.float32(0), b=np.float32(5), c=np.float32(0)), "Range node 'n'"),
    "attribute of a wrong type": (lambda: one("Softmax", axis=1.5), "axis"),
    "unknown attribute": (lambda: one("Relu", colour=1), "colour"),
    "absurd operator set": (lambda: one("Relu", opset=999), "operator set 999; install"),
    "operator set -1": (lambda: one("Relu", opset=-1), "g: invalid"),
    # shapes that don't fit
    "more elements": (lambda: one("Reshape", (4,), np.array([8])), "Reshape node 'n': makes 8 elements of 4"),
    "squeezed 4": (lambda: one("Squeeze", (4, 2), np.array([0])), "Squeeze node 'n'"),
    "short addend": (lambda: one("Gemm", (2, 3), np.ones((3, 4), np.float32), np.ones(3, np.float32)), "Gemm node 'n'"),
    "scalar image": (lambda: one("Conv", (), WEIGHTS), "Conv node 'n'"),
    "negative size": (lambda: one("Relu", (1, -3)), "dynamic shape 1x-3; fix it, for example with --shape x=1x1"),
    "shape from an input": (lambda: one("ConstantOfShape", (3,), kind=INT64), "ConstantOfShape node 'n'"),
    # types outside the list
    "strings": (lambda: one("Identity", (2,), kind=STRING), "'x' holds strings"),
    "float64 in and out": (lambda: model([], [port("x", (2,), DOUBLE)], [port("x", (2,), DOUBLE)]), "'x' is float64"),
    "float64 constant": (lambda: model([], [], [port("c", (2,), DOUBLE)], c=np.ones(2)), "'c' is float64; cast it"),
    "complex": (lambda: one("Identity", (2,), kind=TensorProto.COMPLEX64), "complex64"),
    # the graph
    "branches": (branches, "'n' holds a graph .*without control flow"),
    "recursion": (lambda: functions([("f1",), ("f0",)]), "invalid: .*recursive"),
    "no output": (lambda: relu(named=()), "has no output"),
    "one output twice": (lambda: relu(named=("y", "y")), "names one output twice"),
    "a tensor written twice": (lambda: twice(("y", "y")), "invalid: .*'y'"),
    "a node that writes its input": (lambda: relu(outputs=("x",), named=("x",)), "invalid: .*'x'"),
    "an input left out": (lambda: relu(inputs=("",)), "invalid: .*input 0"),
    "no inputs": (lambda: relu(inputs=()), "invalid: .*input size 0"),
    "no results": (lambda: relu(outputs=(), named=("x",)), "invalid: .*output size 0"),
    "an unknown output": (lambda: relu(named=("z",)), "invalid: .*output 'z'"),
    # values
    "weights in another file": (lambda: elsewhere(False), "'w' are in 'weights.bin'; compile from the path"),
    "values in another file": (lambda: elsewhere(True), "'w' are in 'weights.bin'; compile from the path"),
    "NaN in a node": (nan_in_a_node, "node 'n': the values of its attribute 'value' hold NaN"),
    "infinite weights": (lambda: one("Conv", IMAGE, WEIGHTS * np.inf), "Conv node 'n': weights 'c0' hold infinity"),
}  # fmt: skip


@pytest.mark.parametrize("target", ["c99", "x86-64"])
@pytest.mark.parametrize("case", BAD)
def test_one_line_names_it(case: str, target: str) -> None:
    make, pattern = BAD[case]
    given, started = make(), time.process_time()
    with pytest.raises(ThenarError, match=pattern) as caught:
        translate(given, target)
    assert "\n" not in str(caught.value)
    assert time.process_time() - started < 5


def deep(op: str, count: int, *more: str) -> Any:
    nodes = [helper.make_node(op, [f"t{i}" if i else "x", *more], [f"t{i + 1}"]) for i in range(count)]
    nodes.append(helper.make_node("ReduceSum", [f"t{count}", "axes"], ["y"]))
    return model(nodes, [port("x", (2, 3))], [port("y", ["any", "any"])], axes=np.array([1]), one=np.float32(1))


@pytest.mark.parametrize(("op", "more"), [("Add", ("one",)), ("Relu", ()), ("Identity", ())])
def test_a_deep_network_takes_time_that_grows_with_its_depth(op: str, more: tuple[str, ...]) -> None:
    started = time.process_time()
    assert translate(deep(op, 2000, *more), "x86-64").program.calls
    assert time.process_time() - started < 10


def test_large_constants_that_a_few_bytes_describe_stay_in_the_network() -> None:
    shape = np.array([2**13, 2**13])
    grown = model(
        [helper.make_node("Expand", ["c", "s"], ["y"])], [], [port("y", ["a", "b"])], c=np.float32(1), s=shape
    )
    library = translate(grown, "c99")
    assert library.weight_bytes < 100
    assert len(library.source) < 20_000


@pytest.mark.native
@pytest.mark.parametrize(
    ("x", "y"),
    [("int8_t", "NULL"), ("a", "A"), ("w_c", "start"), ("printf", "main"), ("x\ny*/", "thenar_add_float_float")],
)  # fmt: skip
def test_any_names_make_c_that_compiles_and_computes(x: str, y: str, tmp_path: Path) -> None:
    given = model([helper.make_node("Add", [x, "c"], [y])], [port(x, (3,))], [port(y, (3,))], c=np.float32([1, 2, 3]))
    given.graph.name = "*/ int x; /*"
    native = translate(given, "c99").native()
    np.testing.assert_array_equal(native.run({x: np.ones(3, np.float32)})[y], [2, 3, 4])


def test_tensors_called_like_parts_of_others_are_kept_apart() -> None:
    """The compiler calls its own tensors NAME/part; weights shared by nodes of one name stay two."""
    nodes = [
        helper.make_node("Sum", ["x", "x", "x"], ["t"], name="n"),
        helper.make_node("Neg", ["x"], ["t/0"], name="n"),
        helper.make_node("Add", ["t", "t/0"], ["y"], name="n"),
    ]
    native = translate(model(nodes, [port("x", (2,))], [port("y", (2,))]), "c99").native()
    np.testing.assert_array_equal(native.run({"x": np.float32([1, 2])})["y"], [2, 4])


def test_control_characters_of_a_name_stay_out_of_the_terminal() -> None:
    given = one("Acos")
    given.graph.node[0].name = "\x1b[31m" + "x" * 5000
    with pytest.raises(ThenarError) as caught:
        translate(given, "c99")
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1100


@pytest.mark.parametrize("name", ["weights.bin", "sub/weights.bin"])
def test_external_data_through_a_link_stays_in_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "weights.bin").write_bytes(np.ones(3, np.float32).tobytes())
    link = tmp_path / "model" / name.split("/")[0]
    link.symlink_to(tmp_path if "/" in name else tmp_path / "weights.bin")
    given = elsewhere(False)
    given.graph.initializer[0].external_data[0].value = name
    (tmp_path / "model" / "model.onnx").write_bytes(given.SerializeToString())
    with pytest.raises(ThenarError, match="outside the model's folder"):
        translate(tmp_path / "model" / "model.onnx", "c99")


@pytest.mark.parametrize("attribute", [True, False])
def test_values_beside_the_model_are_read(tmp_path: Path, attribute: bool) -> None:
    (tmp_path / "weights.bin").write_bytes(np.ones(3, np.float32).tobytes())
    (tmp_path / "model.onnx").write_bytes(elsewhere(attribute).SerializeToString())
    assert translate(tmp_path / "model.onnx", "c99").weight_bytes == 12


@pytest.mark.parametrize(("key", "value"), [("offset", "-4"), ("offset", "x"), ("length", "999"), ("location", "a\0b")])
def test_external_data_that_lies_about_itself_is_refused(tmp_path: Path, key: str, value: str) -> None:
    (tmp_path / "weights.bin").write_bytes(np.ones(3, np.float32).tobytes())
    given = elsewhere(False)
    entries = given.graph.initializer[0].external_data
    del entries[:]
    for name, text in {"location": "weights.bin", key: value}.items():
        entries.add(key=name, value=text)
    (tmp_path / "model.onnx").write_bytes(given.SerializeToString())
    with pytest.raises(ThenarError, match="weights 'w'"):
        translate(tmp_path / "model.onnx", "c99")


@pytest.mark.parametrize("path", ["/dev/zero", ".", "nowhere.onnx", "a\0b", "x" * 300])
def test_a_path_that_is_no_file_is_named(path: str) -> None:
    with pytest.raises(ThenarError, match=r"not a file|cannot read"):
        translate(path, "c99")
