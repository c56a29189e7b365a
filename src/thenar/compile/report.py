"""What a compiled network costs, layer by layer: as numbers, as text, and as a picture (report_svg.py)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thenar.atomic import write_bytes
from thenar.errors import ThenarError

if TYPE_CHECKING:
    from thenar.compile import Library


@dataclass(frozen=True)
class Row:
    """One kernel call. Times are microseconds: what the cost model expects on the target's CPU, and what was measured
    on this machine; shares are of the CPU's peak. None is what isn't known."""

    index: int
    kernel: str
    what: str
    output: str
    shape: tuple[int, ...]
    macs: int
    bytes: int
    expected_us: float | None
    expected_share: float | None
    measured_us: float | None
    measured_share: float | None


def rows(library: Library, measured: Sequence[float] | None = None) -> list[Row]:
    """Every call; `measured` are its microseconds (`thenar.compile.measure`).

    A call that has no cost model is expected to take as long as its bytes do on their way through memory.
    """
    program, kernels = library.program, library.target.variants[0].kernels
    costs = kernels.costs if kernels else None
    found = []
    for index, call in enumerate(program.calls):
        size, us = program.bytes(call), measured[index] if measured else None
        cycles = None if costs is None else call.cycles or size / costs.bandwidth
        peak = call.peak * costs.ghz * 1e3 if costs else 0.0  # MACs per microsecond
        found.append(
            Row(
                index, call.kernel, call.comment or call.kernel, call.writes[0],
                program.tensors[call.writes[0]].shape, call.macs, size,
                cycles / (costs.ghz * 1e3) if costs and cycles else None, call.share,
                us, call.macs / (us * peak) if us and peak else None,
            )
        )  # fmt: skip
    return found


def document(library: Library, measured: Sequence[float] | None = None) -> dict[str, Any]:
    """The report as one JSON document."""
    program, entries = library.program, rows(library, measured)
    return {
        **summary(library),
        "expected_us": _total([row.expected_us for row in entries]),
        "measured_us": _total([row.measured_us for row in entries]),
        "layers": [asdict(row) for row in entries],
        "tuned": [
            {"layer": str(item.work), "loss_of_cost_model": item.loss, "ns": min(item.ns.values())}
            for item in library.tuned
        ],
        "outputs": list(program.output_names),
    }


def summary(library: Library) -> dict[str, Any]:
    """The network in a few numbers."""
    program = library.program
    return {
        "name": library.name,
        "target": library.target.name,
        "model_sha256": program.digest,
        "macs": program.macs,
        "weight_bytes": library.weight_bytes,
        "arena_bytes": program.arena_bytes,
        "arena_lower_bound": program.arena_lower_bound,
    }


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def table(library: Library, measured: Sequence[float] | None = None) -> str:
    """The layers as aligned text, with a line of totals; columns that nothing is known of are left out."""
    entries = rows(library, measured)
    heads = ("", "kernel", "output", "shape", "MACs", "bytes", "expected us", "of peak", "measured us", "of peak")
    lines = [
        (
            str(row.index), row.kernel[:40], row.output[-32:], "x".join(map(str, row.shape)) or "scalar",
            str(row.macs), str(row.bytes), _us(row.expected_us), _percent(row.expected_share),
            _us(row.measured_us), _percent(row.measured_share),
        )
        for row in entries
    ]  # fmt: skip
    expected, spent = _total([row.expected_us for row in entries]), _total([row.measured_us for row in entries])
    sums = (str(sum(row.macs for row in entries)), str(sum(row.bytes for row in entries)))
    lines.append(("", "", "", "total", *sums, _us(expected), "", _us(spent), ""))
    return _aligned([heads, *lines])


def agreement(library: Library) -> str:
    """One line: how much the cost model's tiles lose to the fastest ones."""
    if not library.tuned:
        return "no layer has tiles to choose from"
    model = sum(item.ns[item.model] for item in library.tuned)
    best = sum(item.ns[item.best] for item in library.tuned)
    worst = max(library.tuned, key=lambda item: item.loss)
    return (
        f"tiles of {len(library.tuned)} layers timed: the cost model's would take {model / best - 1:.1%} longer "
        f"in all, at most {worst.loss:.1%} ({worst.work})"
    )


def write_report(library: Library, folder: Path, measured: Sequence[float] | None = None) -> None:
    """report.json and report.svg in `folder`.

    Raises:
        ThenarError: they can't be written.
    """
    from thenar.compile.report_svg import svg

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ThenarError(f"cannot write: {error.strerror}", where=folder, fix="choose another folder") from error
    write_bytes(folder / "report.json", (json.dumps(document(library, measured), indent=2) + "\n").encode())
    write_bytes(folder / "report.svg", svg(library, measured).encode())


def _us(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _aligned(lines: Sequence[tuple[str, ...]]) -> str:
    columns = [at for at in range(len(lines[0])) if at == 0 or any(line[at] for line in lines[1:])]
    widths = {at: max(len(line[at]) for line in lines) for at in columns}
    left = (1, 2)
    cells = (
        [line[at].ljust(widths[at]) if at in left else line[at].rjust(widths[at]) for at in columns] for line in lines
    )
    return "\n".join("  ".join(row).rstrip() for row in cells)
