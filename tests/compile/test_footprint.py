"""Flash, RAM and stack are what the cross compiler says; where it is absent, the message says so."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from networks import Net

from thenar.compile import Library, translate
from thenar.compile.footprint import deepest_stack, footprint
from thenar.errors import ThenarError

GRAPH = r"""
node: { title: "net_run" label: "net_run\nnet.c:9:6\n40 bytes (static)" }
node: { title: "net.c:shallow" label: "shallow\nnet.c:1:6\n100 bytes (static)" }
node: { title: "net.c:middle" label: "middle\nnet.c:3:6\n60 bytes (dynamic,bounded)" }
node: { title: "net.c:deep" label: "deep\nnet.c:5:6\n50 bytes (static)" }
node: { title: "memcpy" label: "__builtin_memcpy\n<built-in>" shape : ellipse }
edge: { sourcename: "net_run" targetname: "net.c:shallow" label: "net.c:10:5" }
edge: { sourcename: "net_run" targetname: "net.c:middle" label: "net.c:11:5" }
edge: { sourcename: "net.c:middle" targetname: "net.c:deep" label: "net.c:4:5" }
edge: { sourcename: "net.c:deep" targetname: "memcpy" }
edge: { sourcename: "net.c:deep" targetname: "net.c:middle" }
"""


def library(target: str) -> Library:
    net = Net()
    return translate(net.model({"x": (1, 3, 8, 8)}, [net.conv("x", 3, 4)]), target, name="net")


def test_the_deepest_chain_counts_once() -> None:
    assert deepest_stack(GRAPH, "net_run") == 40 + 60 + 50


def test_other_targets_have_none() -> None:
    with pytest.raises(ThenarError, match="isn't a microcontroller"):
        footprint(library("c99"))


@pytest.mark.parametrize("absent", ["arm-none-eabi-gcc", "arm-none-eabi-size"])
def test_an_absent_program_is_named(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    which: Any = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == absent else which("true"))
    with pytest.raises(ThenarError, match=f"{absent}; install"):
        footprint(library("cortex-m"))


@pytest.mark.cross
@pytest.mark.parametrize("target", ["cortex-m", "cortex-m55"])
def test_flash_holds_the_weights_and_ram_the_arena(target: str) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("needs arm-none-eabi-gcc")
    made = library(target)
    found = footprint(made)
    assert made.weight_bytes <= found.constants < made.weight_bytes + 1000
    assert 200 < found.code < 20_000
    assert found.arena == made.program.arena_bytes
    assert 8 < found.stack < 2_000
    assert found.flash == found.code + found.constants
    assert found.ram == found.arena + found.stack + found.variables
