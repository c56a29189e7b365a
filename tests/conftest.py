"""What tests of several rooms need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of outside data beside the checkout; a test that needs it skips where it is not there."""
    beside = Path(__file__).parents[1] / "../shared/data"
    folder = beside if beside.is_dir() else Path(os.environ.get("THENAR_SHARED", "nowhere")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no outside data at {beside.resolve()} nor under THENAR_SHARED")
    return folder
