"""`thenar compile`: an ONNX model becomes a folder of C that builds on its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thenar.errors import ThenarError

if TYPE_CHECKING:
    from thenar.compile import Library


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("compile")(compile_model)


def compile_model(
    model: Annotated[Path, typer.Argument(help="ONNX model, float32 or int8 QDQ.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write; its name prefixes everything in C.")],
    target: Annotated[str, typer.Option(help="The CPU: host, c99, x86-64, aarch64, cortex-m, ...")] = "host",
    shape: Annotated[
        list[str] | None, typer.Option(help="Fix a dynamic input, as INPUT=1x3x320x320; may be repeated.")
    ] = None,
    outputs: Annotated[
        str, typer.Option(help="Compile up to these tensors, as NAME,NAME, in place of the model's own outputs.")
    ] = "",
    tune: Annotated[
        bool, typer.Option(help="Time the tiles of convolutions on this machine; results are kept.")
    ] = False,
    report: Annotated[
        bool,
        typer.Option(help="Show every layer: kernel, shape, MACs, bytes, expected time; flash and RAM of a board."),
    ] = False,
    measure: Annotated[bool, typer.Option(help="Add to the report how long each layer takes on this machine.")] = False,
    report_to: Annotated[Path | None, typer.Option(help="Write the report here as report.json and report.svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> None:
    """Compile MODEL to a C library: NAME.c, NAME.h, CMakeLists.txt and example.c, nothing else needed."""
    from thenar.compile import write
    from thenar.compile.measure import measure as measured
    from thenar.compile.report import agreement, document, summary, table, write_report

    given = tuple(filter(None, outputs.split(",")))
    library = write(model, output, target, shapes(shape or []), outputs=given, tune=tune)
    report = report or measure or report_to is not None
    times = measured(library) if measure else None
    taken = _footprint(library) if report and library.target.bare else None
    if report:
        write_report(library, report_to or output, times)
    if as_json:
        facts = document(library, times) if report else summary(library)
        facts |= {"footprint": taken[0]} if taken else {}
        typer.echo(json.dumps({"folder": str(output), **facts}, indent=2))
        return
    if report:
        typer.echo(table(library, times))
    if taken:
        typer.echo(taken[1])
    if tune:
        typer.echo(agreement(library))
    program = library.program
    typer.echo(
        f"{output}: {program.macs / 1e6:.1f} MMACs, {library.weight_bytes} bytes of weights, an arena of "
        f"{program.arena_bytes} bytes (no plan needs fewer than {program.arena_lower_bound})"
    )


def _footprint(library: Library) -> tuple[dict[str, Any] | None, str]:
    """Flash and RAM as numbers and in words; in words what is missing where they can't be told."""
    from thenar.compile.footprint import footprint

    try:
        found = footprint(library)
    except ThenarError as error:
        return None, str(error)
    return found.as_dict(), str(found)


def shapes(given: list[str]) -> dict[str, tuple[int, ...]]:
    """INPUT=1x3x320x320 arguments as input name -> shape.

    Raises:
        ThenarError: an argument isn't of that form.
    """
    parsed = {}
    for item in given:
        name, equals, dims = item.rpartition("=")
        try:
            parsed[name] = tuple(int(size) for size in dims.split("x"))
        except ValueError:
            equals = ""
        if not equals or min(parsed[name]) < 1:
            raise ThenarError(f"--shape {item} isn't INPUT=1x3x320x320", fix="give the input's name and its sizes")
    return parsed
