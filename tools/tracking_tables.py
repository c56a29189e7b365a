"""What the pages on tracking show: hard sequences, whether confidence is worth what it says, jitter and lag."""

from __future__ import annotations

from tables import RESULTS, measured_on, table
from thenar.bench.results import read_result


def live_torture() -> str:
    """How hands are followed, a row for each sequence."""
    result = read_result(RESULTS / "live-torture.json")
    rows = []
    for r in result["sequences"]:
        recall = "-" if r["recall"] is None else f"{100 * r['recall']:.1f} %"
        error = "-" if r["error_mm"] is None else f"{r['error_mm']:.1f}"
        counts = (r[name] for name in ("frames", "false_hands", "id_switches", "side_flips", "wrong_side"))
        rows.append((f"*{r['name']}*: {r['what']}", recall, *map(str, counts), error))
    head = ("sequence", "recall", "frames", "false", "id switches", "flips", "wrong side", "error, mm")
    return f"{table(head, rows)}\n\nPreset `{result['model']}`. {measured_on(result)}"


def live_rooms() -> str:
    """Hands told of in other rooms without any."""
    result = read_result(RESULTS / "live-rooms.json")
    frames, false, rooms = (sum(row[name] for row in result["rows"]) for name in ("frames", "false_hands", "rooms"))
    seeds = len(result["rows"])
    return (
        f"In {frames:,} frames of {seeds * result['rooms_each']} other rooms, of {seeds} other seeds, it tells of "
        f"{false} hands, in {rooms} of the rooms (`{result['command']}`)."
    )


def live_reliability() -> str:
    """What is said of joints, and how many of them are right."""
    result = read_result(RESULTS / "live-torture.json")
    rows = [
        (
            f"{part['low']:.1f} to {part['high']:.1f}",
            str(part["joints"]),
            f"{part['confidence']:.3f}",
            f"{part['share_within']:.3f}",
        )
        for part in result["reliability"]
    ]
    sure = result["at_0.9"]
    told = (
        f"Of {sure['joints']} joints at 0.9 or more {100 * sure['share_within']:.1f} % lie within 15 mm. Expected "
        f"calibration error: {result['calibration_error']:.3f}."
    )
    return f"{table(('confidence', 'joints', 'mean confidence', 'share within 15 mm'), rows)}\n\n{told}"


def live_smooth() -> str:
    """Jitter and lag of every filter."""
    result = read_result(RESULTS / "live-smooth.json")
    rows = [
        (
            name,
            f"{r['jitter_mm']:.2f}",
            f"{r['jitter_worst_hand_mm']:.2f}",
            f"{r['lag_ms']:.1f}",
            f"{r['lag_longest_ms']:.1f}",
            f"{r['lag_fingers_ms']:.0f}",
            f"{r['error_moving_mm']:.1f}",
        )
        for name, r in result["filters"].items()
    ]
    head = ("", "jitter, mm", "worst hand", "lag, ms", "longest", "lag of fingers, ms", "error while moving, mm")
    told = (
        f"{result['hands_still']} hands at rest, {result['hands_moving']} that move, {result['frames']} frames, the "
        f"hand lost in {result['frames_lost']}. *One-Euro*: 1.5 Hz, 0.03 Hz per mm/s, 1 Hz, each coordinate alone."
    )
    return f"{table(head, rows)}\n\n{told} {measured_on(result)}"
