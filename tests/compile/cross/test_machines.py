"""What a library computes doesn't depend on the machine that it is compiled for."""

from __future__ import annotations

import numpy as np
import pytest
from aarch64 import NEON
from networks import quantized, student
from strict import STRICT

from thenar.compile import translate

pytestmark = [pytest.mark.native, pytest.mark.cross, pytest.mark.runtime]


def test_the_reference_gives_one_answer_everywhere() -> None:
    pytest.importorskip("onnxruntime")
    library = translate(quantized(student(), shape=(1, 1, 32, 32)), STRICT, name="student")
    images = np.random.default_rng(0).standard_normal((3, 1, 1, 32, 32)).astype(np.float32)
    got = NEON.run(library, {"image": images})
    for name, want in library.native().run_many({"image": images}).items():
        np.testing.assert_array_equal(got[name], want)
