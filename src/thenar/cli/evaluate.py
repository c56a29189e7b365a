"""`thenar evaluate`: how many millimetres a tracker, or published predictions, are off."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from thenar.cli.tables import columns
from thenar.data.datasets import DATASETS, open_dataset
from thenar.data.frame import BadFrame, Frame
from thenar.data.predictions import evaluate_predictions
from thenar.data.recording import open_recording
from thenar.errors import ThenarError
from thenar.hand.metrics import Report
from thenar.live.evaluate import Center, Evaluation, evaluate_frames
from thenar.live.presets import DEFAULT_PRESET

HELDOUT = "heldout"
SINGLE_FRAMES = (HELDOUT, "hands17")
"""Sets whose frames don't follow each other: in each the hand is searched anew."""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    recording: Annotated[
        Path | None, typer.Argument(help="A labelled recording, or with --dataset a folder of that data set.")
    ] = None,
    model: Annotated[str, typer.Option(help="A preset, or the path of an ONNX model.")] = DEFAULT_PRESET,
    runtime: Annotated[str, typer.Option(help="auto, openvino, onnxruntime or native.")] = "auto",
    center: Annotated[
        str, typer.Option(help="Where the hand is: `located` by the tracker, or the `truth` of the labels.")
    ] = "located",
    dataset: Annotated[
        str | None,
        typer.Option(help=f"A data set: {', '.join(DATASETS)}; or {HELDOUT}, rendered here, without a folder."),
    ] = None,
    predictions: Annotated[Path | None, typer.Option(help="An .npz of predictions on the data set.")] = None,
    truth: Annotated[Path | None, typer.Option(help="The .npz of their truth.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure joint errors in millimetres, on a recording, a data set, or predictions in a file.

    thenar evaluate my-recording

    thenar evaluate NYU/test --dataset nyu

    thenar evaluate --dataset nyu --predictions P.npz --truth T.npz
    """
    if predictions is not None or truth is not None:
        if predictions is None or truth is None or dataset is None or recording is not None:
            raise ThenarError(
                "--predictions, --truth and --dataset belong together", fix="give all three and no recording"
            )
        report = evaluate_predictions(predictions, truth, dataset)
        document: dict[str, Any] = {"dataset": dataset, **report.to_dict()}
        text = report_text(report)
    else:
        evaluation = _evaluate(recording, dataset, model, runtime, center)
        document = evaluation.to_dict()
        text = evaluation_text(evaluation)
        for bad in evaluation.bad_frames:
            typer.echo(f"skipped: {bad.reason}", err=True)
    typer.echo(json.dumps(document) if as_json else text)


def _evaluate(path: Path | None, dataset: str | None, model: str, runtime: str, center: str) -> Evaluation:
    checked: dict[str, Center] = {"located": "located", "truth": "truth"}
    if center not in checked:
        raise ThenarError(f"--center {center!r} is unknown", fix="choose located or truth")
    from thenar.live.estimator import open_estimator

    frames = tqdm(_frames(path, dataset), unit="frame", disable=None)  # on stderr, and only where somebody looks
    estimator = open_estimator(model, runtime, follow=dataset not in SINGLE_FRAMES)
    return evaluate_frames(frames, estimator, checked[center])


def _frames(path: Path | None, dataset: str | None) -> Iterable[Frame | BadFrame]:
    if dataset == HELDOUT and path is None:
        from thenar.data.heldout_frames import heldout_frames

        return heldout_frames()
    if path is None:
        raise ThenarError("nothing to evaluate", fix="give a recording, or --dataset with --predictions and --truth")
    if dataset is not None:
        return open_dataset(path, dataset)
    recording = open_recording(path)
    for note in recording.notes:
        typer.echo(f"note: {note}", err=True)
    return recording


def report_text(report: Report) -> str:
    """A report for a reader: the main figures, then a row for each joint."""
    lines = [
        f"mean joint error   {report.mean_joint_error_mm:8.3f} mm",
        f"  without bias     {report.mean_joint_error_unbiased_mm:8.3f} mm",
        f"AUC 0..50 mm       {report.auc_0_50:8.4f}",
        f"frames             {report.frames:8d}",
        f"  without hand     {report.frames_without_hand:8d}",
    ]
    rows = [
        (name, f"{error:.2f}", " ".join(f"{v:+.1f}" for v in bias))
        for name, error, bias in zip(report.joints, report.per_joint_mm, report.per_joint_bias_mm, strict=True)
    ]
    return "\n".join(lines) + "\n\n" + columns(("joint", "mm", "bias x y z"), rows)


def evaluation_text(evaluation: Evaluation) -> str:
    """An evaluation for a reader: the report, then a table for each thing frames are sorted by."""
    parts = [report_text(evaluation.report)]
    for name, groups in evaluation.tables.items():
        rows = [
            (group, f"{report.mean_joint_error_mm:.2f}", f"{report.auc_0_50:.3f}", str(report.frames))
            for group, report in groups.items()
        ]
        parts.append(columns((name, "mm", "AUC", "frames"), rows))
    return "\n\n".join(parts)
