"""`thenar recipe`: what an artefact came from, shown or done again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from thenar.errors import ThenarError

recipes = typer.Typer(help="What a model came from.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.add_typer(recipes, name="recipe")


@recipes.command("show")
def show(
    artefact: Annotated[Path, typer.Argument(help="A recipe.toml, a folder that holds one, or a preset's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the recipe of a run, a model or a preset."""
    from thenar.toml import dumps
    from thenar.train.lineage import read

    values = read(_path(artefact))
    typer.echo(json.dumps(values, indent=1) if as_json else dumps(values).rstrip())


@recipes.command("run")
def run(
    artefact: Annotated[Path, typer.Argument(help="A recipe.toml, a folder that holds one, or a preset's name.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the new run.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Do the steps of a recipe again, in a new folder. It runs the code that the recipe names: read it first."""
    from thenar.train.lineage import read

    path = _path(artefact)
    values = read(path)
    if values.get("kind") == "compress":
        from thenar.cli.compress import carry_out
        from thenar.compress.request import from_recipe

        carry_out(from_recipe(values), out, as_json)
    elif "network" in values and "fit" in values:
        from thenar.cli.train import train_again

        train_again(values, out, as_json)
    else:
        raise ThenarError("is no recipe of training or compression", where=path, fix="give another")


def _path(artefact: Path) -> Path:
    from thenar.live.presets import PRESETS, model_path

    if str(artefact) in PRESETS:
        return model_path(artefact).with_name("recipe.toml")
    return artefact / "recipe.toml" if artefact.is_dir() else artefact
