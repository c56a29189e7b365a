import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from functools import partial
from pathlib import Path
from blobs import Blobs
from thenar.nets.spec import StudentSpec
from thenar.train.config import FitConfig, Machine
from thenar.train.fit import fit

if __name__ == "__main__":
    spec = StudentSpec(channels=(16, 16, 32), blocks=(0, 0, 1))
    run = Machine(workers=1, threads=1, log_every=1, evaluate_every=5, checkpoint_minutes=0, progress=False)
    fit(spec, partial(Blobs, 3, 4), FitConfig(steps=12, warmup=4, optimizer=sys.argv[2]), Path(sys.argv[1]), run=run,
        held_out={"toy": [Blobs(9, 8).batch(0)]})
"""


def start(folder: Path, optimizer: str) -> subprocess.Popen[bytes]:
    script = folder.parent / "train_toy.py"
    script.write_text(SCRIPT)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{Path(__file__).parent}",
        "OMP_WAIT_POLICY": "passive",
    }
    return subprocess.Popen([sys.executable, str(script), str(folder), optimizer], env=environment)


def wait_for_step(folder: Path, step: int) -> None:
    path = folder / "checkpoints" / f"step-{step:09d}.safetensors"
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, "the run makes no progress"
        time.sleep(0.005)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_killed_and_resumed_run_ends_in_the_same_weights_bit_for_bit(tmp_path: Path, optimizer: str) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    unbroken = start(whole, optimizer)
    broken = start(killed, optimizer)
    wait_for_step(killed, 5)
    broken.send_signal(signal.SIGKILL)
    broken.wait()
    assert start(killed, optimizer).wait() == 0
    assert unbroken.wait() == 0

    last = Path("checkpoints/step-000000012.safetensors")  # weights, average, optimizer and random state
    assert (killed / last).read_bytes() == (whole / last).read_bytes()
    assert (killed / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    steps = [line.split(",")[0] for line in (killed / "log.jsonl").read_text().splitlines()]
    assert steps == [line.split(",")[0] for line in (whole / "log.jsonl").read_text().splitlines()]


def test_an_interrupt_leaves_a_checkpoint_and_ends_cleanly(tmp_path: Path) -> None:
    run = start(tmp_path / "run", "muon")
    wait_for_step(tmp_path / "run", 2)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=30) == 0
    newest = sorted((tmp_path / "run" / "checkpoints").iterdir())[-1]
    assert 2 <= int(newest.stem.removeprefix("step-")) < 12
