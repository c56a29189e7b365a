"""The command `thenar`: one sub-command per file of this folder."""

from __future__ import annotations

import importlib
import sys

import typer

from thenar.errors import ThenarError

COMMANDS = (
    "track", "record", "gesture", "evaluate", "train", "export", "synth", "compress", "compile", "recipe", "doctor",
)  # fmt: skip

app = typer.Typer(
    name="thenar",
    help="Metric 3D hand tracking from depth cameras on ordinary CPUs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _root() -> None:
    """Metric 3D hand tracking from depth cameras on ordinary CPUs."""


for _name in COMMANDS:
    importlib.import_module(f"thenar.cli.{_name}").register(app)


def main() -> None:
    """Run the command line; a `ThenarError` ends as one line on stderr and its exit code."""
    try:
        app(prog_name="thenar")
    except ThenarError as error:
        print(f"thenar: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"thenar: {where}{error.strerror or error}; check the path and its rights", file=sys.stderr)
        sys.exit(ThenarError.exit_code)
    except KeyboardInterrupt:
        print("thenar: stopped", file=sys.stderr)
        sys.exit(130)
