"""`thenar gesture`: signs of one's own, learned from joints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from thenar.live.gesture.classifier_file import read_classifier, write_classifier
from thenar.live.gesture.examples import read_examples
from thenar.live.gesture.learn import NONE, Score, learn, score

SHOWN = 5
"""Confusions that are printed."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
gesture = typer.Typer(no_args_is_help=True, help="Teach signs of your own, and see how well they are told apart.")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(gesture, name="gesture")


@gesture.command("train")
def train(
    data: Annotated[Path, typer.Argument(help="A folder with a folder for each sign, in them joints.jsonl.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    as_json: Json = False,
) -> None:
    """Learn signs from tracked joints, for `thenar track --gestures`.

    Hands under DATA/none make no sign and teach where signs end.

    thenar track oak -o signs/wave --seconds 20   (and so on, a folder for each sign)

    thenar gesture train signs -o signs.json
    """
    examples = read_examples(data)
    write_classifier(out, learn(examples))
    counts = {name: len(rows) for name, rows in examples.items()}
    if as_json:
        typer.echo(json.dumps({"examples": counts, "out": str(out)}))
        return
    signs = [name for name in counts if name != NONE]
    typer.echo(f"signs         {len(signs)}: {', '.join(signs)}")
    typer.echo(f"examples      {sum(counts.values())}, {counts.get(NONE, 0)} of them no sign")
    typer.echo(f"written to    {out}")


@gesture.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help="What `thenar gesture train` wrote.")],
    data: Annotated[Path, typer.Argument(help="Other examples, in folders as for training.")],
    as_json: Json = False,
) -> None:
    """How well learned signs are told apart on other examples."""
    result = score(read_classifier(file), read_examples(data))
    if as_json:
        typer.echo(json.dumps({"mean_right": result.mean_right, **vars(result)}))
        return
    typer.echo(_text(result))


def _text(result: Score) -> str:
    signs = (f"{name} {share:.0%}" for name, share in sorted(result.right.items(), key=lambda entry: entry[1]))
    lines = [
        f"right         {result.mean_right:.1%}, the mean over {len(result.right)} signs",
        f"by sign       {', '.join(signs)}",
    ]
    unknown = sum(result.unknown.values()) / len(result.unknown)
    lines.append(f"unknown       {unknown:.1%} of signs were not recognised")
    if result.accepted_none is not None:
        lines.append(f"invented      {result.accepted_none:.1%} of hands that make no sign were given one")
    if result.confused:
        pairs = (f"{name} as {told} {share:.0%}" for name, told, share in result.confused[:SHOWN])
        lines.append(f"confused      {', '.join(pairs)}")
    return "\n".join(lines)
