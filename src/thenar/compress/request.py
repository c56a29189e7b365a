"""What a compression is asked to do, and the recipe that says it again."""

from __future__ import annotations

import dataclasses
import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from thenar import __version__
from thenar.compress.budget import Budget
from thenar.compress.lessons import Lessons
from thenar.compress.reference import Reference
from thenar.compress.space import Pruning
from thenar.errors import ThenarError

FIXED = ("model", "data", "teacher", "budget", "options", "pruning", "lessons")
"""Tables of the recipe that a resumed run must repeat."""


@dataclass(frozen=True)
class Options:
    """How much work goes into it.

    train_first: steps that the original is trained for before anything else; 0 takes it as it is. trials: networks that
    the search tries, `short_steps` of training each; `finalists` of them are trained for `steps`. runtime: in which
    latency is measured; target: for which memory is planned. multiple: channels are kept in multiples of it.
    weight_bits: 4 stores large weights in half the bytes; networks are trained for it.
    """

    train_first: int = 0
    trials: int = 12
    short_steps: int = 150
    steps: int = 1000
    finalists: int = 2
    batch: int = 64
    learning_rate: float = 2e-3
    seed: int = 0
    runtime: str = "auto"
    target: str = "host"
    multiple: int = 16
    weight_bits: Literal[4, 8] = 8

    def __post_init__(self) -> None:
        for name in ("trials", "short_steps", "steps", "finalists", "batch", "multiple"):
            if getattr(self, name) < 1:
                raise ThenarError(f"{name} = {getattr(self, name)}", where="compress", fix="give 1 or more")
        if self.train_first < 0 or self.seed < 0 or not self.learning_rate > 0:
            raise ThenarError("a negative number", where="compress", fix="give 0 or more, and a rate above 0")
        if self.weight_bits not in (4, 8):
            raise ThenarError(f"weight_bits = {self.weight_bits}", where="compress", fix="give 4 or 8")


@dataclass(frozen=True)
class Request:
    """model, data: the factories. weights: safetensors of the original, else it is as its factory builds it. teacher:
    learned from instead of the original, with `teacher_weights`. lessons: what is learned; None suits the task.
    """

    model: Reference
    data: Reference
    budget: Budget
    options: Options = field(default_factory=Options)
    pruning: Pruning = field(default_factory=Pruning)
    lessons: Lessons | None = None
    weights: Path | None = None
    teacher: Reference | None = None
    teacher_weights: Path | None = None


def recipe(request: Request) -> dict[str, Any]:
    """The request as plain values, the hashes of the weights it starts from, and the versions of the tools."""
    tools = {name: version(name) for name in ("torch", "torch-pruning", "optuna", "nncf", "openvino", "numpy")}
    teacher = _factory(request.teacher, request.teacher_weights) if request.teacher else {}
    return {
        "kind": "compress",
        "model": _factory(request.model, request.weights),
        "data": _factory(request.data, None),
        "teacher": teacher,
        "budget": dataclasses.asdict(request.budget),
        "options": dataclasses.asdict(request.options),
        "pruning": dataclasses.asdict(request.pruning),
        "lessons": {} if request.lessons is None else dataclasses.asdict(request.lessons),
        "versions": {"python": platform.python_version(), "thenar": __version__, **tools},
    }


def from_recipe(values: Mapping[str, Any]) -> Request:
    """The request that a recipe says again.

    Raises:
        ThenarError: it is no recipe of a compression, or the weights it started from are gone or others now.
    """
    try:
        weights = [_weights(values[name]) for name in ("model", "teacher")]
        return Request(
            model=_reference(values["model"]),
            data=_reference(values["data"]),
            budget=Budget(**values["budget"]),
            options=Options(**values["options"]),
            pruning=Pruning(**{**values["pruning"], "importances": tuple(values["pruning"]["importances"])}),
            lessons=Lessons(**values["lessons"]) if values["lessons"] else None,
            weights=weights[0],
            teacher=_reference(values["teacher"]) if values["teacher"] else None,
            teacher_weights=weights[1],
        )
    except (KeyError, TypeError) as error:
        raise ThenarError(f"is none of a compression ({error})", where="recipe", fix="give another file") from error


def _factory(reference: Reference, weights: Path | None) -> dict[str, Any]:
    said: dict[str, Any] = {"factory": reference.name, "arguments": dict(reference.arguments)}
    if weights is not None:
        if not weights.is_file():
            raise ThenarError("no such file", where=weights, fix="give a .safetensors file")
        said |= {"weights": str(weights), "sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    return said


def _reference(said: Mapping[str, Any]) -> Reference:
    return Reference(said["factory"], said.get("arguments", {}))


def _weights(said: Mapping[str, Any]) -> Path | None:
    if "weights" not in said:
        return None
    path = Path(said["weights"])
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != said["sha256"]:
        raise ThenarError("is not the file that the recipe started from", where=path, fix="bring that file back")
    return path
