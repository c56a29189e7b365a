"""`thenar synth`: a recording made here, with known joints; `--bench`: how fast training samples are made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from thenar.errors import ThenarError
from thenar.extras import require


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("synth")(synth)


def synth(
    out: Annotated[Path | None, typer.Argument(help="Folder of the new recording; must not exist or be empty.")] = None,
    frames: Annotated[int, typer.Option(min=1, max=100_000, help="How many frames.")] = 90,
    sensor: Annotated[str, typer.Option(help="Which sensor's noise and intrinsics: see docs/sensors.md.")] = "sr305",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same recording.")] = 0,
    side: Annotated[Literal["right", "left"], typer.Option(help="Which hand.")] = "right",
    fps: Annotated[float, typer.Option(min=1, max=240, help="Frames per second of the motion.")] = 30.0,
    bench: Annotated[
        bool, typer.Option("--bench", help="Measure training samples per second; writes nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a recording of a moving synthetic hand with its true joints, as one of the sensors would see it."""
    require("synth", "numba")
    from thenar.data import synthetic

    if bench:
        figures = synthetic.bench_samples(seed)
        print(json.dumps(figures) if as_json else f"{figures['samples_per_s_core']:.0f} training samples/s and core")
        return
    if out is None:
        raise ThenarError("no folder given", fix="thenar synth OUT, or thenar synth --bench")
    count = synthetic.write_recording(out, frames, sensor, seed, side, fps, progress=not as_json)
    print(json.dumps({"out": str(out), "frames": count}) if as_json else f"{count} frames in {out}")
