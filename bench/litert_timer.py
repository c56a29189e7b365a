"""Times LiteRT models for another process, in the Python of bench/litert-requirements.txt.

    python bench/litert_timer.py IMAGE.npy MODEL.tflite...

For each line "INDEX SECONDS" on stdin it prints the median time in s of that model, called for about so long.
"""

from __future__ import annotations

import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from thenar.bench.interleave import turn


def opened(model: str, image: np.ndarray) -> Interpreter:
    """One thread, XNNPACK's kernels (LiteRT's default)."""
    interpreter = Interpreter(model, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    return interpreter


def main() -> None:
    image = np.load(sys.argv[1]).transpose(0, 2, 3, 1).copy()
    interpreters = [opened(model, image) for model in sys.argv[2:]]
    print("ready", flush=True)
    for line in sys.stdin:
        index, seconds = line.split()
        print(turn(interpreters[int(index)].invoke, float(seconds)), flush=True)


if __name__ == "__main__":
    main()
