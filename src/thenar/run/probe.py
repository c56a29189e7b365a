"""What this machine can do: its processor, the runtimes, extras and compilers installed, the cameras plugged in."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from thenar import __version__
from thenar.errors import ThenarError
from thenar.run.cpu import Cpu, probe_cpu
from thenar.run.session import RUNTIMES, default_runtime
from thenar.run.usb import Camera, find_cameras


@dataclass(frozen=True)
class Library:
    """A library and the version installed, or None."""

    name: str
    version: str | None


@dataclass(frozen=True)
class Extra:
    """One of thenar's extras: what it is for, its libraries, and the command that installs it."""

    name: str
    purpose: str
    libraries: tuple[Library, ...]
    install: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of its libraries that are not installed."""
        return tuple(library.name for library in self.libraries if library.version is None)


@dataclass(frozen=True)
class Report:
    """Everything `thenar doctor` shows. runtimes: name -> version or None; default_runtime: None if there is none."""

    thenar: str
    python: str
    system: str
    cpu: Cpu
    runtimes: tuple[Library, ...]
    default_runtime: str | None
    compiler: Library | None
    extras: tuple[Extra, ...]
    cameras: tuple[Camera, ...]
    advice: tuple[str, ...]


_PIP = "pip install 'thenar[{}]'"
_TORCH_FIRST = "pip install torch==2.13.0 (the CPU build) on its own, then "

# name, purpose, the distributions that it brings
_EXTRAS = (
    ("synth", "render synthetic depth", ("numba",)),
    (
        "train",
        "train, export and quantize networks",
        ("torch", "numba", "safetensors", "onnx", "onnxruntime", "nncf", "scipy"),
    ),
    ("onnxruntime", "run models on ONNX Runtime", ("onnxruntime",)),
    ("compile", "compile models to C", ("onnx",)),
    ("view", "show hands on a page", ("websockets",)),
    ("mkv", "read recordings in Matroska files", ("av",)),
    ("compress", "make networks smaller under a budget", ("torch", "torch_pruning", "optuna")),
)
_COMPILERS = ("cc", "gcc", "clang")


def probe() -> Report:
    """This machine and installation, looked at without importing anything heavy or touching the network."""
    cpu = probe_cpu()
    runtimes = tuple(Library(name, installed(entry.library).version) for name, entry in RUNTIMES.items())
    compiler = find_compiler()
    extras = tuple(
        Extra(
            name, purpose, tuple(map(installed, names)), (_TORCH_FIRST if "torch" in names else "") + _PIP.format(name)
        )
        for name, purpose, names in _EXTRAS
    )
    cameras = find_cameras()
    try:
        default = default_runtime()
    except ThenarError:
        default = None
    return Report(
        thenar=__version__,
        python=platform.python_version(),
        system=platform.platform(),
        cpu=cpu,
        runtimes=runtimes,
        default_runtime=default,
        compiler=compiler,
        extras=extras,
        cameras=cameras,
        advice=_advice(cpu, default, compiler, extras, cameras),
    )


def installed(name: str) -> Library:
    """The distribution `name` and its version, where a module of that name can be found."""
    try:
        return Library(name, version(name) if importlib.util.find_spec(name) else None)
    except (PackageNotFoundError, ValueError):
        return Library(name, None)


def find_compiler(names: tuple[str, ...] = _COMPILERS) -> Library | None:
    """The first C compiler on the path, by its own description, or None."""
    for name in names:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            continue
        return Library(name, (told.splitlines() or ["unknown"])[0])
    return None


def _advice(
    cpu: Cpu, default: str | None, compiler: Library | None, extras: tuple[Extra, ...], cameras: tuple[Camera, ...]
) -> tuple[str, ...]:
    """What is missing and how to get it, one sentence each."""
    told = []
    if default is None:
        told.append("no runtime: nothing can be tracked; pip install openvino")
    if not cpu.int8_dot:
        told.append("this CPU has no int8 dot product: export with --reduce-range, and expect about half the speed")
    if compiler is None:
        told.append("no C compiler: models can't be compiled to native code; apt install gcc, or your system's like")
    told.extend(
        f"[{extra.name}] is missing {', '.join(extra.missing)} ({extra.purpose}); {extra.install}"
        for extra in extras
        if extra.missing
    )
    if not cameras:
        told.append("no depth camera found: plug one in, or track a recording")
    return tuple(told)
