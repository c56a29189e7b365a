"""The C compiler: source to a shared library, kept in the user's cache so that the same source is compiled once, or to
a program for another machine."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from thenar.errors import ThenarError

TIMEOUT_S = 600.0
_ALWAYS = ("-std=c99", "-ffp-contract=off")
_SHARED = ("-shared", "-fPIC", "-fvisibility=default")


def cache_folder() -> Path:
    """Where compiled libraries are kept: $XDG_CACHE_HOME/thenar, or ~/.cache/thenar."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(chosen or Path.home() / ".cache") / "thenar"
    except RuntimeError as error:
        raise ThenarError("there is no home folder for compiled libraries", fix="set XDG_CACHE_HOME") from error


@functools.cache
def compiler() -> tuple[str, ...]:
    """The command of the C compiler: $CC, else the first of cc, gcc and clang on the path.

    Raises:
        ThenarError: there is none.
    """
    try:
        wanted = shlex.split(os.environ.get("CC", ""))
    except ValueError as error:
        raise ThenarError(f"CC is {os.environ['CC']!r}: {error}", fix="set it to a C compiler's command") from error
    for command in [wanted] if wanted else [["cc"], ["gcc"], ["clang"]]:
        if path := shutil.which(command[0]):
            return (path, *command[1:])
    raise ThenarError(
        f"no C compiler{f' {wanted[0]!r}' if wanted else ''} on the path", fix="install gcc or clang, or set CC"
    )


@functools.cache
def fingerprint() -> str:
    """The compiler's version and the CPU's model: a library is only reused where both are the same."""
    version = subprocess.run([*compiler(), "--version"], capture_output=True, text=True, check=False).stdout
    try:
        described = Path("/proc/cpuinfo").read_text()
        kept = ("model name", "flags", "Features")
        cpu = next((block for block in described.split("\n\n") if block), "")
        cpu = "\n".join(line for line in cpu.splitlines() if line.startswith(kept))
    except OSError:
        cpu = platform.processor()
    return f"{version}\n{platform.machine()}\n{cpu}"


def build_library(source: str, header: str, name: str, flags: Sequence[str]) -> Path:
    """The shared library of NAME.c and NAME.h, from the cache or compiled now.

    Two processes may build the same library at once: each compiles into a file of its own and renames it into place.

    Raises:
        ThenarError: there is no C compiler, or it fails; the message holds its first error.
    """
    command = [*compiler(), *_ALWAYS, *_SHARED, *flags]
    key = hashlib.sha256("\0".join([source, header, *command, fingerprint()]).encode()).hexdigest()
    library = cache_folder() / "compile" / f"{name}-{key[:32]}.so"
    if library.is_file():
        return library
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=library.parent) as scratch:
            folder = Path(scratch)
            (folder / f"{name}.h").write_text(header)
            (folder / f"{name}.c").write_text(source)
            _run([*command, "-o", "library.so", f"{name}.c", "-lm"], folder)
            (folder / "library.so").replace(library)
    except OSError as error:
        raise ThenarError(
            f"cannot write: {error.strerror or error}", where=library.parent, fix="set XDG_CACHE_HOME to another folder"
        ) from error
    return library


def build_program(files: Mapping[str, str], folder: Path, command: Sequence[str]) -> Path:
    """The program of C files (name -> text, headers among them), written to `folder` and compiled there.

    `command` names the compiler, and the flags that the program's machine needs.

    Raises:
        ThenarError: the compiler fails; the message holds its first error.
    """
    for name, text in files.items():
        (folder / name).write_text(text)
    sources = sorted(name for name in files if name.endswith(".c"))
    _run([*command[:1], *_ALWAYS, *command[1:], "-o", "program", *sources, "-lm"], folder)
    return folder / "program"


def _run(command: list[str], folder: Path) -> None:
    try:
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired as error:
        raise ThenarError(
            f"the C compiler took longer than {TIMEOUT_S:.0f} s", fix="compile a smaller model"
        ) from error
    if result.returncode:
        lines = [line for line in result.stderr.splitlines() if "error" in line] or result.stderr.splitlines()
        raise ThenarError(
            f"the C compiler failed: {lines[0] if lines else result.returncode}", fix="report the model and this line"
        )
