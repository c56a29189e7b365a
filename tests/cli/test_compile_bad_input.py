"""What a user can get wrong at `thenar compile`, one row each: exit code 2, one line, no half-written folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from run_cli import apart, here

onnx = pytest.importorskip("onnx")


@pytest.fixture
def thenar(capsys, monkeypatch):
    return lambda *arguments: here(capsys, monkeypatch, *arguments)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A dynamic row times 4 x 4096 weights, which make a C file of some kilobytes."""
    from onnx import TensorProto, helper, numpy_helper

    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in (("x", 4), ("y", 4096))
    ]
    weights = [numpy_helper.from_array(np.ones((4, 4096), np.float32), "w")]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], name="m")], "g", ports[:1], ports[1:], weights
    )
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    (tmp_path / "torn.onnx").write_bytes(path.read_bytes()[:-100])
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "text.onnx").write_text("not a model")
    return path


# the model, the options, what the one line says
WRONG = {
    "no such file": ("nowhere.onnx", ("--shape", "x=1x4"), "nowhere.onnx: cannot read: No such file"),
    "a folder": (".", (), "name an ONNX file"),
    "a device": ("/dev/zero", (), "/dev/zero: is not a file; name an ONNX file"),
    "torn": ("torn.onnx", (), "torn.onnx: "),
    "empty": ("empty.onnx", (), "empty.onnx: holds no ONNX graph; export it again"),
    "text": ("text.onnx", (), "text.onnx: not an ONNX file, or truncated; export it again"),
    "no shape": ("model.onnx", (), "fix it, for example with --shape x=1x4"),
    "no such input": ("model.onnx", ("--shape", "z=1x4"), "has no input 'z'; its inputs are x"),
    "another rank": ("model.onnx", ("--shape", "x=4"), "input 'x' is nx4, which 4 doesn't fit"),
    "another size": ("model.onnx", ("--shape", "x=1x5"), "input 'x' is nx4, which 1x5 doesn't fit"),
    "no sizes": ("model.onnx", ("--shape", "x="), "--shape x= isn't INPUT=1x3x320x320; give"),
    "size 0": ("model.onnx", ("--shape", "x=0x4"), "--shape x=0x4 isn't INPUT=1x3x320x320; give"),
    "size of words": ("model.onnx", ("--shape", "x=onex4"), "--shape x=onex4 isn't"),
    "size of 2 GB": ("model.onnx", ("--shape", "x=99999999999x4"), "'x' would be 99999999999x4 float32; choose"),
    "size of a thousand digits": ("model.onnx", ("--shape", f"x={'9' * 5000}x4"), "isn't INPUT=1x3x320x320"),
    "no such target": ("model.onnx", ("--shape", "x=1x4", "--target", "z80"), "no target 'z80'; choose one of host"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_one_line_names_it_and_nothing_is_written(thenar, model, tmp_path, monkeypatch, case):
    name, options, says = WRONG[case]
    monkeypatch.chdir(tmp_path)
    outcome = thenar("compile", name, "-o", tmp_path / "out", *options, "--json")
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.count("\n") == 1 and outcome.err.startswith("thenar: ") and says in outcome.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.onnx", "model.onnx", "text.onnx", "torn.onnx"]


@pytest.mark.parametrize("out", ["model.onnx", "model.onnx/below", "full", "x" * 300, "/proc/out"])
def test_an_output_that_cannot_be_is_one_line(thenar, model, tmp_path, out):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    outcome = thenar("compile", model, "-o", tmp_path / out, "--shape", "x=1x4")
    assert outcome.code == 2 and outcome.err.count("\n") == 1 and "; " in outcome.err
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_a_disk_that_fills_up_keeps_the_library_of_before(thenar, model, tmp_path, monkeypatch):
    assert thenar("compile", model, "-o", tmp_path / "out", "--shape", "x=1x4").code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(self, *_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    outcome = thenar("compile", model, "-o", tmp_path / "out", "--shape", "x=2x4")
    assert outcome.code == 2 and outcome.err == (
        f"thenar: {tmp_path / 'out'}: cannot write: No space left on device; free some space or choose another folder\n"
    )
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_may_not_grow_leaves_no_folder(model, tmp_path):
    """The kernel's own refusal, in the middle of the file."""
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
    outcome = apart("compile", model, "-o", tmp_path / "out", "--shape", "x=1x4", before=limit)
    assert outcome.code == 2 and outcome.err.count("\n") == 1 and "cannot write: File too large" in outcome.err
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("cc", "says"),
    [("no-such-cc", "no C compiler 'no-such-cc' on the path"), ("false", "the C compiler failed"), ("'", "CC is")],
)  # fmt: skip
def test_a_missing_compiler_is_named_and_not_needed_to_write_c(thenar, model, tmp_path, monkeypatch, cc, says):
    from thenar.compile import build, compile
    from thenar.errors import ThenarError

    monkeypatch.setenv("CC", cc)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    build.compiler.cache_clear()
    build.fingerprint.cache_clear()
    try:
        assert thenar("compile", model, "-o", tmp_path / "out", "--shape", "x=1x4").code == 0
        with pytest.raises(ThenarError, match=says) as caught:
            compile(model, "c99", {"x": (1, 4)})
        assert "\n" not in str(caught.value)
    finally:
        build.compiler.cache_clear()
        build.fingerprint.cache_clear()


def test_a_torn_library_in_the_cache_is_named(model, tmp_path, monkeypatch):
    from thenar.compile import translate
    from thenar.compile.build import build_library
    from thenar.errors import ThenarError

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    library = translate(model, "c99", {"x": (3, 4)})
    path = build_library(library.source, library.header, library.name, library.target.flags)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ThenarError, match=r"\.so: can't be loaded: .*; delete it and run again"):
        library.native()
