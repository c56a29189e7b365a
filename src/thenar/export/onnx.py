"""A PyTorch module becomes one plain ONNX file: static shapes, batch norm folded, the same bytes every time."""

from __future__ import annotations

import copy
import hashlib
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thenar.errors import MissingExtra, ThenarError
from thenar.export.constants import fold_constants
from thenar.export.fold import fold_batch_norm, resolve_aliases

if TYPE_CHECKING:
    import torch

OLDEST_OPSET = 17
HASH_KEY = "thenar.graph_sha256"


def to_onnx(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Sequence[str],
    *,
    opset: int = OLDEST_OPSET,
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """`module` in evaluation mode, on the CPU, as a serialized ONNX model; `module` itself is left alone.

    inputs: name -> example tensor, in the order of `forward`; their shapes become the model's, batch included.
    outputs: one name for each tensor that `forward` returns. metadata: written as the model's `metadata_props`, beside
    the SHA-256 of the graph.

    PyTorch has two exporters. This uses the TorchScript one: it needs no further package (the newer one needs
    `onnxscript`), keeps parameter names, and turns convolutional networks into the fewest operators.

    Raises:
        ThenarError: an older opset than 17, or a module that does not trace into standard operators.
        MissingExtra: PyTorch or ONNX is not installed.
    """
    try:
        import onnx
        import torch
    except ImportError as error:
        raise MissingExtra(error.name or "onnx", "train") from error
    if opset < OLDEST_OPSET:
        raise ThenarError(f"ONNX opset {opset} is too old", fix=f"use {OLDEST_OPSET} or newer")
    evaluated = copy.deepcopy(module).eval().cpu()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its own deprecation
        path = Path(folder) / "model.onnx"
        try:
            torch.onnx.export(
                evaluated,
                tuple(tensor.detach().cpu() for tensor in inputs.values()),
                path,
                input_names=list(inputs),
                output_names=list(outputs),
                opset_version=opset,
                dynamo=False,
                # Keeps batch norm and the parameters' names; `fold_batch_norm` folds it, also after a ConvTranspose,
                # which the exporter would not.
                training=torch.onnx.TrainingMode.PRESERVE,
            )
        except Exception as error:
            raise ThenarError(f"cannot export to ONNX: {_first_line(error)}", where=type(module).__name__) from error
        model = onnx.load(path)
    resolve_aliases(model)
    fold_batch_norm(model)
    fold_constants(model)
    return finish(model, metadata)


def finish(model: Any, metadata: Mapping[str, str] | None = None) -> bytes:
    """`model` checked, stamped with the hash of its graph and `metadata`, and serialized the same way every time.

    Raises:
        ThenarError: a model that breaks the ONNX standard or has a dynamic shape.
    """
    import onnx

    for value in (*model.graph.input, *model.graph.output):
        if not all(dimension.HasField("dim_value") for dimension in value.type.tensor_type.shape.dim):
            raise ThenarError(f"{value.name} has a dynamic shape", fix="export with a fixed batch and size")
    properties = {entry.key: entry.value for entry in model.metadata_props}
    properties.update(metadata or {})
    properties[HASH_KEY] = hashlib.sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, dict(sorted(properties.items())))
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        raise ThenarError(f"the exported model breaks the ONNX standard: {_first_line(error)}") from error
    return bytes(model.SerializeToString(deterministic=True))


def metadata_of(model: bytes) -> dict[str, str]:
    """The `metadata_props` of a serialized ONNX model."""
    import onnx

    return {entry.key: entry.value for entry in onnx.load_from_string(model).metadata_props}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
