"""Tables of the held-out benchmark, of runtimes beside each other, and of how fast training samples are made."""

from __future__ import annotations

from itertools import product

from tables import RESULTS, measured_on, table
from thenar.bench.results import read_result
from thenar.live.presets import DEFAULT_PRESET, PRESETS

QUESTIONS = {
    "located": "place and side found",
    "located_always": "the same, never refusing",
    "truth": "true centre and side given",
}


def heldout() -> str:
    """The headline figures of every preset."""
    rows = []
    for preset in PRESETS:
        if not (path := RESULTS / f"heldout-{preset}.json").is_file():
            continue
        result = read_result(path)
        for kind, question in product(("int8", "float32"), QUESTIONS):
            if (r := result.get(f"{kind}_{question}")) is None:
                continue
            rows.append(
                (
                    f"`{preset}`, {kind}, {QUESTIONS[question]}",
                    f"{r['mean_joint_error_mm']:.2f}",
                    f"{r['median_joint_error_mm']:.2f}",
                    f"{r['auc_0_50']:.3f}",
                    str(r["frames"]),
                    str(r["frames_without_hand"]),
                    str(r["frames_wrong_side"]),
                )
            )
    head = ("held-out benchmark", "mean joint error, mm", "median", "AUC 0..50 mm", "frames", "no hand", "wrong side")
    occluded = f"{100 * result['occluded_share']:.1f} % of the joints are occluded."
    return f"{table(head, rows)}\n\nRendered frames; {occluded} {measured_on(result)}"


def heldout_tables() -> str:
    """The default preset in int8, located, split up."""
    result = read_result(RESULTS / f"heldout-{DEFAULT_PRESET}.json")["int8_located"]
    parts = []
    joints = [(name, f"{mm:.2f}") for name, mm in zip(result["joints"], result["per_joint_mm"], strict=True)]
    parts.append(table(("joint", "mm"), joints))
    for name, groups in result["tables"].items():
        rows = [
            (group.strip(), f"{r['mean_joint_error_mm']:.2f}", f"{r['auc_0_50']:.3f}", str(r["frames"]))
            for group, r in groups.items()
        ]
        parts.append(table((name, "mm", "AUC 0..50 mm", "frames"), rows))
    return "\n\n".join(parts)


def agreement() -> str:
    """How far the runtimes are apart, of every preset."""
    parts = []
    for preset in PRESETS:
        path = RESULTS / f"agreement-{preset}.json"
        if not path.is_file():
            continue
        result = read_result(path)
        rows = [
            (f"{p['one']} against {p['other']}", f"{p['max_uvd']:.1e}", f"{p['mean_mm']:.4f}", f"{p['max_mm']:.3f}")
            for p in result["pairs"]
        ]
        head = (f"`{preset}`, {result['crops']} rendered crops", "largest difference, uvd", "mean, mm", "largest, mm")
        parts.append(f"{table(head, rows)}\n\n{measured_on(result)}")
    return "\n\n".join(parts)


def speed() -> str:
    result = read_result(RESULTS / "speed.json")
    rows = [
        (p["runtime"], p["model"], str(p["threads"]), f"{p['ms_p50']:.3f}", f"{p['ms_p95']:.3f}")
        for p in result["rows"]
    ]
    head = ("runtime", "model", "threads", "ms, median", "ms, 95th percentile")
    return f"{table(head, rows)}\n\n{measured_on(result)}"


def generation() -> str:
    result = read_result(RESULTS / "generation.json")
    return f"{result['samples_per_s_core']:.0f} training samples per second and core ({measured_on(result)})"
