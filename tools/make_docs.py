"""Put the figures of bench/results into README and docs, between `<!-- NAME -->` and `<!-- /NAME -->`.

    python tools/make_docs.py [--check]

--check writes nothing and fails where a page is not what the results say.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

from live_tables import letters, viewer
from preset_tables import ablation, presets, presets_split, sequences
from tables import measured_on, table
from thenar.bench.results import read_result
from thenar.live.presets import DEFAULT_PRESET, PRESETS

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench/results"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


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


PEERS = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime", "litert": "LiteRT"}


def compile_peers() -> str:
    """Each network compiled and in every runtime, in ms, with the share of the core's peak that ours reaches."""
    result = read_result(RESULTS / "compile_peers.json")
    rows = []
    for name, kinds in result["networks"].items():
        for kind, figure in kinds.items():
            times = figure["times"]
            ours = times["native"]
            shares = [f"{100 * ours[f'share of {loop}']:.0f} % {loop}" for loop in figure["peaks_gmacs"]]
            peers = [f"{times[key]['ms_median']:.3f}" if key in times else "-" for key in PEERS]
            faster = f"{figure['times_faster']:.2f}"
            rows.append((f"{name}, {kind}", f"{ours['ms_median']:.3f}", ", ".join(shares), *peers, faster))
    head = ("ms, median", "compiled", "share of peak", *PEERS.values(), "times the fastest peer")
    litert = f"; LiteRT {result['litert']}" if "litert" in result else ""
    return f"{table(head, rows)}\n\nOne thread. {measured_on(result)}; {result['compiler']}{litert}"


def compile_agreement() -> str:
    """How far the compiled networks are from ONNX Runtime, and int8 from plain C."""
    result = read_result(RESULTS / "compile_agreement.json")
    rows = []
    for name, kinds in result["networks"].items():
        for kind, figure in kinds.items():
            reference = max(figure.get("largest_from_c99", {"": -1.0}).values())
            rows.append(
                (
                    f"{name}, {kind}",
                    f"{max(figure['largest_relative'].values()):.1e}",
                    f"{figure['mean_mm']:.4f}",
                    f"{figure['largest_mm']:.4f}",
                    "-" if reference < 0 else f"{reference:.1e}",
                )
            )
    head = ("against ONNX Runtime", "largest, relative", "joints, mean mm", "largest mm", "largest from plain C")
    return f"{table(head, rows)}\n\n{result['images']} rendered crops. {measured_on(result)}"


def generation() -> str:
    result = read_result(RESULTS / "generation.json")
    return f"{result['samples_per_s_core']:.0f} training samples per second and core ({measured_on(result)})"


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


def microcontroller() -> str:
    """The smallest student on the emulated boards."""
    result = read_result(RESULTS / "microcontroller.json")
    head = ("", *(f"{row['cpu']} (`{row['target']}`)" for row in result["rows"]))
    taken = [row["footprint"] for row in result["rows"]]
    lines = {
        "flash, bytes": [f["flash"] for f in taken],
        "of it code": [f["code"] for f in taken],
        "flash with a copy of the kernels for each layer": [row["flash_specialized"] for row in result["rows"]],
        "RAM, bytes": [f["ram"] for f in taken],
        "of it arena": [f["arena"] for f in taken],
        "stack, measured": [row["stack_measured"] for row in result["rows"]],
        "multiply-accumulates": [row["macs"] for row in result["rows"]],
        "instructions, counted by qemu": [row["instructions"] for row in result["rows"]],
    }
    rows = [(words, *(f"{value:,}" for value in values)) for words, values in lines.items()]
    macs = ", ".join(f"{layer['macs']:,}" for layer in result["rows"][0]["layers"] if layer["macs"])
    spec = result["spec"]
    what = f"channels {spec['channels']}, maps of {spec['map_size']}x{spec['map_size']}, {spec['joints']} joints"
    compiler = taken[0]["compiler"]
    return f"{table(head, rows)}\n\nStudent with {what}; MACs of its layers: {macs}. {compiler}; `{result['command']}`"


def products() -> str:
    """Models as packages ship them: the same answers, and milliseconds on one thread."""
    result = read_result(RESULTS / "products.json")
    rows = []
    for r in result["rows"]:
        package = f"{r['package']} {r['version']} ({r['licence'].removeprefix('The ').partition(' ')[0]})"
        size = "x".join(map(str, r["input"]))
        times = (f"{r['ms'][runtime]:.2f}" for runtime in ("native", "onnxruntime", "openvino"))
        rows.append((r["what"], package, size, f"{r['macs'] / 1e6:.0f}", f"{r['difference']:.0e}", *times))
    head = ("model", "package", "input", "MMACs", "difference", "thenar, ms", "ONNX Runtime, ms", "OpenVINO, ms")
    return f"{table(head, rows)}\n\n{measured_on(result)}"


