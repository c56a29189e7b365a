"""The data sets by name: camera, joint convention and reader of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thenar.data.datasets import hands17, icvl, msra15, nyu
from thenar.data.frame import BadFrame, Frame
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.conventions import HANDS17, ICVL16, MSRA15, NYU14, Convention


@dataclass(frozen=True)
class DataSet:
    """What is known of a published data set. `read` goes through a folder of it, frame by frame."""

    name: str
    camera: Camera
    convention: Convention
    read: Callable[[Path], Iterator[Frame | BadFrame]]


@dataclass(frozen=True)
class OpenDataSet:
    """A data set in a folder; iterating reads it from the start."""

    path: Path
    about: DataSet

    def __iter__(self) -> Iterator[Frame | BadFrame]:
        return self.about.read(self.path)


DATASETS: Final[dict[str, DataSet]] = {
    about.name: about
    for about in (
        DataSet("nyu", nyu.CAMERA, NYU14, nyu.read),
        DataSet("icvl", icvl.CAMERA, ICVL16, icvl.read),
        DataSet("msra15", msra15.CAMERA, MSRA15, msra15.read),
        DataSet("hands17", hands17.CAMERA, HANDS17, hands17.read),
    )
}


def find_dataset(name: str) -> DataSet:
    """The data set of that name.

    Raises:
        ThenarError: there is none.
    """
    if name not in DATASETS:
        raise ThenarError(f"no data set is called {name!r}", fix=f"choose one of {', '.join(DATASETS)}")
    return DATASETS[name]


def open_dataset(path: Path, name: str) -> OpenDataSet:
    """The data set `name` in the folder `path`; what the folder must hold, each reader's module says.

    Raises:
        ThenarError: no such data set or folder. Iterating raises it where labels are missing or wrong.
    """
    about = find_dataset(name)
    if not path.is_dir():
        raise ThenarError("no such folder", where=path, fix=f"give the folder that holds {name}")
    return OpenDataSet(path, about)
