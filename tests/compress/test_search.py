import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from thenar.compress.claims import Claims
from thenar.compress.search import front, search
from thenar.compress.space import Pruning, Space, offered
from thenar.errors import ThenarError

pytestmark = pytest.mark.train
TRIALS = 10
SCRIPT = """
import sys, time
from pathlib import Path
from thenar.compress.search import search
from thenar.compress.space import Space

def objective(number, parameters):
    with open(sys.argv[2], "a") as file:
        file.write(f"{number}\\n")
    time.sleep(float(sys.argv[3]))
    return parameters["keep"], abs(parameters["keep"] - 0.2) * parameters["width"] + parameters["trust"] / 9

search(Path(sys.argv[1]), Space(model={"width": (8, 16, 32)}), objective, 10, seed=3)
"""
SPACE = Space(model={"width": (8, 16, 32)})


def objective(number: int, parameters: dict) -> tuple[float, float]:
    return parameters["keep"], abs(parameters["keep"] - 0.2) * parameters["width"] + parameters["trust"] / 9


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory):
    return search(tmp_path_factory.mktemp("search") / "study.db", SPACE, objective, TRIALS, seed=3)


def start(folder: Path, log: str, pause: float = 0.05) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", SCRIPT, str(folder / "study.db"), str(folder / log), str(pause)]
    return subprocess.Popen(command, env=environment)


def started(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def test_killed_twice_and_resumed_it_ends_with_the_trials_it_would_have_had(unbroken, tmp_path: Path) -> None:
    for kill_at in (2, 6):
        process = start(tmp_path, "log", pause=0.15)
        end = time.monotonic() + 120
        while kill_at not in started(tmp_path / "log"):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(tmp_path, "log").wait(timeout=120) == 0
    assert search(tmp_path / "study.db", SPACE, objective, TRIALS, seed=3) == unbroken
    assert sorted(set(started(tmp_path / "log"))) == list(range(TRIALS))
    assert len(started(tmp_path / "log")) <= TRIALS + 2  # the two that were killed ran twice


def test_two_processes_share_a_study_and_never_run_the_same_trial(unbroken, tmp_path: Path) -> None:
    both = [start(tmp_path, name, pause=0.1) for name in ("one", "two")]
    assert [process.wait(timeout=180) for process in both] == [0, 0]
    one, two = started(tmp_path / "one"), started(tmp_path / "two")
    assert sorted(one + two) == list(range(TRIALS))
    assert search(tmp_path / "study.db", SPACE, objective, TRIALS, seed=3) == unbroken


def test_a_trial_that_ends_while_another_looks_for_work_is_not_run_again(unbroken, tmp_path: Path, monkeypatch) -> None:
    take = Claims.take

    def late(self: Claims, name: str) -> bool:
        time.sleep(0.05)  # what was read before has changed by now
        return take(self, name)

    monkeypatch.setattr(Claims, "take", late)
    ran: list[int] = []

    def noted(number: int, parameters: dict) -> tuple[float, float]:
        ran.append(number)
        time.sleep(0.02)
        return objective(number, parameters)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(search, tmp_path / "study.db", SPACE, noted, TRIALS, seed=3) for _ in range(2)]
        assert [one.result(timeout=120) for one in both] == [unbroken, unbroken]
    assert sorted(ran) == list(range(TRIALS))


def test_trials_stay_in_the_space_and_a_longer_search_begins_with_the_shorter_one(unbroken, tmp_path: Path) -> None:
    assert [trial.number for trial in unbroken] == list(range(TRIALS))
    for trial in unbroken:
        assert 0.02 <= trial.parameters["keep"] <= 0.6 and trial.parameters["width"] in (8, 16, 32)
    store = tmp_path / "study.db"
    assert search(store, SPACE, objective, 3, seed=3) == unbroken[:3]
    assert search(store, SPACE, objective, 6, seed=3) == unbroken[:6]


def test_a_trial_that_fails_is_told_and_not_run_again(tmp_path: Path) -> None:
    ran = []

    def fails(number, parameters):
        ran.append(number)
        if number == 1:
            raise ThenarError("loss nan at batch 3")
        return objective(number, {**parameters, "width": 8})

    for _ in range(2):
        found = search(tmp_path / "study.db", Space(), fails, 3)
    assert ran == [0, 1, 2]
    assert found[1].values is None and found[1].note == "loss nan at batch 3"


@pytest.mark.parametrize(("space", "seed"), [(Space(), 0), (SPACE, 1), (Space(model={"width": (8,)}), 0)])
def test_another_search_in_the_same_store_is_refused(tmp_path: Path, space: Space, seed: int) -> None:
    search(tmp_path / "study.db", SPACE, objective, 1)
    with pytest.raises(ThenarError, match="holds a search of another space or seed"):
        search(tmp_path / "study.db", space, objective, 1, seed)


def test_a_file_that_is_no_store_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "study.db").write_text("not SQLite, and long enough not to be taken for an empty file" * 20)
    with pytest.raises(ThenarError, match="is no store of a search"):
        search(tmp_path / "study.db", SPACE, objective, 1)


@pytest.mark.parametrize(
    ("points", "indices"),
    [
        ([], []),
        ([(1, 1)], [0]),
        ([(1, 2), (2, 1), (2, 2)], [0, 1]),
        ([(1, 1), (1, 1)], [0]),
        ([(3, 3), (1, 1)], [1]),
    ],
)
def test_front(points, indices) -> None:
    assert front(points) == indices


class Factory:
    def __init__(self, space):
        self.space = space


@pytest.mark.parametrize("space", [["width"], {"width": ()}, {"width": 8}, {"width": ([8],)}, {"width": "wide"}])
def test_a_space_that_is_none_is_one_line(space) -> None:
    with pytest.raises(ThenarError, match="space"):
        offered(Factory(space), "nets:small")


def test_a_space_is_what_the_factory_offers() -> None:
    assert offered(Factory({"width": range(16, 49, 16)}), "")["width"] == (16, 32, 48)
    assert offered(print, "") == {}
    with pytest.raises(ThenarError, match="keep 0"):
        Pruning(low=0)
