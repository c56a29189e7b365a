"""`thenar track`: the joints of the hand in every frame of a recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from thenar.data.recording import open_recording
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.live.track_recording import TrackSummary, track_recording
from thenar.live.tracker import Tracker, TrackerConfig
from thenar.run import session as sessions


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("track")(track)


def track(
    recording: Annotated[Path, typer.Argument(help="Folder with camera.json and 16-bit PNG depth frames.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for joints.jsonl and pictures.")] = Path("out/track"),
    model: Annotated[
        str, typer.Option(help=f"A preset ({', '.join(PRESETS)}) or the path of an ONNX hand model.")
    ] = DEFAULT_PRESET,
    runtime: Annotated[str, typer.Option(help="auto, openvino, onnxruntime or native.")] = "auto",
    side: Annotated[
        Literal["auto", "right", "left"], typer.Option(help="Which hand; auto finds out by itself.")
    ] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="Cores that the network may use; one is enough for it.")] = 1,
    animate: Annotated[bool, typer.Option("--animate", help="Also draw overlay.gif and still.png.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Track one hand through a recording: 21 joints in millimetres for every frame.

    thenar track recordings/demo --animate
    """
    source = open_recording(recording)
    for note in source.notes:
        typer.echo(f"note: {note}", err=True)
    with sessions.open(model_path(model), runtime=runtime, threads=threads) as session:
        tracker = Tracker(session, source.camera, TrackerConfig(side=side))
        summary = track_recording(source, tracker, out, animate=animate, progress=not as_json)
    for bad in summary.bad_frames:
        typer.echo(f"skipped: {bad.reason}", err=True)
    typer.echo(json.dumps(summary.to_dict()) if as_json else _text(summary))


def _text(summary: TrackSummary) -> str:
    held = ", ".join(f"{side} in {count}" for side, count in sorted(summary.sides.items())) or "in none"
    lines = [
        f"frames        {summary.frames}, a hand found in {summary.frames - summary.frames_without_hand} ({held})",
        f"time          {summary.ms_per_frame_p50:.2f} ms per frame, 95th percentile {summary.ms_per_frame_p95:.2f}",
        f"runtime       {summary.runtime}",
        f"written to    {summary.out}",
    ]
    if summary.mean_joint_error_mm is not None:
        lines.insert(1, f"mean error    {summary.mean_joint_error_mm:.2f} mm against the recording's own joints")
    if summary.bad_frames:
        lines.append(f"skipped       {len(summary.bad_frames)} frames that can't be read")
    return "\n".join(lines)
