"""The three presets side by side: against AWR, against their teacher, and split by what a frame shows."""

from __future__ import annotations

from typing import Any

from tables import RESULTS, measured_on, table
from thenar.bench.results import read_result
from thenar.live.presets import PRESETS

TEACHER, TEACHER_KIND = "accuracy", "float32"
"""Whose AUC is 100 %: the largest network that was trained on this project's data, before it was quantized."""

SPLITS = ("sensor", "view", "visibility", "distance", "hand size")
RUNTIMES = {"native": "as C", "openvino": "OpenVINO, int8"}


def heldout_of(preset: str) -> dict[str, Any]:
    """A preset's figures on the held-out benchmark; empty where they are not measured."""
    path = RESULTS / f"heldout-{preset}.json"
    return read_result(path) if path.is_file() else {}


def teacher_kind(question: str) -> str:
    """Which of the teacher's models was asked a question: float32 where it was."""
    return TEACHER_KIND if f"{TEACHER_KIND}_{question}" in heldout_of(TEACHER) else "int8"


def retention(preset: str, question: str) -> str:
    """AUC of a preset's int8 model over the teacher's, asked the same."""
    teacher = heldout_of(TEACHER).get(f"{teacher_kind(question)}_{question}")
    own = heldout_of(preset).get(f"int8_{question}")
    return f"{100 * own['auc_0_50'] / teacher['auc_0_50']:.1f} %" if teacher and own else "-"


def error(preset: str, question: str) -> str:
    """A preset's mean joint error in int8."""
    own = heldout_of(preset).get(f"int8_{question}")
    return f"{own['mean_joint_error_mm']:.2f}" if own else "-"


def presets() -> str:
    """What each preset costs beside AWR ResNet-50, and what it keeps of its teacher."""
    result = read_result(RESULTS / "presets.json")
    before = result["original"]
    rows: list[tuple[str, ...]] = []
    original = [f"{before['macs'] / 1e6:,.0f}", "-", f"{before['ms_median']:.1f}", "1", f"{before['bytes'] / 1e3:,.0f}"]
    rows.append(("AWR ResNet-50, float32", *original, "1", "", "", "", ""))
    for preset, figures in result["presets"].items():
        times = [f"{figures[runtime]['ms_median']:.3f}" for runtime in RUNTIMES]
        faster = " / ".join(f"{figures[runtime]['times_faster']:,.0f}" for runtime in RUNTIMES)
        size = (f"{figures['bytes'] / 1e3:,.0f}", f"{figures['times_smaller']:,.0f}")
        kept = (retention(preset, "located"), retention(preset, "truth"))
        errors = (error(preset, "located"), error(preset, "truth"))
        rows.append((f"`{preset}`", f"{figures['macs'] / 1e6:.0f}", *times, faster, *size, *kept, *errors))
    head = (
        "one thread",
        "MMACs",
        *(f"ms, {runtime}" for runtime in RUNTIMES.values()),
        f"times faster ({' / '.join(RUNTIMES.values())})",
        "KB",
        "times smaller",
        "AUC kept, located",
        "AUC kept, centre given",
        "mean error, mm, located",
        "centre given",
    )
    said = (
        "AWR's ms are OpenVINO's in float32. Errors are of the int8 model on the held-out benchmark; a frame whose "
        "hand is not found counts as 0 in the AUC and is left out of the mean error. AUC kept is of "
        f"the teacher's: `{TEACHER}`, the largest network trained on this project's data (located in "
        f"{teacher_kind('located')}, centre given in {teacher_kind('truth')}); AWR itself was not trained on it."
    )
    return f"{table(head, rows)}\n\n{said} {measured_on(result)}"


def presets_split() -> str:
    """The held-out benchmark of every preset in int8, located, split up: mean joint error and AUC by group."""
    located = {preset: heldout_of(preset).get("int8_located") for preset in PRESETS}
    found = {preset: figures["tables"] for preset, figures in located.items() if figures}
    parts = []
    for split in SPLITS:
        groups = list(dict.fromkeys(group for tables in found.values() for group in tables.get(split, {})))
        if not groups:
            continue
        rows = []
        for group in groups:
            cells = [tables.get(split, {}).get(group) for tables in found.values()]
            shown = [f"{cell['mean_joint_error_mm']:.2f} ({cell['auc_0_50']:.3f})" if cell else "-" for cell in cells]
            rows.append((group.strip(), *shown, str(next(cell["frames"] for cell in cells if cell))))
        parts.append(table((split, *(f"`{preset}`" for preset in found), "frames"), rows))
    return "\n\n".join((*parts, "Mean joint error in mm (AUC 0..50 mm), place and side found, int8."))


def sequences() -> str:
    """Every preset on moving hands, as each sensor sees them."""
    path = RESULTS / "sequences.json"
    if not path.is_file():
        return "Not measured."
    result = read_result(path)
    presets_run = list(next(iter(result["sensors"].values())))
    rows = []
    for sensor, figures in result["sensors"].items():
        cells = []
        for preset in presets_run:
            of = figures[preset]
            cells.append(f"{of['mean_joint_error_mm']:.2f} ({of['auc_0_50']:.3f}), {of['frames_without_hand']} lost")
        rows.append((sensor, *cells, str(figures[presets_run[0]]["frames"])))
    head = ("sequences of", *(f"`{preset}`" for preset in presets_run), "frames")
    said = "Mean joint error in mm (AUC 0..50 mm) and frames without a hand; located by the tracker, not smoothed."
    return f"{table(head, rows)}\n\n{said} {measured_on(result)}"


def ablation() -> str:
    """What each way to a small network brought."""
    path = RESULTS / "ablation.json"
    if not path.is_file():
        return "Not measured."
    result = read_result(path)
    rows = []
    for way in result["ways"].values():
        errors = (f"{way[f'{kind}_mean']:.2f} ± {way[f'{kind}_spread']:.2f}" for kind in ("float32_mm", "int8_mm"))
        rows.append((way["what"], *errors))
    network, teacher = result["network"], result["teacher"]
    seeds = len(next(iter(result["ways"].values()))["float32_mm"])
    said = (
        f"{network['macs'] / 1e6:.1f} MMACs, {network['params']:,} parameters; {result['crops']:,} crops in "
        f"{result['steps']} steps, mean and standard deviation of {seeds} seeds; the teacher has "
        f"{teacher['macs'] / 1e6:.0f} MMACs."
    )
    return f"{table(('mean joint error, mm', 'float32', 'int8'), rows)}\n\n{said} {measured_on(result)}"
