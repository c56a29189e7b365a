"""Networks before and after `thenar compress`."""

from __future__ import annotations

from tables import RESULTS, measured_on, table
from thenar.bench.results import read_result


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
