"""Charts as SVG, nothing else needed to look at them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 20, 48
PLAIN, MARKED = "#5b7083", "#c8102e"


@dataclass(frozen=True)
class Dot:
    """A point of a scatter chart; `label` shows when a mouse rests on it. marked: stands out."""

    x: float
    y: float
    label: str
    marked: bool = False


def scatter(dots: Sequence[Dot], x_name: str, y_name: str, line: Sequence[int] = ()) -> str:
    """The dots over a logarithmic x axis (all x above 0) and a linear y axis; `line` joins those of these indices."""
    xs = [math.log10(dot.x) for dot in dots]
    x_low, x_high = _padded(min(xs), max(xs))
    y_low, y_high = _padded(min(dot.y for dot in dots), max(dot.y for dot in dots))

    def place(dot: Dot) -> tuple[float, float]:
        x = LEFT + (math.log10(dot.x) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (dot.y - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)
        return round(x, 1), round(y, 1)

    parts = []
    for step in range(5):
        x_value, y_value = x_low + (x_high - x_low) * step / 4, y_low + (y_high - y_low) * step / 4
        x, y = place(Dot(10**x_value, y_value, ""))
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#e4e8ec"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{y_value:.4g}", "end"))
        parts.append(_text(x, HEIGHT - BOTTOM + 18, f"{10**x_value:.3g}", "middle"))
    if line:
        path = " ".join(f"{x},{y}" for x, y in sorted(place(dots[index]) for index in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{PLAIN}" stroke-dasharray="4 3"/>')
    for dot in dots:
        x, y = place(dot)
        colour, radius = (MARKED, 6) if dot.marked else (PLAIN, 4)
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"><title>{escape(dot.label)}</title></circle>'
        )
    parts.append(_text(WIDTH / 2, HEIGHT - 10, x_name, "middle"))
    parts.append(
        f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y_name)}</text>'
    )
    return _svg(HEIGHT, parts)


def bars(values: Sequence[tuple[str, float]], unit: str, marked: Sequence[str] = ()) -> str:
    """Horizontal bars from 0, one a line, the value written behind each; those named in `marked` stand out."""
    largest = max((value for _, value in values), default=1.0) or 1.0
    label_width, row = 210, 24
    parts = []
    for index, (name, value) in enumerate(values):
        y = index * row + 4
        width = round(max(1.0, value / largest * (WIDTH - label_width - 110)), 1)
        colour = MARKED if name in marked else PLAIN
        parts.append(_text(label_width - 8, y + 13, name, "end"))
        parts.append(f'<rect x="{label_width}" y="{y}" width="{width}" height="16" fill="{colour}"/>')
        parts.append(_text(label_width + width + 6, y + 13, f"{value:.4g} {unit}", "start"))
    return _svg(len(values) * row + 8, parts)


def _svg(height: int, parts: Sequence[str]) -> str:
    style = 'font-family="sans-serif" font-size="12" fill="#26323c"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" {style}>'
    return "\n".join((opening, *parts, "</svg>")) + "\n"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _padded(low: float, high: float) -> tuple[float, float]:
    margin = (high - low) * 0.08 or max(abs(high), 1.0) * 0.05
    return low - margin, high + margin
