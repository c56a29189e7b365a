from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from thenar.data.line_file import LineWriter, read_lines
from thenar.errors import ThenarError


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """The kernel refuses to let a file grow beyond `size` bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_lines_are_readable_while_the_file_is_open(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with LineWriter(path) as lines:
        lines.write("one")
        assert list(read_lines(path)) == [(1, b"one", True)]
        lines.write("zwei ü")
        assert [line for _, line, _ in read_lines(path)] == [b"one", "zwei ü".encode()]


def test_a_full_disk_is_one_line_and_loses_no_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with LineWriter(path) as lines:
        with files_end_at(1000), pytest.raises(ThenarError, match=f"{path}: cannot write: .*free some space"):
            for _ in range(100):
                lines.write("x" * 98)
        assert path.read_bytes() == (b"x" * 98 + b"\n") * 10
        lines.write("after space was made")
    assert [whole for _, _, whole in read_lines(path)] == [True] * 11


def test_the_kernels_own_full_device() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with LineWriter(Path("/dev/full")) as lines, pytest.raises(ThenarError, match="No space left"):
        lines.write("x")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match="nowhere"):
        LineWriter(tmp_path / "nowhere" / "lines")
    with pytest.raises(ThenarError, match="lines"):
        list(read_lines(tmp_path / "lines"))
