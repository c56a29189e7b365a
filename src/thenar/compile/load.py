"""An ONNX model from a path, bytes or a ModelProto, its external weights included."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from thenar.compile.evaluate import MAX_BYTES, first_line
from thenar.errors import MissingExtra, ThenarError


@dataclass(frozen=True)
class Source:
    """A parsed model, what errors call it, and the SHA-256 of what it came from."""

    proto: Any
    where: str
    digest: str

    @classmethod
    def load(cls, model: Any) -> Self:
        """From a path, the bytes of an ONNX file, or a ModelProto.

        Raises:
            ThenarError: not a file, not ONNX, larger than 2 GB, or its external data isn't there.
        """
        try:
            import onnx
            from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
        except ImportError as error:
            raise MissingExtra("onnx", "compile") from error
        if isinstance(model, onnx.ModelProto):
            where = model.graph.name or "model"
            _load_external(model, None, where)
            return cls(model, where, _digest(model))
        where, folder = "model", None
        if not isinstance(model, bytes):
            path = Path(model)
            where, folder = str(path), path.parent
            try:
                if not path.is_file() and path.exists():
                    raise ThenarError("is not a file", where=path, fix="name an ONNX file")
                if path.stat().st_size > MAX_BYTES:
                    raise ThenarError("the file is larger than 2 GB", where=path, fix="compile a smaller model")
                model = path.read_bytes()
            except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
                raise ThenarError(
                    f"cannot read: {getattr(error, 'strerror', error)}", where=path, fix="name an ONNX file"
                ) from error
        proto = onnx.ModelProto()
        try:
            proto.ParseFromString(model)
        except DecodeError as error:
            raise ThenarError("not an ONNX file, or truncated", where=where, fix="export it again") from error
        if not proto.HasField("graph") or not proto.opset_import:
            raise ThenarError("holds no ONNX graph", where=where, fix="export it again")
        _load_external(proto, folder, where)
        return cls(proto, where, _digest(proto) if folder and _external(proto) else hashlib.sha256(model).hexdigest())


def _digest(proto: Any) -> str:
    return hashlib.sha256(proto.SerializeToString(deterministic=True)).hexdigest()


def _tensors(proto: Any) -> Iterator[Any]:
    """Weights, and the values of attributes."""
    yield from proto.graph.initializer
    for node in proto.graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors) if attribute.HasField("t") else attribute.tensors


def _external(proto: Any) -> list[Any]:
    return [tensor for tensor in _tensors(proto) if tensor.external_data]


def _load_external(proto: Any, folder: Path | None, where: str) -> None:
    """Weights that the model keeps in files beside it; never anything outside its folder."""
    from onnx import external_data_helper

    for tensor in _tensors(proto):
        if tensor.data_location != tensor.EXTERNAL:
            continue
        location = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
        if folder is None:
            raise ThenarError(f"weights {tensor.name!r} are in {location!r}", where=where, fix="compile from the path")
        _check_location(folder, location, f"weights {tensor.name!r}", where)
        try:
            external_data_helper.load_external_data_for_tensor(tensor, str(folder))
        except Exception as error:  # onnx raises ValueError, OSError and its own checker error
            raise ThenarError(
                f"weights {tensor.name!r} can't be read from {location!r}: {first_line(error)}",
                where=where,
                fix="export the model again",
            ) from error
        tensor.data_location = tensor.DEFAULT


def _check_location(folder: Path, location: str, what: str, where: str) -> None:
    """External data are a file of at most 2 GB in the model's folder, links followed."""
    try:
        path = (folder / location).resolve()
        inside, size = path.is_relative_to(folder.resolve()), path.stat().st_size if path.is_file() else -1
    except (OSError, ValueError) as error:
        raise ThenarError(f"{what} are in {location!r}: {error}", where=where, fix="export it again") from error
    if not inside:
        raise ThenarError(
            f"{what} point outside the model's folder: {location!r}",
            where=where,
            fix="keep external data beside the model",
        )
    if size < 0:
        raise ThenarError(f"{what} are missing: {location!r}", where=where, fix="copy the file beside the model")
    if size > MAX_BYTES:
        raise ThenarError(f"{what} are in {location!r} of {size} bytes", where=where, fix="keep it below 2 GB")
