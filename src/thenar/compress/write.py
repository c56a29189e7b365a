"""What a compression leaves in its folder beside the models: the front and the report."""

from __future__ import annotations

from pathlib import Path

from thenar.atomic import write_text
from thenar.compress.pipeline import Compressed
from thenar.compress.point import table
from thenar.compress.report import front_chart, html
from thenar.compress.request import Request
from thenar.compress.runtimes import time_all
from thenar.errors import ThenarError


def write(request: Request, done: Compressed, folder: Path) -> None:
    """Write front.csv (all trials), finalists.csv, front.svg and report.html."""
    timed = time_all({"original, float32": done.original_model, "result, int8": done.model}, "result, int8")
    write_text(folder / "front.csv", table(done.trials))
    write_text(folder / "finalists.csv", table(done.finalists))
    write_text(folder / "front.svg", front_chart(done))
    write_text(folder / "report.html", html(request, done, timed))


def check_met(request: Request, done: Compressed, folder: Path) -> None:
    """Nothing, where the result fits the budget.

    Raises:
        ThenarError: it doesn't; names the nearest point.
    """
    over = request.budget.excess(done.chosen.cost, done.chosen.lost)
    if over:
        raise ThenarError(
            f"the budget is not met in {', '.join(over)}; the nearest point reached: {done.chosen.told()}",
            where=folder,
            fix="raise the budget, or try longer (--trials, --steps, a smaller --keep) in a new folder",
        )
