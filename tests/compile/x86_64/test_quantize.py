"""Quantization gives the reference's bytes at every level of instructions, at ties and beyond every limit too."""

from __future__ import annotations

import numpy as np
import pytest
from layers import KINDS, Model
from onnx import TensorProto, helper
from test_qconv import LEVELS, PLAIN, at_level

from thenar.compile import translate

pytestmark = pytest.mark.native

SCALES = (0.0078125, 0.02, 0.0391, 1 / 3, 7.7)
LENGTH = 1037


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
def test_bytes_are_the_reference_s(level: int) -> None:
    model, feeds = Model(), {}
    for scale in SCALES:
        for kind, zero in (("uint8", 0), ("uint8", 131), ("int8", -7)):
            name = f"x{len(model.inputs)}"
            model.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [LENGTH]))
            model.output(model.quantize(name, scale, kind, zero), KINDS[kind])
            x = ((np.arange(LENGTH) - LENGTH // 2) / 2 * scale).astype(np.float32)
            x[:6] = np.nan, np.inf, -np.inf, 3e38, -3e38, -0.0
            x[6::3] = np.nextafter(x[6::3], np.float32(np.inf))
            x[7::3] = np.nextafter(x[7::3], np.float32(-np.inf))
            feeds[name] = x
    built = model.build()
    library = translate(built, at_level(level), name="got")
    assert all(call.header == "x86_64/quantize" for call in library.program.calls)
    results = library.native().run(feeds)
    for name, value in translate(built, PLAIN, name="want").native().run(feeds).items():
        np.testing.assert_array_equal(results[name], value, err_msg=name)
