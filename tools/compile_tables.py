"""Tables of the compiler: speed, agreement, size, products, operators and the standard's tests."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tables import RESULTS, measured_on, table
from thenar.bench.results import read_result

PEERS = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime", "litert": "LiteRT"}


def compile_peers() -> str:
    """Each network compiled and in every runtime, in ms, with the share of the core's peak that ours reaches; for every
    C compiler that was measured."""
    paths = (RESULTS / f"compile_peers{suffix}.json" for suffix in ("", "_clang"))
    return "\n\n".join(_peers(read_result(path)) for path in paths if path.is_file())


def _peers(result: dict[str, Any]) -> str:
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
    """How far the compiled networks are from ONNX Runtime, and int8 from plain C; beside it, how far that is from
    itself and int8 from float32."""
    result = read_result(RESULTS / "compile_agreement.json")
    rows = []
    for name, weights in result["networks"].items():
        for which, kinds in weights.items():
            for kind, figure in kinds.items():
                reference = max(figure.get("largest_from_c99", {"": -1.0}).values())
                others = [figure.get(key, {}).get("mean_mm") for key in ("runtime_from_itself", "from_float32")]
                rows.append(
                    (
                        f"{name}, {which}, {kind}",
                        f"{max(figure['largest_relative'].values()):.1e}",
                        f"{figure['mean_mm']:.4f}",
                        f"{figure['largest_mm']:.4f}",
                        *("-" if mm is None else f"{mm:.4f}" for mm in others),
                        "-" if reference < 0 else f"{reference:.1e}",
                    )
                )
    head = (
        *("against ONNX Runtime", "largest, relative", "joints, mean mm", "largest mm"),
        *("ONNX Runtime without its optimizations, mean mm", "float32, mean mm", "largest from plain C"),
    )
    standard = [
        f"{name}: {r['from_standard']['mean_mm']:.3f} mm, ONNX Runtime {r['runtime_from_standard']['mean_mm']:.3f} mm"
        for name, weights in result["networks"].items()
        for kinds in weights.values()
        if "from_standard" in (r := kinds.get("int8", {}))
    ]
    judged = f" From ONNX's own evaluator, int8, one crop: {'; '.join(standard)}." if standard else ""
    return f"{table(head, rows)}\n\n{result['images']} rendered crops.{judged} {measured_on(result)}"


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
    """How many operators are claimed, and where they are named."""
    from thenar.compile.claims import claimed

    return f"It takes {len(claimed())} ONNX operators; [a table](docs/compile.md#operators) names them and their types."


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
