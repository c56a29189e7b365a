"""A figure in README or docs is the one in bench/results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_pages_show_what_was_measured():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/make_docs.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
