"""Targets for tests: quick to compile, every warning an error."""

from __future__ import annotations

from thenar.compile.targets import REFERENCE, X86, Target

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror")
STRICT = Target("c99", ("-O0", *WARNINGS), (REFERENCE,))
STRICT_X86_64 = Target("x86-64", ("-O1", *WARNINGS), (X86,))
