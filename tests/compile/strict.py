"""Targets for tests: quick to compile, every warning an error."""

from __future__ import annotations

from thenar.compile.targets import Target

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror")
STRICT = Target("c99", ("-O0", *WARNINGS))
