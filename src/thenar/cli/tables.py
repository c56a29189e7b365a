"""Rows of text in columns."""

from __future__ import annotations

from collections.abc import Sequence


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A head and rows of cells -> lines; the first column is flush left, the others right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [[cell.rjust(width) for cell, width in zip(row, widths, strict=True)] for row in (head, *rows)]
    for line, row in zip(lines, (head, *rows), strict=True):
        line[0] = row[0].ljust(widths[0])
    return "\n".join("  ".join(line).rstrip() for line in lines)
