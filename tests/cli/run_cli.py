"""`thenar ARGS`, in this process and in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from thenar.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Outcome:
    """Run the command in this process."""
    monkeypatch.setattr(sys, "argv", ["thenar", *map(str, arguments)])
    capsys.readouterr()
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    captured = capsys.readouterr()
    return Outcome(code, captured.out, captured.err)


def apart(*arguments: object, before: str = "", cwd: Path | None = None) -> Outcome:
    """Run the command in a process of its own, after the Python code `before`."""
    code = f"{before}\nfrom thenar.cli.main import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, timeout=300, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)
