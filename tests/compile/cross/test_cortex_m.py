"""Quantized layers on Cortex-M7 and Cortex-M55, under qemu, give the reference's answer bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import BOARDS, Board, needs_programs, run
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layers import Layer, layers, model_of

from thenar.compile import translate
from thenar.compile.targets import REFERENCE, Target

pytestmark = [pytest.mark.cross, pytest.mark.native]

PLAIN = Target("c99", ("-O1",), (REFERENCE,))


def random_feeds(inputs: Any) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    limits = {tensor.name: np.iinfo(tensor.dtype) for tensor in inputs}
    return {t.name: rng.integers(limits[t.name].min, limits[t.name].max + 1, t.shape).astype(t.dtype) for t in inputs}


def assert_identical(model: Any, board: Board, folder: Path) -> None:
    want, library = translate(model, PLAIN, name="want").native(), translate(model, board.target, name="got")
    feeds = random_feeds(want.inputs)
    results = run(library, board, feeds, folder)
    for name, value in want.run(feeds).items():
        np.testing.assert_array_equal(results[name], value, err_msg=name)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.machine)
@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(given=st.lists(layers(), min_size=20, max_size=20))
def test_random_layers(board: Board, given: list[Layer], tmp_path_factory: pytest.TempPathFactory) -> None:
    needs_programs()
    assert_identical(model_of(*given), board, tmp_path_factory.mktemp("layers"))
