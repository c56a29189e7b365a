"""`thenar track`: the joints of the hands in a recording, or before a camera; to a file or to a page."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Annotated, Literal

import typer

from thenar.data.recording import open_recording
from thenar.extras import require
from thenar.live.api import LiveTracker, is_live, read_namer
from thenar.live.hands import HandsConfig, tracker_of
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.live.sources import open_source
from thenar.live.track_live import LiveSummary, track_live
from thenar.live.track_recording import TrackSummary, track_recording
from thenar.run import session as sessions

LOCAL = "127.0.0.1"
Wanted = Literal["auto", "right", "left"]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("track")(track)


def track(
    source: Annotated[str, typer.Argument(help="oak, realsense, orbbec, synthetic, or a recording's folder or .mkv.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for joints.jsonl and pictures.")] = Path("out/track"),
    model: Annotated[
        str, typer.Option(help=f"A preset ({', '.join(PRESETS)}) or the path of an ONNX hand model.")
    ] = DEFAULT_PRESET,
    runtime: Annotated[str, typer.Option(help="auto, openvino, onnxruntime or native.")] = "auto",
    side: Annotated[Wanted, typer.Option(help="Which hand; auto finds out by itself.")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="Cores that the network may use; one is enough for it.")] = 1,
    animate: Annotated[bool, typer.Option("--animate", help="Also draw overlay.gif and still.png.")] = False,
    view: Annotated[bool, typer.Option("--view", help="Show the hands on a page of a browser.")] = False,
    host: Annotated[str, typer.Option(help="Address of the page; another than this machine's needs --token.")] = LOCAL,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 takes a free one.")] = 8010,
    token: Annotated[str, typer.Option(help="What viewers must know: 16 or more letters and digits.")] = "",
    camera: Annotated[Path | None, typer.Option(help="A recording's camera.json, where it isn't with it.")] = None,
    gestures: Annotated[Path | None, typer.Option(help="Signs of your own, a file of `thenar gesture train`.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so long; else at Ctrl+C.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Track hands in a recording or live: 21 joints in millimetres for every frame.

    thenar track recordings/demo --animate

    thenar track synthetic --view
    """
    if view:
        _view(source, out, model, runtime, threads, host, port, token, camera, gestures, seconds, as_json)
    elif is_live(source):
        _live(source, out, model, runtime, camera, gestures, seconds, as_json)
    else:
        _recording(Path(source), camera, gestures, out, model, runtime, side, threads, animate, as_json)


def _recording(
    path: Path, camera: Path | None, gestures: Path | None, out: Path, model: str, runtime: str,
    side: Wanted, threads: int, animate: bool, as_json: bool,
) -> None:  # fmt: skip
    recording, namer = open_recording(path, camera), read_namer(gestures)
    for note in recording.notes:
        typer.echo(f"note: {note}", err=True)
    with sessions.open(model_path(model), runtime=runtime, threads=threads) as session:
        tracker = tracker_of(model, HandsConfig(side=side))(session, recording.camera)
        summary = track_recording(
            recording, tracker, out, runtime=session.runtime, animate=animate, progress=not as_json, namer=namer
        )
    for bad in summary.bad_frames:
        typer.echo(f"skipped: {bad.reason}", err=True)
    typer.echo(json.dumps(summary.to_dict()) if as_json else _text(summary))


def _live(
    source: str, out: Path, model: str, runtime: str,
    camera: Path | None, gestures: Path | None, seconds: float | None, as_json: bool,
) -> None:  # fmt: skip
    if not as_json:
        typer.echo(f"tracking {source}; end it with Ctrl+C", err=True)
    with LiveTracker(open_source(source, camera=camera), model, runtime, gestures) as hands:
        summary = track_live(hands, out, seconds)
    typer.echo(json.dumps(summary.to_dict()) if as_json else _live_text(summary))


def _view(
    source: str, out: Path, model: str, runtime: str, threads: int,
    host: str, port: int, token: str, camera: Path | None, gestures: Path | None, seconds: float | None, as_json: bool,
) -> None:  # fmt: skip
    require("view", "websockets")
    from thenar.serve.server import ViewServer

    recorded = not is_live(source)
    opened = open_source(source, speed=1.0 if recorded else None, loop=recorded, camera=camera)
    with (
        sessions.open(model_path(model), runtime=runtime, threads=threads) as session,
        ViewServer(
            opened, session, out, host, port, token, make_tracker=tracker_of(model), namer=read_namer(gestures)
        ) as served,
    ):
        typer.echo(json.dumps({"url": served.url}) if as_json else f"look at {served.url}; end it with Ctrl+C")
        try:
            threading.Event().wait(seconds)
        except KeyboardInterrupt:
            return


def _text(summary: TrackSummary) -> str:
    held = ", ".join(f"{side} in {count}" for side, count in sorted(summary.sides.items())) or "in none"
    lines = [
        f"frames        {summary.frames}, a hand found in {summary.frames - summary.frames_without_hand} ({held})",
        f"hands         {summary.hands}",
        f"time          {summary.ms_per_frame_p50:.2f} ms per frame, 95th percentile {summary.ms_per_frame_p95:.2f}",
        f"runtime       {summary.runtime}",
        f"written to    {summary.out}",
    ]
    if summary.mean_joint_error_mm is not None:
        lines.insert(1, f"mean error    {summary.mean_joint_error_mm:.2f} mm against the recording's own joints")
    if summary.bad_frames:
        lines.append(f"skipped       {len(summary.bad_frames)} frames that can't be read")
    return "\n".join(lines)


def _live_text(summary: LiveSummary) -> str:
    p50, p95 = summary.ms_per_frame_p50, summary.ms_per_frame_p95
    return "\n".join(
        (
            f"frames        {summary.frames}, {summary.frames_without_hand} without a hand; {summary.dropped} dropped",
            f"time          {p50:.2f} ms per frame, 95th percentile {p95:.2f}",
            f"written to    {summary.out}",
        )
    )