def operators_short() -> str:
    """The claimed operators by name."""
    from thenar.compile.claims import claimed

    return f"{len(claimed())} ONNX operators: {', '.join(claimed())}."


def compress() -> str:
    """Two networks before and after."""
    result = read_result(RESULTS / "compress.json")
    parts = []
    for name, example in result["examples"].items():
        one, other = example["models"]["original, float32"], example["models"]["result, int8"]
        rows = [
            ("multiply-accumulates", f"{one['macs']:,}", f"{other['macs']:,}", f"{one['macs'] / other['macs']:.1f}x"),
            ("ONNX file, bytes", f"{one['bytes']:,}", f"{other['bytes']:,}", f"{one['bytes'] / other['bytes']:.1f}x"),
            ("metric", f"{one['metric']:.4f}", f"{other['metric']:.4f}", f"{100 * example['lost']:.2f} % lost"),
        ]
        latency = {(row["model"], row["runtime"]): row["p50_ms"] for row in example["latency"]}
        for runtime in dict.fromkeys(runtime for _, runtime in latency):
            before, after = (latency.get((model, runtime)) for model in example["models"])
            if before and after:
                rows.append((f"{runtime}, ms", f"{before:.4f}", f"{after:.4f}", f"{before / after:.1f}x"))
        head = (name, "original, float32", "result, int8", "")
        parts.append(f"{table(head, rows)}\n\n`{example['command']}`")
    return "\n\n".join((*parts, f"Latency is the median of one call on one thread. {measured_on(result)}"))


def operators() -> str:
    """What the compiler claims, asked of the compiler."""
    from thenar.compile.claims import operators_table

    return operators_table()


LEFT_OUT = {"operator": "left out: another operator", "type": "left out: another type", "": "left out: training mode"}


def standard_tests() -> str:
    """The standard's own tests by kind: how many pass on each target, and what the others would need."""
    result = read_result(RESULTS / "standard_tests.json")
    kinds = result["kinds"].values()
    rows = [("all", *(str(kind["tests"]) for kind in kinds))]
    for target in result["kinds"]["node"]["targets"]:
        rows.append((f"pass on `{target}`", *(str(kind["targets"][target]["passed"]) for kind in kinds)))
    missing: dict[str, Counter[str]] = {group: Counter() for group in LEFT_OUT}
    for group, words in LEFT_OUT.items():
        counts = [Counter[str]() for _ in kinds]
        for kind, count in zip(kinds, counts, strict=True):
            for reason, tests in kind["left_out"].items():
                word, _, what = reason.partition(" ")
                if group == (word if word in LEFT_OUT else ""):
                    count[what] += len(tests)
        rows.append((words, *(str(count.total()) for count in counts)))
        missing[group] = sum(counts, Counter())
    lists = [
        f"{words}: {', '.join(f'{name} {count}' for name, count in sorted(missing[group].items(), key=by_count))}."
        for group, words in (("operator", "Operators outside the list"), ("type", "Types outside the list"))
    ]
    library = f"onnx {result['environment']['libraries']['onnx']}; `{result['command']}`"
    head = ("the standard's tests", *result["kinds"])
    return "\n\n".join([table(head, rows), library, *lists])


def by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


BLOCKS: dict[str, Callable[[], str]] = {
    "heldout": heldout,
    "presets": presets,
    "presets-split": presets_split,
    "ablation": ablation,
    "sequences": sequences,
    "heldout-tables": heldout_tables,
    "agreement": agreement,
    "speed": speed,
    "compile-peers": compile_peers,
    "compile-agreement": compile_agreement,
    "generation": generation,
    "products": products,
    "record": record,
    "viewer": viewer,
    "letters": letters,
    "compress": compress,
    "operators": operators,
    "standard-tests": standard_tests,
    "microcontroller": microcontroller,
    "operators-short": operators_short,
}


def filled(text: str) -> str:
    """`text` with every block made anew."""

    def make(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"<!-- {name} -->\n{BLOCKS[name]()}\n<!-- /{name} -->"

    names = "|".join(sorted(BLOCKS, key=len, reverse=True))
    return re.sub(rf"<!-- ({names}) -->.*?<!-- /\1 -->", make, text, flags=re.S)


def main(arguments: list[str]) -> int:
    stale = [page for page in PAGES if filled(page.read_text("utf-8")) != page.read_text("utf-8")]
    if "--check" not in arguments:
        for page in stale:
            page.write_text(filled(page.read_text("utf-8")), encoding="utf-8")
        return 0
    for page in stale:
        print(f"{page.relative_to(ROOT)}: not what bench/results says; run make docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
