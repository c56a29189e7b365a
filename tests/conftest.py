"""What all tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Small tensors on few cores: threads that spin for each other cost more than they give. Set before PyTorch is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("thenar", deadline=None, max_examples=60)
settings.load_profile("thenar")

TESTS = Path(__file__).parent
ROOT = TESTS.parent

# A module beside the tests that share it (an oracle, a stand-in) is imported by its own name.
sys.path += [str(folder) for folder in sorted({path.parent for path in TESTS.rglob("test_*.py")})]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that came from elsewhere: beside the checkout or in $THENAR_SHARED; skips where absent."""
    folder = Path(os.environ.get("THENAR_SHARED", ROOT / ".." / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no outside data at {folder}")
    return folder


@pytest.fixture(scope="session")
def hand_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX hand model that sees all joints in the middle of every crop, however turned, sure of itself by 0.9."""
    from onnx import TensorProto, helper, numpy_helper

    uvd = np.zeros((1, 21, 3), np.float32)
    for finger in range(5):
        for bone in range(4):
            uvd[0, 1 + 4 * finger + bone] = 0, 0, 0.02 * bone
    constants = {
        "open_hand": uvd,
        "sure": np.full((1, 21), 0.9, np.float32),
        "zero": np.zeros(1, np.float32),
    }
    nodes = [
        helper.make_node("ReduceMean", ["depth"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["open_hand", "nothing"], ["uvd"]),
        helper.make_node("Add", ["sure", "nothing"], ["confidence"]),
    ]
    shapes = {"depth": [1, 1, 128, 128], "uvd": [1, 21, 3], "confidence": [1, 21]}
    values = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()}
    initializers = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(
        nodes, "open_hand", [values["depth"]], [values["uvd"], values["confidence"]], initializers
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path_factory.mktemp("models") / "open_hand.onnx"
    path.write_bytes(model.SerializeToString())
    return path
