"""`thenar train`: a network from crops rendered as it learns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thenar.errors import ThenarError
from thenar.extras import require

if TYPE_CHECKING:
    from thenar.train.config import Machine

DECAY = {"adamw": 0.01, "muon": 0.05}
"""Of weights, by optimizer: per unit of the learning rate and step."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("train")(train)


def train(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; a run found there is continued.")],
    spec: Annotated[
        str, typer.Option(help="student, resnet18, resnet50, hourglass1, a spec in TOML; or locator.")
    ] = "student",
    crops: Annotated[int, typer.Option(min=1, help="How many crops to learn from in all.")] = 1_500_000,
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Crops per step.")] = 64,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 2e-3,
    optimizer: Annotated[str, typer.Option(help="muon or adamw.")] = "muon",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same run on a CPU.")] = 0,
    workers: Annotated[int, typer.Option(min=0, help="Processes that render; 0 renders between the steps.")] = 1,
    threads: Annotated[int, typer.Option(min=0, help="PyTorch's threads; 0 leaves it to PyTorch.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    validate_every: Annotated[int, typer.Option(min=1, help="Steps between looks at the validation frames.")] = 2000,
    parent: Annotated[
        Path | None, typer.Option(help="Start from this saved network (a run's folder, or a path without its ending).")
    ] = None,
    teacher: Annotated[Path | None, typer.Option(help="Learn from this saved network as well.")] = None,
    lessons: Annotated[
        tuple[float, float, float],
        typer.Option(help="With a teacher: its share in the targets, weights of its maps and of its attention."),
    ] = (0.5, 1.0, 0.0),
    only: Annotated[str, typer.Option(help="Train this part alone: refine, the correction of joints.")] = "",
    weight_bits: Annotated[
        int, typer.Option(help="Train for weights of 4 or 8 bits, as `thenar export --weight-bits` stores them.")
    ] = 0,
    eight_bits: Annotated[
        list[str] | None,
        typer.Option(help="With --weight-bits 4: a layer that keeps eight, as head or ups.1; may be given again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train a network on depth crops of synthetic hands; stop it with Ctrl-C, run it again to go on.

    thenar train -o runs/first --crops 200000
    """
    require("train", "torch", "numba", "safetensors")
    from functools import partial

    from thenar.data.heldout import VALIDATION, crops_of
    from thenar.data.sample import SampleRecipe, SampleSource
    from thenar.nets.spec import AWR_NETWORKS, AwrSpec, Spec, StudentSpec
    from thenar.nets.store import read_spec
    from thenar.train.config import FitConfig, Machine
    from thenar.train.fit import fit
    from thenar.train.lessons import Lessons

    run = Machine(device=device, workers=workers, threads=threads, evaluate_every=validate_every, progress=not as_json)
    if spec == "locator":
        _train_locator(out, crops, batch, rate, seed, run)
        return
    network: Spec
    if spec == "student":
        network = StudentSpec()
    elif spec in AWR_NETWORKS:
        network = AwrSpec(spec)
    elif Path(spec).is_file():
        network = read_spec(Path(spec))
    else:
        raise ThenarError("no such network", where=spec, fix=f"give student, {', '.join(AWR_NETWORKS)} or a TOML file")
    recipe = SampleRecipe()
    done = fit(
        network,
        partial(SampleSource, recipe, seed, batch),
        FitConfig(
            -(-crops // batch),
            seed,
            rate,
            weight_decay=DECAY.get(optimizer, 0.0),
            lessons=Lessons(*lessons) if teacher else Lessons(),
            optimizer=optimizer,
            only=only,
            weight_bits=weight_bits,
            eight_bits=tuple(eight_bits or ()),
        ),
        out,
        run=run,
        held_out={"validation": crops_of(VALIDATION)},
        parent=_stem(parent),
        teacher=_stem(teacher),
        data={"kind": "rendered", "batch": batch, **recipe.to_dict()},
    )
    result = {"out": str(out), "steps": done.step, "finished": done.finished, "metrics": done.metrics}
    typer.echo(
        json.dumps(result) if as_json else f"{done.step} steps in {out}{'' if done.finished else ', to be continued'}"
    )


def train_again(recipe: Mapping[str, Any], out: Path, as_json: bool) -> None:
    """Train the network of a run's recipe anew.

    Raises:
        ThenarError: the recipe starts from other weights, or is of crops that are no longer made.
    """
    require("train", "torch", "numba", "safetensors")
    from functools import partial

    from thenar.data.heldout import VALIDATION, crops_of
    from thenar.data.sample import SampleRecipe, SampleSource
    from thenar.nets.spec import LocatorSpec, from_dict
    from thenar.train.config import FitConfig, Machine
    from thenar.train.fit import fit
    from thenar.train.lessons import Lessons

    inherited = [name for name in ("parent", "teacher") if name in recipe]
    if inherited:
        raise ThenarError(
            f"needs the weights of its {' and '.join(inherited)}",
            where="recipe",
            fix=f"give them to thenar train --{inherited[0]}",
        )
    given = dict(recipe["data"])
    kind, batch = given.pop("kind", None), given.pop("batch", 64)
    config = dict(recipe["fit"])
    try:
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
        crops = SampleRecipe(**values)
        config |= {"lessons": Lessons(**config.get("lessons", {})), "eight_bits": tuple(config.get("eight_bits", ()))}
        schedule = FitConfig(**config)
    except TypeError as error:
        raise ThenarError(f"is of another version: {error}", where="recipe", fix="use the version it names") from error
    network = from_dict(recipe["network"])
    if isinstance(network, LocatorSpec):
        raise ThenarError("is a locator's", where="recipe", fix="run thenar train --spec locator with its values")
    if kind != "rendered":
        raise ThenarError(f"data of kind {kind!r}", where="recipe", fix="train on that data with thenar.train.fit")
    done = fit(
        network,
        partial(SampleSource, crops, schedule.seed, batch),
        schedule,
        out,
        run=Machine(progress=not as_json),
        held_out={"validation": crops_of(VALIDATION)},
        data=recipe["data"],
    )
    result = {"out": str(out), "steps": done.step, "finished": done.finished, "metrics": done.metrics}
    typer.echo(json.dumps(result) if as_json else f"{done.step} steps in {out}")


def _train_locator(out: Path, views: int, batch: int, rate: float, seed: int, run: Machine) -> None:
    """Train the network that finds hands in whole frames."""
    from functools import partial

    from thenar.data.scenes import SceneRecipe, SceneSource
    from thenar.nets.spec import LocatorSpec
    from thenar.train.config import Schedule
    from thenar.train.fit_locator import fit_locator

    recipe, unseen = SceneRecipe(), SceneSource(SceneRecipe(held_out=True, shape_count=100), seed + 1_000_000, 100)
    fit_locator(
        LocatorSpec(),
        partial(SceneSource, recipe, seed, batch),
        Schedule(-(-views // batch), seed, rate),
        out,
        run=run,
        held_out=[unseen.batch(step) for step in range(10)],
        data={"kind": "views", "batch": batch, **recipe.to_dict()},
    )


def _stem(path: Path | None) -> Path | None:
    """The path of a saved network without its ending, given that or its folder."""
    return path / "model" if path and path.is_dir() else path
