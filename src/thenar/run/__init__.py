"""One session, many runtimes.

with thenar.run.open("model.onnx") as session:
    joints = session.run({"depth": crop})["uvd"]
"""

from __future__ import annotations

from thenar.run.model import read_model
from thenar.run.session import RUNTIMES, Hint, Session, default_runtime, open
from thenar.run.tensors import TensorSpec

__all__ = ["RUNTIMES", "Hint", "Session", "TensorSpec", "default_runtime", "open", "read_model"]
