"""What a compiled network costs, layer by layer."""

from __future__ import annotations

from typing import Any

from thenar.compile.program import Call, Program


def layers(program: Program) -> list[dict[str, Any]]:
    """For every call: kernel, output and its shape, multiply-accumulates, and bytes read and written."""
    return [
        {
            "index": index,
            "kernel": call.kernel,
            "output": call.writes[0],
            "shape": list(program.tensors[call.writes[0]].shape),
            "macs": call.macs,
            "bytes": _bytes(program, call),
        }
        for index, call in enumerate(program.calls)
    ]


def _bytes(program: Program, call: Call) -> int:
    operands = (
        program.tensors[item].nbytes if isinstance(item, str) else item.nbytes
        for item in call.reads
        if item is not None
    )
    return sum(operands) + sum(program.tensors[name].nbytes for name in call.writes if name)


def table(program: Program) -> str:
    """The layers as aligned text, with a line of totals."""
    rows = [("", "kernel", "output", "shape", "MACs", "bytes")]
    entries = layers(program)
    rows += [
        (
            str(entry["index"]),
            entry["kernel"],
            entry["output"][-40:],
            "x".join(map(str, entry["shape"])) or "scalar",
            str(entry["macs"]),
            str(entry["bytes"]),
        )
        for entry in entries
    ]
    rows.append(("", "", "", "total", str(program.macs), str(sum(entry["bytes"] for entry in entries))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(_cell(row, column, widths) for column in range(len(row))).rstrip() for row in rows)


def _cell(row: tuple[str, ...], column: int, widths: list[int]) -> str:
    return row[column].ljust(widths[column]) if column in (1, 2) else row[column].rjust(widths[column])
