from __future__ import annotations

from pathlib import Path

import pytest

from thenar.data.datasets import DATASETS, open_dataset
from thenar.errors import ThenarError
from thenar.hand.conventions import CONVENTIONS


def test_every_data_set_has_its_own_convention() -> None:
    assert {name: about.convention for name, about in DATASETS.items()} == {
        name: CONVENTIONS[name] for name in ("nyu", "icvl", "msra15", "hands17")
    }


def test_an_unknown_name_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match="no data set is called 'nyuu'; choose one of nyu, icvl, msra15, hands17"):
        open_dataset(tmp_path, "nyuu")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match=r"none: no such folder"):
        open_dataset(tmp_path / "none", "nyu")
