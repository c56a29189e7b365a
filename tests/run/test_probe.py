from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from thenar.run import probe as probing
from thenar.run.cores import usable_cores
from thenar.run.cpu import Cpu, probe_cpu
from thenar.run.usb import Camera, find_cameras

X86 = """processor	: 0
model name	: Some CPU @ 3 GHz
flags		: fpu sse2 avx2 fma avx512f avx512_vnni amx_int8

processor	: 1
model name	: Some CPU @ 3 GHz
flags		: fpu
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n"
OLD = "processor\t: 0\nmodel name\t: Old CPU\nflags\t\t: fpu sse2 avx2\n"


@pytest.mark.parametrize(
    ("text", "cores", "features", "int8_dot"),
    [
        (X86, 2, ("avx2", "fma", "avx512f", "avx512_vnni", "amx_int8"), True),
        (ARM, 1, ("asimd", "asimddp", "i8mm"), True),
        (OLD, 1, ("avx2",), False),
        ("nonsense without a colon", usable_cores(), (), False),
    ],
)
def test_cpu(tmp_path: Path, text: str, cores: int, features: tuple[str, ...], int8_dot: bool) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    cpu = probe_cpu(path)
    assert (cpu.cores, cpu.features, cpu.int8_dot) == (cores, features, int8_dot)
    assert cpu.name


def test_cpu_without_cpuinfo(tmp_path: Path) -> None:
    cpu = probe_cpu(tmp_path / "none")
    assert cpu.cores == cpu.usable_cores == usable_cores() >= 1


def plug(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir(parents=True)
    for file, text in files.items():
        (folder / name / file).write_text(text + "\n")


def test_cameras(tmp_path: Path) -> None:
    plug(tmp_path, "1-1", idVendor="8086", idProduct="0b07", product="Intel(R) RealSense(TM) Depth Camera 435")
    plug(tmp_path, "1-2", idVendor="03e7", idProduct="2485")
    plug(tmp_path, "1-3", idVendor="2bc5", idProduct="0636", product="Orbbec Femto")
    plug(tmp_path, "1-4", idVendor="045e", idProduct="097c", product="Azure Kinect Depth Camera")
    plug(tmp_path, "1-5", idVendor="045e", idProduct="0745", product="A mouse")
    plug(tmp_path, "1-0:1.0")
    assert find_cameras(tmp_path) == (
        Camera("Intel RealSense", "Intel(R) RealSense(TM) Depth Camera 435", "8086:0b07"),
        Camera("Luxonis OAK", "Luxonis OAK", "03e7:2485"),
        Camera("Orbbec", "Orbbec Femto", "2bc5:0636"),
        Camera("Azure Kinect", "Azure Kinect Depth Camera", "045e:097c"),
    )
    assert find_cameras(tmp_path / "none") == ()


def test_probe_of_this_machine() -> None:
    report = probing.probe()
    assert report.default_runtime == "openvino"
    assert {library.name for library in report.runtimes} == {"openvino", "onnxruntime", "native"}
    json.dumps(dataclasses.asdict(report))


def test_advice_names_what_is_missing_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "installed", lambda name: probing.Library(name, None))
    monkeypatch.setattr(probing, "find_compiler", lambda: None)
    monkeypatch.setattr(probing, "find_cameras", lambda: ())
    monkeypatch.setattr(probing, "probe_cpu", lambda: Cpu("old", "x86_64", 2, 2, (), False))
    advice = "\n".join(probing.probe().advice)
    for said in (
        "no int8 dot product: export with --reduce-range",
        "no C compiler",
        "[train] is missing torch, numba",
        "pip install torch==2.13.0",
        "pip install 'thenar[onnxruntime]'",
        "no depth camera found",
    ):
        assert said in advice


@pytest.mark.native
def test_compiler_describes_itself() -> None:
    compiler = probing.find_compiler()
    assert compiler is not None
    assert compiler.version


def test_no_compiler() -> None:
    assert probing.find_compiler(("no-such-compiler-anywhere",)) is None
