"""The report: one HTML file that needs no network, the original and the result side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from html import escape
from typing import Any

from thenar.compress import chart
from thenar.compress.pictures import grey, picture, shown
from thenar.compress.pipeline import Compressed
from thenar.compress.quantize import outputs
from thenar.compress.request import Request
from thenar.compress.runtimes import Timed
from thenar.compress.search import front
from thenar.compress.task import Batch, several
from thenar.run.cpu import probe_cpu

PICTURES = 12

STYLE = """body{font:15px/1.5 sans-serif;color:#26323c;max-width:900px;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td,th{padding:.25em .9em;border-bottom:1px solid #e4e8ec;text-align:right}
td{white-space:nowrap}td:first-child,th:first-child{text-align:left}.grid{display:flex;flex-wrap:wrap;gap:1em}
figure{margin:0;text-align:center;font-size:12px}img{image-rendering:pixelated;margin:1px}"""


def html(request: Request, done: Compressed, timed: Sequence[Timed]) -> str:
    """The page. timed: the models' latencies in every runtime, measured in turns."""
    budget = {name: value for name, value in dataclasses.asdict(request.budget).items() if value is not None}
    cpu = probe_cpu()
    title = f"{request.model.name}, compressed"
    verdict = "fits the budget" if done.met else "does not fit the budget; this is the nearest point reached"
    sections = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Budget: {escape(str(budget) if budget else 'no limit')}. The result {verdict}.</p>",
        _comparison(done),
        "<h2>Latency in every runtime</h2>",
        f"<p>One thread of {escape(cpu.name)}, median of one call, all models in turns.</p>",
        chart.bars([(t.name, t.latency.p50_ms) for t in timed], "ms", [t.name for t in timed if t.is_result]),
        "<h2>What was tried</h2>",
        "<p>Trials after short training (grey) and after full training (red); the dashed line is their front.</p>",
        front_chart(done),
        "<h2>What each group of channels can bear</h2>",
        "<p>Rise of the loss when the group alone keeps the smallest share measured, before any training.</p>",
        chart.bars([(name, rises[min(rises)]) for name, rises in done.rises.items()], "") if done.rises else "",
        *_breakdown(request, done),
        "<h2>Predictions</h2>",
        "<p>Input, original in float32, result in int8; where the two differ most comes first.</p>",
        _grid(request, done),
    ]
    body = "\n".join(sections)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en">{head}\n{body}\n</html>\n'


def front_chart(done: Compressed) -> str:
    """Latency against metric, of trials and finalists."""
    points = [*done.trials, *done.finalists]
    best = front([(point.cost.latency_ms, point.lost) for point in points])
    dots = [
        chart.Dot(
            point.cost.latency_ms, point.metric, f"trial {point.number}: {point.told()}", index >= len(done.trials)
        )
        for index, point in enumerate(points)
    ]
    return chart.scatter(dots, "latency, ms (95th percentile)", "metric", best)


def _comparison(done: Compressed) -> str:
    one, other = done.original, done.chosen
    rows: list[tuple[str, float | None, float | None, str]] = [
        ("ONNX file, KiB", one.cost.size_kb, other.cost.size_kb, "smaller"),
        ("multiply-accumulates", one.cost.macs, other.cost.macs, "fewer"),
        ("memory, KiB", one.cost.memory_kb, other.cost.memory_kb, "less"),
        (
            f"latency in {other.cost.runtime}, ms (95th percentile)",
            one.cost.latency_ms,
            other.cost.latency_ms,
            "faster",
        ),
    ]
    lines = [
        f"<tr><td>{escape(name)}</td><td>{_number(a)}</td><td>{_number(b)}</td>"
        f"<td>{'' if a is None or not b else f'{a / b:.1f}x {word}'}</td></tr>"
        for name, a, b, word in rows
    ]
    lost = f"{100 * other.lost:.2f} % lost"
    lines.append(f"<tr><td>metric</td><td>{one.metric:.4f}</td><td>{other.metric:.4f}</td><td>{lost}</td></tr>")
    how = f"int8, {other.method}" + (f", float: {', '.join(other.float_layers)}" if other.float_layers else "")
    head = f"<tr><th></th><th>original, float32</th><th>result, {escape(how)}</th><th></th></tr>"
    return f"<table>{head}{''.join(lines)}</table>"


def _breakdown(request: Request, done: Compressed) -> list[str]:
    """The task's own parts of its metric, of both networks, where it has a `breakdown(outputs, targets)`."""
    split = getattr(done.task, "breakdown", None)
    if split is None:
        return []
    inputs, *targets = Batch.of(done.task.validation)
    runtime = request.options.runtime
    before, after = (
        split(several(outputs(model, inputs, runtime)), several(targets)) for model in (done.original_model, done.model)
    )
    rows = "".join(
        f"<tr><td>{escape(str(name))}</td><td>{_number(before[name])}</td><td>{_number(after[name])}</td></tr>"
        for name in before
    )
    head = "<tr><th></th><th>original, float32</th><th>result, int8</th></tr>"
    return ["<h2>Parts of the metric</h2>", f"<table>{head}{rows}</table>"]


def _grid(request: Request, done: Compressed) -> str:
    """Input and both predictions of some validation examples."""
    inputs = Batch.of(done.task.validation).inputs[:200]
    runtime = request.options.runtime
    before, after = outputs(done.original_model, inputs, runtime), outputs(done.model, inputs, runtime)
    if [array.shape for array in before] != [array.shape for array in after]:
        return "<p>The result's outputs have other shapes than the original's.</p>"
    apart = sum(abs(a - b).reshape(len(inputs), -1).mean(1) for a, b in zip(before, after, strict=True))
    cells = []
    for index in sorted(range(len(inputs)), key=lambda i: -float(apart[i]))[:PICTURES]:
        image: Any = inputs[index]
        answers = [shown(done.task, image, [array[index] for array in each]) for each in (before, after)]
        cells.append(f"<figure>{picture(grey(image))} {' '.join(answers)}</figure>")
    return f'<div class="grid">{"".join(cells)}</div>'


def _number(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
