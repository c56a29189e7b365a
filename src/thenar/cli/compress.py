"""`thenar compress`: a network and a budget in, a network that fits it out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from thenar.errors import ThenarError
from thenar.extras import require

if TYPE_CHECKING:
    from thenar.compress.reference import Reference
    from thenar.compress.request import Request

SYNTH = "synth"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("compress")(compress)


def compress(
    model: Annotated[str, typer.Option(help="A saved hand network, or module:factory that builds any network.")],
    data: Annotated[
        str,
        typer.Option(help="synth: rendered hands; a labelled recording; or module:factory of data, a loss, a metric."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; a run found there is continued.")],
    budget: Annotated[str, typer.Option(help='As "latency_ms=0.5,memory_kb=256,size_kb=100,max_drop=0.01".')] = "",
    weights: Annotated[Path | None, typer.Option(help="The network's state_dict as .safetensors.")] = None,
    train_first: Annotated[int, typer.Option(min=0, help="Train the original for so many steps first.")] = 0,
    teacher: Annotated[str, typer.Option(help="module:factory of another network to learn from.")] = "",
    teacher_weights: Annotated[Path | None, typer.Option(help="The teacher's state_dict as .safetensors.")] = None,
    trials: Annotated[int, typer.Option(min=1, help="Networks to try.")] = 12,
    short_steps: Annotated[int, typer.Option(min=1, help="Training steps of a trial.")] = 150,
    steps: Annotated[int, typer.Option(min=1, help="Training steps of a finalist.")] = 1000,
    finalists: Annotated[int, typer.Option(min=1, help="Trials that are trained to the end.")] = 2,
    batch: Annotated[int, typer.Option(min=1, help="Examples a step.")] = 64,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 2e-3,
    keep: Annotated[str, typer.Option(help="Shares of multiply-accumulates to try to keep, from,to.")] = "0.02,0.6",
    multiple: Annotated[int, typer.Option(min=1, help="Channels are kept in multiples of this.")] = 16,
    runtime: Annotated[str, typer.Option(help="Runtime whose latency counts.")] = "auto",
    target: Annotated[str, typer.Option(help="Target whose memory counts; see thenar compile.")] = "host",
    weight_bits: Annotated[
        Literal["4", "8"],
        typer.Option("--weight-bits", help="4: large weights take half the bytes of the file, and are trained for it."),
    ] = "8",
    workers: Annotated[int, typer.Option(min=0, help="Processes that make batches; 0 makes them in between.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed tries the same networks.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a convolutional PyTorch network smaller until it fits a budget; stop it with Ctrl-C, run it again to go on.

    thenar compress --model my_nets:classifier --data my_data:images --budget "latency_ms=0.5,max_drop=0.01" -o small

    OUT/model.onnx is the result in int8, OUT/report.html shows it beside the original. Run it in a second terminal to
    share the search.
    """
    require("compress", "torch", "torch_pruning", "optuna", "nncf", "onnx")
    from thenar.compress.budget import Budget
    from thenar.compress.request import Options, Request
    from thenar.compress.space import Pruning

    bits: Literal[4, 8] = 4 if weight_bits == "4" else 8
    low, _, high = keep.partition(",")
    try:
        pruning = Pruning(float(low), float(high or low))
    except ValueError:
        raise ThenarError(f"--keep {keep}", fix="give two shares, as 0.02,0.6") from None
    request = Request(
        _network(model),
        _data(data, model),
        Budget.parse(budget),
        Options(train_first, trials, short_steps, steps, finalists, batch, rate, seed, runtime, target, multiple, bits),
        pruning,
        weights=weights,
        teacher=_network(teacher) if teacher else None,
        teacher_weights=teacher_weights,
    )
    carry_out(request, out, as_json, workers)


def _network(name: str) -> Reference:
    """`module:factory` as it is; a path as the saved hand network there."""
    from thenar.compress.reference import Reference

    return Reference(name) if ":" in name else Reference("thenar.nets.factory:saved", {"path": name})


def _data(name: str, model: str) -> Reference:
    """Rendered or recorded hands for a hand network, or the user's own factory."""
    from thenar.compress.reference import Reference

    is_recording = Path(name).is_dir()
    if name.lower() != SYNTH and not is_recording:
        return Reference(name)
    if ":" in model:
        raise ThenarError(f"--data {name} is of hands", fix="give module:factory of this network's data")
    if is_recording:
        return Reference("thenar.data.hand_task:recorded", {"path": model, "folder": name})
    return Reference("thenar.data.hand_task:rendered", {"path": model})


def carry_out(request: Request, out: Path, as_json: bool, workers: int = 0) -> None:
    """Run a request and print what came out.

    Raises:
        ThenarError: as `thenar.compress.pipeline.compress`; or the budget isn't met, once everything is written.
    """
    from thenar.compress.pipeline import compress as run
    from thenar.compress.write import check_met, write
    from thenar.train.config import Machine

    machine = Machine(workers=workers, checkpoint_minutes=1.0, progress=not as_json)
    done = run(request, out, say=lambda line: typer.echo(line, err=True), machine=machine)
    write(request, done, out)
    result = {
        "out": str(out),
        "met": done.met,
        "original": dataclasses.asdict(done.original),
        "result": dataclasses.asdict(done.chosen),
    }
    typer.echo(json.dumps(result) if as_json else f"{out}: {done.chosen.told()}; {out / 'report.html'} shows it")
    check_met(request, done, out)
