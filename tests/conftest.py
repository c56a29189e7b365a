"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("thenar", deadline=None, max_examples=60)
settings.load_profile("thenar")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that came from elsewhere: beside the checkout or in $THENAR_SHARED; skips where absent."""
    folder = Path(os.environ.get("THENAR_SHARED", ROOT / ".." / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no outside data at {folder}")
    return folder
