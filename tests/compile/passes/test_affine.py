"""Scaling and shifting of channels disappears into the convolution before it, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from networks import Net

from thenar.compile import compile, translate

IMAGE = np.random.default_rng(0).standard_normal((2, 4, 5, 6)).astype(np.float32)


def _convolution(net: Net, op: str, groups: int) -> str:
    shape = (6, 4 // groups, 3, 3) if op == "Conv" else (4, 6 // groups, 3, 3)
    return net.op(op, "image", net.random(*shape), net.random(6), group=groups, pads=[1] * 4)


def _norm(net: Net, x: str) -> str:
    variance = net.constant(np.linspace(0.5, 2, 6, dtype=np.float32))
    return net.op("BatchNormalization", x, net.random(6), net.random(6), net.random(6), variance)


def _powers(net: Net, *shape: int) -> str:
    """Powers of two, of either sign."""
    powers = np.ldexp(np.where(net.rng.random(shape) < 0.5, -1.0, 1.0), net.rng.integers(-3, 4, shape))
    return net.constant(powers.astype(np.float32))


CHAINS: dict[str, Any] = {
    "norm": _norm,
    "scalars": lambda net, x: net.op("Add", net.op("Mul", x, _powers(net, 1)), net.random()),
    "channels": lambda net, x: net.op("Sub", net.random(6, 1, 1), net.op("Div", x, _powers(net, 1, 6, 1, 1))),
    "long": lambda net, x: net.op("Mul", _powers(net, 1, 1), _norm(net, net.op("Sub", x, net.random(6, 1, 1)))),
}


@pytest.mark.runtime
@pytest.mark.native
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("op", "groups"), [("Conv", 1), ("Conv", 2), ("ConvTranspose", 1), ("ConvTranspose", 2)])
def test_a_chain_becomes_one_convolution(op: str, groups: int, chain: str) -> None:
    net = Net(seed=groups)
    model = net.model({"image": IMAGE.shape}, [CHAINS[chain](net, _convolution(net, op, groups))])
    assert [call.header for call in translate(model, "c99").program.calls] == ["conv"]
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"image": IMAGE})
    (got,) = compile(model, "c99").run({"image": IMAGE}).values()
    np.testing.assert_allclose(got, expected, atol=1e-5 * np.abs(expected).max())


KEPT: dict[str, Any] = {
    "rounds weights": lambda net, x: net.op("Mul", x, net.random(1)),
    "rounds some": lambda net, x: net.op(
        "Div", x, net.constant(np.array([2, 4, 3, 1, 1, 1], np.float32)[:, None, None])
    ),
    "divides by zero": lambda net, x: net.op("Div", x, net.constant(np.zeros(1, np.float32))),
    "read twice": lambda net, x: net.op("Add", net.op("Mul", x, _powers(net, 1)), x),
    "along rows": lambda net, x: net.op("Mul", x, _powers(net, 6)),
    "another channel count": lambda net, x: net.op("Mul", net.op("Slice", x, *_half(net)), _powers(net, 6, 1, 1)),
    "divides a constant": lambda net, x: net.op("Div", net.random(1), x),
}


def _half(net: Net) -> tuple[str, ...]:
    return tuple(net.constant(np.array([value], np.int64)) for value in (0, 1, 1))


@pytest.mark.parametrize("chain", KEPT)
def test_anything_else_stays(chain: str) -> None:
    net = Net()
    model = net.model({"image": IMAGE.shape}, [KEPT[chain](net, _convolution(net, "Conv", 1))])
    assert len(translate(model, "c99").program.calls) > 1
