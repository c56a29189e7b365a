"""Networks built like those of products compile as PyTorch exports them, and give what ONNX Runtime gives."""

from __future__ import annotations

import platform
import warnings
from typing import Any

import numpy as np
import pytest
from strict import STRICT, STRICT_X86_64

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")
import architectures as nets  # noqa: E402

from thenar.compile import compile, translate  # noqa: E402
from thenar.errors import ThenarError  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.runtime, pytest.mark.native]

TARGETS = [STRICT, *([STRICT_X86_64] if platform.machine() in ("x86_64", "AMD64") else [])]

# network, the shape it is traced with, the shape it is compiled for, operator set
CASES = [
    (nets.MobileNet, (1, 3, 32, 32), (1, 3, 33, 47), 11),
    (nets.MobileNet, (1, 3, 32, 32), (2, 3, 32, 32), 17),
    (nets.Yolo, (1, 3, 32, 32), (1, 3, 64, 32), 13),
    (nets.Yolo, (1, 3, 32, 32), (1, 3, 32, 48), 18),
    (nets.UNet, (1, 1, 24, 24), (1, 1, 27, 21), 16),
    (nets.TextDetector, (1, 3, 32, 32), (1, 3, 48, 64), 12),
    (nets.TextRecognizer, (1, 3, 16, 32), (1, 3, 16, 56), 11),
    (nets.TextRecognizer, (1, 3, 16, 32), (1, 3, 16, 40), 17),
]


def export(module: Any, traced: tuple[int, ...], opset: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nets.exported(module, traced, opset)


@pytest.mark.parametrize(
    ("module", "traced", "shape", "opset"), CASES, ids=[f"{case[0].__name__}-{case[3]}" for case in CASES]
)
def test_it_compiles_as_exported(module: Any, traced: tuple[int, ...], shape: tuple[int, ...], opset: int) -> None:
    model = export(module, traced, opset)
    image = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"image": image})
    for target in TARGETS:
        (got,) = compile(model, target, {"image": shape}).run({"image": image}).values()
        assert got.shape == expected.shape
        assert np.abs(got - expected).max() <= 1e-4 * np.abs(expected).max(), target.name


def test_a_recurrent_recognizer_is_refused_by_name() -> None:
    class Crnn(torch.nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.lstm = nets.conv(3, 8, stride=2), torch.nn.LSTM(8, 4, bidirectional=True)

        def forward(self, image: Any) -> Any:
            return self.lstm(self.conv(image).mean(2).permute(2, 0, 1))[0]

    with pytest.raises(ThenarError, match=r"LSTM: recurrent networks are outside its list; leave it .* --outputs "):
        translate(export(Crnn, (1, 3, 8, 32), 13), "c99", {"image": (1, 3, 8, 32)})
