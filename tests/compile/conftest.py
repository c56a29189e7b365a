"""What the compiler's tests share: a cache of libraries that starts empty, and C compilation with every warning on."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # networks.py and strict.py, which the tests import
collect_ignore_glob = [] if importlib.util.find_spec("onnx") else ["test_*.py"]


@pytest.fixture(scope="module", autouse=True)
def fresh_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
