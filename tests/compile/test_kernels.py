"""Every kernel header compiles on its own, in C99, without a warning; the requantization is what its text says."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strict import WARNINGS

import thenar.compile
from thenar.compile.build import compiler
from thenar.compile.targets import AARCH64, X86_64

pytestmark = pytest.mark.native

MACHINES = {"aarch64": AARCH64, "x86_64": X86_64}
"""What the headers of a folder need to be compiled for, where not just any machine will do."""

KERNELS = Path(thenar.compile.__file__).parent / "kernels"


@pytest.mark.parametrize("header", sorted(KERNELS.glob("*/*.h")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_header_stands_alone(header: Path, tmp_path: Path) -> None:
    source = tmp_path / "alone.c"
    source.write_text(f'#include "{header}"\nint nothing;\n')
    target = MACHINES.get(header.parent.name)
    command = compiler() if target is None or target.runs_here() else (target.compiler,)
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    command += ("-std=c99", "-pedantic", *WARNINGS, "-fsyntax-only", str(source))
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def requantize(tmp_path_factory: pytest.TempPathFactory) -> ctypes._NamedFuncPointer:
    folder = tmp_path_factory.mktemp("requantize")
    source = folder / "r.c"
    source.write_text(
        f'#include "{KERNELS / "reference" / "requantize.h"}"\n'
        "int32_t r(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f)\n"
        "{ return thenar_requantize(a, b, c, d, e, f); }\n"
    )
    library = folder / "r.so"
    subprocess.run([*compiler(), "-std=c99", "-shared", "-fPIC", "-o", library, source], check=True)
    return ctypes.CDLL(str(library)).r


INT32 = st.integers(-(2**31), 2**31 - 1)


@given(INT32, st.integers(1, 2**24 - 1), st.integers(0, 62), st.integers(-128, 255))
def test_requantize_rounds_the_exact_product_once_halves_to_even(
    requantize: ctypes._NamedFuncPointer, total: int, multiplier: int, shift: int, zero: int
) -> None:
    exact = round(Fraction(total * multiplier, 2**shift)) + zero  # Python rounds a Fraction half to even
    assert requantize(total, multiplier, shift, zero, -1000, 1000) == max(-1000, min(1000, exact))


@given(st.integers(-(10**6), 10**6), st.integers(1, 24))
def test_requantize_on_exact_halves(requantize: ctypes._NamedFuncPointer, odd: int, shift: int) -> None:
    total = (2 * odd + 1) << (shift - 1) if shift < 8 else 2 * odd + 1
    want = round(Fraction(total, 2**shift))
    assert requantize(total, 1, shift, 0, -(2**30), 2**30) == want
