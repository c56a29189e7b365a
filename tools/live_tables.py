"""What the live pages show: the viewer's milliseconds, recording, and finger-spelled letters."""

from __future__ import annotations

from tables import RESULTS, measured_on, table
from thenar.bench.results import read_result


def viewer() -> str:
    """What the viewer's stages take, from an endless synthetic source, and whether memory grows."""
    result = read_result(RESULTS / "viewer.json")
    rows = [(f"`{name}`", f"{ms['ms_p50']:.2f}", f"{ms['ms_p95']:.2f}") for name, ms in result["stages"].items()]
    told = (
        f"{result['fps']:.1f} frames a second, {result['dropped']} dropped in {result['seconds']:.0f} s, "
        f"{result['hands_followed']:.1f} hands followed, "
    )
    if "memory_mb" in result:
        start, end = (result["memory_mb"][at] for at in (0, -1))
        told += f"memory {start:.1f} MB at the start and {end:.1f} MB at the end."
    else:
        told += f"peak memory grew by {result['peak_memory_grew_kb']:,} kB."
    return f"{table(('stage', 'ms, median', 'ms, 95th percentile'), rows)}\n\n{told} {measured_on(result)}"


def record() -> str:
    """Whether recording keeps up with a camera."""
    result = read_result(RESULTS / "record.json")
    rows = [(f"{fps} a second", str(r["frames"]), str(r["dropped"])) for fps, r in result["rates"].items()]
    said = (
        f"{result['size']} on one core: {result['ms_per_frame_p50']:.1f} ms a frame with the disk, "
        f"{result['kib_per_frame']:.0f} KiB, "
        f"95th percentile {result['ms_per_frame_p95']:.1f} ms. {measured_on(result)}"
    )
    return f"{table(('synthetic frames of an SR305', 'written', 'dropped'), rows)}\n\n{said}"


def letters() -> str:
    """How well finger-spelled letters are told apart, and which are confused."""
    result = read_result(RESULTS / "letters.json")
    right = sorted(result["right"].items(), key=lambda item: (-item[1], item[0]))
    groups: dict[str, list[str]] = {}
    for name, share in right:
        groups.setdefault(f"{100 * share:.0f} %", []).append(name.upper())
    rows = [(" ".join(names), share) for share, names in groups.items()]
    confused = ", ".join(f"{a.upper()} for {b.upper()} ({100 * share:.0f} %)" for a, b, share in result["confused"][:5])
    told = (
        f"The mean is {100 * result['mean_right']:.0f} %; {100 * result['mean_unknown']:.0f} % of letters were not "
        f"recognised, and {100 * result['accepted_none']:.0f} % of hands that make no letter were given one. Most "
        f"often taken for another: {confused}. {result['frames']} frames, {result['hands_not_found']} without a hand "
        f"found, joints {result['mean_joint_error_mm']:.1f} mm off on average."
    )
    return f"{table(('letters', 'right'), rows)}\n\n{told} {measured_on(result)}"
