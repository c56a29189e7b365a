"""`thenar record`: a camera, or any other source, into a recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from thenar.live.record import RecordSummary, record
from thenar.live.sources import open_source

_WHY = {"end": "the source ended", "limit": "as much as asked for", "stopped": "stopped", "lost": "the camera was lost"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("record")(record_source)


def record_source(
    source: Annotated[str, typer.Argument(help="oak, realsense or orbbec (:SERIAL), synthetic, or a recording.")],
    out: Annotated[Path, typer.Argument(help="Folder of the new recording; must not exist or be empty.")],
    frames: Annotated[int | None, typer.Option(min=1, help="Stop after so many frames.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.01, help="Stop after so long.")] = None,
    width: Annotated[int | None, typer.Option(help="Of the camera's depth, in pixels.")] = None,
    height: Annotated[int | None, typer.Option(help="Of the camera's depth, in pixels.")] = None,
    fps: Annotated[int | None, typer.Option(help="Frames per second.")] = None,
    near: Annotated[float | None, typer.Option(help="Nearer depth is no reading, in mm.")] = None,
    far: Annotated[float | None, typer.Option(help="Farther depth is no reading, in mm.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Record depth frames until Ctrl-C, the end, or a limit.

    thenar record realsense recordings/mine --seconds 20
    """
    camera = open_source(source, width=width, height=height, fps=fps, near_mm=near, far_mm=far)
    summary = record(camera, out, frames=frames, seconds=seconds, progress=not as_json)
    if summary.reason:
        typer.echo(f"note: {summary.reason}", err=True)
    typer.echo(json.dumps(summary.to_dict()) if as_json else _text(summary))


def _text(summary: RecordSummary) -> str:
    rate = summary.frames / summary.seconds if summary.seconds > 0 else 0.0
    lines = [
        f"frames        {summary.frames} in {summary.seconds:.1f} s, {rate:.1f} a second; {_WHY[summary.ended]}",
        f"dropped       {summary.dropped}",
        f"written to    {', '.join(summary.out)}",
    ]
    if summary.unreadable:
        lines.insert(2, f"unreadable    {summary.unreadable}")
    return "\n".join(lines)
