"""Mutants of valid models end in an error of one line or in a correct library: never in a traceback, a hang, a crash.

    python tests/compile/fuzz.py --mutants 10000 --seed 0

Every mutant is read, optimized, lowered and emitted for c99 and x86-64 in a process of its own batch, under a limit of
memory and of CPU time each; what both accept is compiled (many networks in one C file), run on random inputs, and
compared: x86-64 with c99, and c99 with ONNX Runtime, or with ONNX's reference evaluator where that refuses the mutant.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from agree import agree, feeds_of, oracle
from batch import batch_build
from mutate import mutant

from thenar.compile import Library, translate
from thenar.compile.targets import C99, X86_64
from thenar.errors import ThenarError

CPU_SECONDS, MEMORY = 20.0, 12 << 30
_MOST_MACS, _MOST_BYTES = 2**26, 2**26
"""A mutant that takes more to run is read and emitted, but not run."""
_CHUNK = 100


@dataclass(frozen=True)
class Finding:
    """Mutant number `index` ended as it must not."""

    index: int
    what: str


def make(seed: int, index: int, corpus: list[bytes]) -> bytes:
    """Mutant number `index`: the same for the same seed and corpus."""
    return mutant(random.Random(f"{seed} {index}"), corpus)


def _translated(data: bytes, index: int) -> tuple[Library, Library] | str:
    """Both targets' libraries, or the kind of the error that both end in."""
    outcomes: list[Library | str] = []
    for target in (C99, X86_64):
        try:
            outcomes.append(translate(data, target, name=f"m{index}"))
        except ThenarError as error:
            if "\n" in str(error) or len(str(error)) > 1100:
                raise AssertionError(f"not one line: {error!r}") from error
            outcomes.append("refused")
    first, second = outcomes
    if isinstance(first, str) or isinstance(second, str):
        assert isinstance(first, str) and isinstance(second, str), "one target refuses what the other takes"
        return "refused"
    return first, second


def _runnable(library: Library) -> bool:
    tensors = library.program.tensors.values()
    return library.program.macs <= _MOST_MACS and sum(tensor.nbytes for tensor in tensors) <= _MOST_BYTES


def _compared(given: dict[int, tuple[bytes, Library, Library]], folder: Path, mark: Any) -> tuple[Counter[str], list]:
    """Compile, run and compare the accepted mutants."""
    counts: Counter[str] = Counter()
    findings = []
    plain = batch_build([item[1] for item in given.values()], folder / "c99", "-O0")
    fast = batch_build([item[2] for item in given.values()], folder / "x86", "-O1")
    for (index, (data, _, _)), one, other in zip(given.items(), plain, fast, strict=True):
        mark(index, "run")
        feeds = feeds_of(one.inputs, index)
        got, vector = one.run(feeds), other.run(feeds)
        model = onnx.load_model_from_string(data)
        if (why := agree(got, vector, model)) is not None:
            findings.append(Finding(index, f"x86-64 and c99 differ: {why}"))
        mark(index, "oracle")
        want = oracle(model, feeds)
        if want is None:
            counts["accepted, no oracle"] += 1
        elif (why := agree(want, got, model)) is not None:
            counts["differs"] += 1
            findings.append(Finding(index, f"c99 and the oracle differ: {why}"))
        else:
            counts["accepted, agrees"] += 1
    return counts, findings


def _work(seed: int, indices: list[int], corpus: list[bytes], mark: Any, folder: Path) -> tuple[Counter[str], list]:
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    accepted: dict[int, tuple[bytes, Library, Library]] = {}
    for index in indices:
        data = make(seed, index, corpus)
        mark(index, "compile")
        try:
            outcome = _translated(data, index)
        except Exception as error:  # what the fuzzer is here to find
            where = " < ".join(f"{f.name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[:-5:-1])
            findings.append(Finding(index, f"{type(error).__name__}: {str(error)[:200]} ({where})"))
            continue
        if isinstance(outcome, str):
            counts[outcome] += 1
        elif _runnable(outcome[0]):
            accepted[index] = (data, *outcome)
        else:
            counts["accepted, too large to run"] += 1
    mark(-1, "build")
    if accepted:
        more, found = _compared(accepted, folder, mark)
        counts, findings = counts + more, findings + found
    return counts, findings


def run(mutants: int, seed: int, corpus: list[bytes], first: int = 0, say: Any = print) -> tuple[Counter[str], list]:
    """Counts by outcome, and the findings."""
    import pickle  # between this process and its own children

    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    left = [list(range(at, min(at + _CHUNK, first + mutants))) for at in range(first, first + mutants, _CHUNK)]
    board = mmap.mmap(-1, 64)
    while left:
        indices = left.pop(0)
        board[:16] = struct.pack("q8s", -1, b"start")
        with tempfile.TemporaryDirectory() as scratch:
            answer, child = Path(scratch) / "answer", os.fork()
            if child == 0:
                _child(seed, indices, corpus, board, answer)
            _, status = os.waitpid(child, 0)
            if status == 0:
                more, found = pickle.loads(answer.read_bytes())
                counts, findings = counts + more, findings + found
                say(f"mutants to {indices[-1]}: {dict(counts)}")
                for finding in found:
                    say(f"mutant {finding.index}: {finding.what}")
                continue
            at, phase = struct.unpack("q8s", board[:16])
            phase = phase.rstrip(b"\0").decode()
            what = f"ended by status {status} (signal {status & 127}) in {phase}"
            if phase != "oracle":
                findings.append(Finding(at, what))
                say(f"mutant {at}: {what}\n{answer.with_suffix('.err').read_text()[-2000:]}")
            else:
                counts["oracle died"] += 1
            if at in indices:
                left.insert(0, [index for index in indices if index != at])
    return counts, findings


def _child(seed: int, indices: list[int], corpus: list[bytes], board: mmap.mmap, answer: Path) -> None:
    import pickle

    def mark(index: int, phase: str) -> None:
        board[:16] = struct.pack("q8s", index, phase.encode())
        signal.setitimer(signal.ITIMER_VIRTUAL, 10 * CPU_SECONDS if phase == "build" else CPU_SECONDS)

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with answer.with_suffix(".err").open("w") as errors:
        os.dup2(errors.fileno(), 2)
        warnings.simplefilter("ignore")
        try:
            result = _work(seed, indices, corpus, mark, answer.parent)
            answer.write_bytes(pickle.dumps(result))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os._exit(0)


def main(arguments: list[str]) -> int:
    from corpus import corpus

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=int, help="write this mutant to mutant.onnx and stop")
    options = parser.parse_args(arguments)
    models = corpus()
    if options.save is not None:
        Path("mutant.onnx").write_bytes(make(options.seed, options.save, models))
        return 0
    counts, findings = run(options.mutants, options.seed, models, options.first)
    print(dict(counts), f"{len(findings)} findings")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
