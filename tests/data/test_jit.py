from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from numba import config

from thenar.data import jit


def test_compiled_code_is_kept_apart_for_every_state_of_the_sources(tmp_path):
    sources = tmp_path / "sources"
    (sources / "below").mkdir(parents=True)
    (sources / "a.py").write_text("A = 1\n")
    (sources / "below" / "b.py").write_text("B = 1\n")
    first = jit.cache_folder(sources, tmp_path)
    assert first.parent == tmp_path and jit.cache_folder(sources, tmp_path) == first
    (sources / "below" / "b.py").write_text("B = 2\n")
    assert jit.cache_folder(sources, tmp_path) != first
    (sources / "below" / "b.py").write_text("B = 1\n")
    assert jit.cache_folder(sources, tmp_path) == first


def test_the_cache_goes_where_numba_was_told(tmp_path):
    code = "from thenar.data.limits import clamp; import numpy as np; clamp(np.zeros((21, 3), np.float32))"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)})
    (folder,) = tmp_path.iterdir()
    assert folder.name == jit._CACHE.name and list(folder.rglob("*.nbi"))


def test_other_peoples_cache_stays_where_it_was():
    assert os.environ.get("NUMBA_CACHE_DIR", "") == config.CACHE_DIR and Path(jit._CACHE).parent != Path()
