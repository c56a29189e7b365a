"""The compiled library as a runtime: the same answers as ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from models import SHAPE, arithmetic

import thenar.run
from thenar.errors import ThenarError

pytestmark = [pytest.mark.native, pytest.mark.runtime]


def test_same_answers_as_onnx_runtime() -> None:
    rng = np.random.default_rng(3)
    feed = {name: rng.normal(size=(5, *SHAPE[1:])).astype(np.float32) for name in "ab"}
    with (
        thenar.run.open(arithmetic(), "native", hint="throughput") as ours,
        thenar.run.open(arithmetic(), "onnxruntime") as theirs,
    ):
        assert (ours.inputs, ours.outputs) == (theirs.inputs, theirs.outputs)
        for name, array in theirs.run_many(feed).items():
            np.testing.assert_allclose(ours.run_many(feed)[name], array, rtol=1e-5, atol=1e-6)
        one = {name: array[:1] for name, array in feed.items()}
        for name, array in theirs.run(one).items():
            np.testing.assert_allclose(ours.run(one)[name], array, rtol=1e-5, atol=1e-6)
    with pytest.raises(ThenarError, match="closed"):
        ours.run(one)
