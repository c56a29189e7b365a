from __future__ import annotations

import pytest

from thenar.live import estimate


@pytest.fixture
def unturned(monkeypatch):
    """No crop is turned: the notched ball, unlike a hand, is its own mirror image when it is turned."""
    monkeypatch.setattr(estimate, "QUARTERS", (0, 0, 0, 0))
