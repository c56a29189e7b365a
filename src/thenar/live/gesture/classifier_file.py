"""A classifier on disk: one JSON file, read as data and never run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from thenar.atomic import write_text
from thenar.errors import ThenarError
from thenar.live.gesture.classifier import Classifier
from thenar.live.gesture.features import FEATURES

MAX_BYTES: Final = 8 << 20
MAX_SIGNS: Final = 1000

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]
Row = Annotated[list[Number], Field(min_length=FEATURES, max_length=FEATURES)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w .-]+$")]


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["thenar gestures"]
    version: Literal[1]
    names: Annotated[list[Name], Field(min_length=2, max_length=MAX_SIGNS)]
    means: list[Row]
    whitening: Annotated[list[Row], Field(min_length=FEATURES, max_length=FEATURES)]
    limit: Annotated[float, Field(gt=0, allow_inf_nan=False)]


def write_classifier(path: Path, classifier: Classifier) -> None:
    """Write it, whole or not at all.

    Raises:
        ThenarError: the file can't be written, or a name is none that a file may hold.
    """
    try:
        stored = _Stored(
            kind="thenar gestures",
            version=1,
            names=list(classifier.names),
            means=np.round(classifier.means, 6).tolist(),
            whitening=np.round(classifier.whitening, 6).tolist(),
            limit=classifier.limit,
        )
    except ValidationError as error:
        raise ThenarError(f"cannot be stored: {_first(error)}", where=path, fix="name signs plainly") from None
    write_text(path, stored.model_dump_json() + "\n")


def read_classifier(path: Path) -> Classifier:
    """A file that `write_classifier` wrote.

    Raises:
        ThenarError: no such file, or none of these.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ThenarError(f"cannot read: {error.strerror or error}", where=path, fix="check the path") from None
    try:
        stored = _Stored.model_validate_json(data[: MAX_BYTES + 1])
    except ValidationError as error:
        fix = "train it again: thenar gesture train"
        raise ThenarError(f"is no file of gestures: {_first(error)}", where=path, fix=fix) from None
    if len(stored.means) != len(stored.names) or len(set(stored.names)) != len(stored.names):
        raise ThenarError("names and means don't belong together", where=path, fix="train it again")
    return Classifier(tuple(stored.names), np.array(stored.means), np.array(stored.whitening), stored.limit)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return " ".join((".".join(str(part) for part in first["loc"][:2]), first["msg"])).strip()
