"""`thenar doctor`: what this machine has, what is missing, how to get it."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from thenar.run.probe import Library, Report, probe


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> None:
    """Show this machine's CPU, runtimes, extras, C compiler and depth cameras, and what is missing.

    Nothing is installed or changed, and nothing is sent anywhere.
    """
    report = probe()
    typer.echo(json.dumps(dataclasses.asdict(report), indent=2) if as_json else _text(report))


def _text(report: Report) -> str:
    cpu = report.cpu
    rows = [
        ("thenar", f"{report.thenar} on Python {report.python}, {report.system}"),
        (
            "CPU",
            f"{cpu.name}, {cpu.usable_cores} of {cpu.cores} cores, {' '.join(cpu.features) or 'no known features'}",
        ),
        *(("runtime", _library(library, report.default_runtime)) for library in report.runtimes),
        ("compiler", report.compiler.version or report.compiler.name if report.compiler else "none"),
        *(
            (f"[{extra.name}]", f"missing {', '.join(extra.missing)}" if extra.missing else f"ready: {extra.purpose}")
            for extra in report.extras
        ),
        *(("camera", f"{camera.name} ({camera.kind}, usb {camera.usb})") for camera in report.cameras),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    if report.advice:
        lines += ["", "To do:", *(f"- {sentence}" for sentence in report.advice)]
    return "\n".join(lines)


def _library(library: Library, default: str | None) -> str:
    if library.version is None:
        return f"{library.name}: not installed"
    return f"{library.name} {library.version}{' (default)' if library.name == default else ''}"
