"""The report as a picture: a bar of expected time for each layer, and one of measured time where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from thenar.compile.report import Row, rows, summary

if TYPE_CHECKING:
    from thenar.compile import Library

_WIDTH, _LABEL, _VALUE = 960, 330, 150
_LINE, _BAR, _HEAD = 26, 8, 78

_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e }
  .expected { fill: #6e9ecf }
  .measured { fill: #d9822b }
  .axis { stroke: #8c959f; stroke-width: 1 }
  .ground { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .ground { fill: #0d1117 }
  }
"""


def svg(library: Library, measured: Sequence[float] | None = None) -> str:
    """An SVG document that reads on light and dark grounds."""
    entries, facts = rows(library, measured), summary(library)
    longest = max((us for row in entries for us in (row.expected_us, row.measured_us) if us), default=1.0)
    height = _HEAD + _LINE * len(entries) + 16
    about = (
        f"{facts['macs'] / 1e6:.1f} MMACs, {facts['weight_bytes']:,} bytes of weights, arena {facts['arena_bytes']:,} "
        f"bytes (at least {facts['arena_lower_bound']:,})"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="Time of each layer of {escape(library.name)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="8"/>',
        f'<text class="title" x="16" y="28">{escape(library.name)} for {escape(str(facts["target"]))}</text>',
        f'<text class="quiet" x="16" y="48">{escape(about)}</text>',
        *_legend(measured is not None),
        *(_row(row, at, longest) for at, row in enumerate(entries)),
        f'<line class="axis" x1="{_LABEL}" y1="{_HEAD - 6}" x2="{_LABEL}" y2="{height - 12}"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend(both: bool) -> list[str]:
    names = ["expected", "measured"] if both else ["expected"]
    parts = []
    for at, name in enumerate(names):
        x = _LABEL + 110 * at
        parts.append(f'<rect class="{name}" x="{x}" y="58" width="10" height="10" rx="2"/>')
        parts.append(f'<text class="quiet" x="{x + 16}" y="67">{name}</text>')
    return parts


def _row(row: Row, at: int, longest: float) -> str:
    """Label, bars, and the numbers after them."""
    top, room = _HEAD + _LINE * at, _WIDTH - _LABEL - _VALUE
    label = row.what if len(row.what) <= 50 else f"{row.what[:49]}…"
    parts = [f'<text x="16" y="{top + 14}"><title>{escape(row.what)}</title>{escape(label)}</text>']
    notes = []
    bars = (("expected", row.expected_us, row.expected_share), ("measured", row.measured_us, row.measured_share))
    end = 0.0
    for index, (name, us, share) in enumerate(bars):
        if us is None:
            continue
        width = max(room * us / longest, 1.0)
        end = max(end, width)
        y = top + 3 + (_BAR + 1) * index
        parts.append(f'<rect class="{name}" x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>')
        notes.append(f"{us:.1f} µs" + (f" {share:.0%}" if share is not None else ""))
    parts.append(f'<text class="quiet" x="{_LABEL + end + 6:.1f}" y="{top + 14}">{" · ".join(notes)}</text>')
    return "".join(parts)
