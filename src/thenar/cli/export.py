"""`thenar export`: a trained network becomes a model file that CPUs run."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from thenar import __version__
from thenar.atomic import write_bytes, write_text
from thenar.cli.exportable import Exportable, Feed, exportable, rendered_crops
from thenar.errors import ThenarError
from thenar.extras import require
from thenar.run import read_model

TOOLS = ("torch", "onnx", "nncf", "openvino", "numpy")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("export")(export)


def export(
    model: Annotated[
        Path, typer.Argument(help="A training run's folder, a saved network, or a float32 .onnx file to quantize.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for model.onnx and recipe.toml.")],
    int8: Annotated[bool, typer.Option("--int8/--no-int8", help="Quantize to int8 as well.")] = True,
    calibration: Annotated[int, typer.Option(min=1, max=5000, help="Inputs to calibrate the int8 model on.")] = 300,
    calibration_data: Annotated[
        Path | None, typer.Option(help="An .npz of inputs by name, (N, ...) each; without it, they are rendered.")
    ] = None,
    reduce_range: Annotated[
        bool, typer.Option("--reduce-range", help="7-bit weights, for CPUs without an int8 dot product.")
    ] = False,
    float_residuals: Annotated[
        bool,
        typer.Option("--float-residuals", help="Runtimes agree more closely; ONNX Runtime gets slower."),
    ] = False,
    ranges: Annotated[
        Literal["mean", "widest"],
        typer.Option(help="8 bits span the mean of each activation's extremes, or the widest."),
    ] = "mean",
    compact: Annotated[
        bool, typer.Option("--compact", help="Short names inside the int8 file, for the smallest networks.")
    ] = False,
    weight_bits: Annotated[
        Literal["4", "8"],
        typer.Option(help="Bits of large weights in the int8 file; 4 for networks trained with --weight-bits 4."),
    ] = "8",
    seed: Annotated[int, typer.Option(min=0, help="Of the rendered calibration inputs.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a network as ONNX and quantize it to int8.

    thenar export runs/student -o out/student

    OUT/model.float32.onnx is the network with its decoding; OUT/model.onnx is the same in int8, for OpenVINO and ONNX
    Runtime; OUT/recipe.toml says what they came from.
    """
    require("train", "onnx", *(["nncf"] if int8 else []))
    from thenar.export import QuantizeOptions, quantize

    float32, recipe, rendered = _float32(model)
    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / "model.float32.onnx", float32)
    files = {"float32": out / "model.float32.onnx"}
    if int8:
        options = QuantizeOptions(
            samples=calibration,
            reduce_range=reduce_range,
            residual="float" if float_residuals else "int8",
            ranges=ranges,
            compact=compact,
            weight_bits=4 if weight_bits == "4" else 8,
        )
        feeds = _recorded(calibration_data) if calibration_data else rendered(calibration, seed)
        quantized = quantize(float32, feeds, options)
        write_bytes(out / "model.onnx", quantized)
        files["int8"] = out / "model.onnx"
        recipe["quantize"] = {
            "samples": calibration,
            "calibration": str(calibration_data.name) if calibration_data else f"rendered, seed {seed}",
            "reduce_range": reduce_range,
            "residual": options.residual,
            "bias_correction": options.bias_correction,
            "ranges": ranges,
            "compact": compact,
            "weight_bits": options.weight_bits,
        }
    written = {kind: _described(path) for kind, path in files.items()}
    recipe["files"] = {kind: entry["sha256"] for kind, entry in written.items()}
    _write_recipe(out / "recipe.toml", recipe)
    if as_json:
        typer.echo(json.dumps({"out": str(out), "files": written}))
    else:
        for kind, entry in written.items():
            typer.echo(f"{kind:<8} {entry['path']}  {entry['bytes'] / 1e6:.2f} MB")


def _float32(model: Path) -> tuple[bytes, dict[str, Any], Callable[[int, int], Iterator[Feed]]]:
    """The float32 ONNX of a run's folder, a saved network or an ONNX file, the recipe so far, and what to render."""
    if model.suffix == ".onnx":
        data = read_model(model).data
        return data, {"export": _tools() | {"parent_sha256": hashlib.sha256(data).hexdigest()}}, rendered_crops
    stem = model / "model" if model.is_dir() else model.with_suffix("") if model.suffix in _SAVED else model
    recipe = _read_recipe(stem.with_name("recipe.toml")) | _done(stem.with_name("log.jsonl"))
    if "data" in recipe:
        recipe["data_sha256"] = hashlib.sha256(json.dumps(recipe["data"], sort_keys=True).encode()).hexdigest()
    weights = stem.with_name(stem.name + ".safetensors")
    network = exportable(stem)
    parent = hashlib.sha256(weights.read_bytes()).hexdigest()
    recipe["export"] = _tools() | {"parent_sha256": parent}
    data = _exported(network, {"thenar.version": __version__, "thenar.parent_sha256": parent})
    return data, recipe, network.feeds


_SAVED = (".toml", ".safetensors")


def _exported(network: Exportable, metadata: Mapping[str, str]) -> bytes:
    import torch

    from thenar.export import to_onnx

    return to_onnx(network.module, {network.input: torch.zeros(network.shape)}, network.outputs, metadata=metadata)


def _recorded(path: Path) -> Iterator[Feed]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise ThenarError(f"not an .npz of arrays: {error}", where=path, fix="write it with numpy.savez") from error
    for index in range(min((len(array) for array in arrays.values()), default=0)):
        yield {name: array[index : index + 1] for name, array in arrays.items()}


def _tools() -> dict[str, Any]:
    return {"thenar": __version__, **{name: version(name) for name in TOOLS}}


def _described(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"path": str(path), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _read_recipe(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThenarError(f"not TOML: {error}", where=path, fix="move it away or repair it") from error


def _done(log: Path) -> dict[str, Any]:
    """How far the run of this log came: a run may be exported before, or stopped short of, its last step."""
    if not log.is_file():
        return {}
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return {"trained": {"steps": max((line["step"] for line in lines), default=0)}}


def _write_recipe(path: Path, recipe: Mapping[str, Any]) -> None:
    from thenar.toml import dumps

    write_text(path, dumps(recipe))
