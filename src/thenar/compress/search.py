"""A search that can be killed at any moment and shared by processes, and ends with the same trials all the same.

Trials come in generations. What trial n tries depends on the seed, on n, and on the results of earlier generations
alone: not on which process runs it, nor on what else was finished by then. The first generation spreads over the space
(Sobol's sequence), later ones are Optuna's TPE on all earlier results. The store is SQLite; a trial belongs to the
process that holds its lock, so one whose process died is found, and run again with the same parameters.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thenar.compress.claims import Claims
from thenar.compress.space import Space
from thenar.errors import MissingExtra, ThenarError

GENERATION = 4
POLL_S = 0.2


@dataclass(frozen=True)
class Trial:
    """parameters: what was tried. values: what came out, each to be small; None where it failed. note: why."""

    number: int
    parameters: Mapping[str, Any]
    values: tuple[float, ...] | None
    note: str = ""


Objective = Callable[[int, dict[str, Any]], tuple[float, float]]
"""Number and parameters of a trial -> a cost and a loss, both to be small; a ThenarError lets the trial fail."""


def search(
    store: Path,
    space: Space,
    objective: Objective,
    trials: int,
    seed: int = 0,
    stopped: Callable[[], bool] = lambda: False,
    finished: Callable[[Trial], None] = lambda trial: None,
) -> list[Trial]:
    """Run trials 0 to `trials` - 1 that no process has run or is running; all that are done, in order.

    store: an SQLite file; beside it, its locks. stopped: asked between trials. finished: told of each trial run here.

    Raises:
        ThenarError: the store holds another search, or is no store.
        MissingExtra: Optuna is not installed.
    """
    optuna = _library()
    distributions = _distributions(optuna, space)
    study = _open(optuna, store, _sampler(optuna, distributions, seed), repr((sorted(distributions.items()), seed)))
    claims = Claims(store.with_name(f"{store.name}.locks"))
    while not stopped():
        trial = _next(optuna, study, claims, distributions, trials)
        if trial is None:
            break
        if trial == "wait":
            time.sleep(POLL_S)
            continue
        number, parameters = trial.number, dict(trial.params)
        try:
            values, note = objective(number, parameters), ""
        except ThenarError as error:
            values, note = None, str(error)
        with claims.alone():  # told and given back in one: who sees a trial open and its lock free may run it again
            if values is None:
                study._storage.set_trial_user_attr(trial._trial_id, "note", note)
                study.tell(number, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(number, list(values))
            claims.release(str(number))
        finished(_told(study.get_trials(deepcopy=False)[number]))
    return [_told(trial) for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]


def front(points: Sequence[tuple[float, ...]]) -> list[int]:
    """Indices of the points that no other beats: none is as small in every value and smaller in one."""
    return [
        index
        for index, one in enumerate(points)
        if not any(all(a <= b for a, b in zip(other, one, strict=True)) and other != one for other in points)
        and one not in points[:index]
    ]


def _next(optuna: Any, study: Any, claims: Claims, distributions: Mapping[str, Any], trials: int) -> Any:
    """A trial that is now this process's, its parameters chosen; "wait" for others', or None where nothing is left."""
    with claims.alone():
        known = study.get_trials(deepcopy=False)
        open_ = [trial for trial in known if not trial.state.is_finished()]
        for trial in open_:  # of a process that died, if its lock is free
            if claims.take(str(trial.number)):
                return _chosen(optuna.trial.Trial(study, trial._trial_id), distributions)
        number = len(known)
        first = number - number % GENERATION
        if number < trials and all(trial.number >= first for trial in open_):
            trial = study.ask()
            if not claims.take(str(trial.number)):
                raise ThenarError(f"trial {trial.number} is taken", where="search", fix="delete the folder of locks")
            return _chosen(trial, distributions)
        return "wait" if open_ else None


def _chosen(trial: Any, distributions: Mapping[str, Any]) -> Any:
    for name, distribution in distributions.items():
        trial._suggest(name, distribution)
    return trial


def _distributions(optuna: Any, space: Space) -> dict[str, Any]:
    made = optuna.distributions
    return {
        "keep": made.FloatDistribution(space.pruning.low, space.pruning.high, log=True),
        "trust": made.FloatDistribution(0.0, 1.0),
        "importance": made.CategoricalDistribution(space.pruning.importances),
        **{name: made.CategoricalDistribution(values) for name, values in space.choices.items()},
    }


def _sampler(optuna: Any, distributions: Mapping[str, Any], seed: int) -> Any:
    """The sampler of generations; its class is made here, since its base is a library's that is imported late."""

    class Generations(optuna.samplers.BaseSampler):  # type: ignore[misc]
        def __init__(self) -> None:
            self._drawn: dict[int, dict[str, Any]] = {}

        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
            return {}

        def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
            return {}

        def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
            if trial.number not in self._drawn:
                self._drawn[trial.number] = self._draw(study, trial.number)
            return self._drawn[trial.number][param_name]

        def _draw(self, study: Any, number: int) -> dict[str, Any]:
            first = number - number % GENERATION
            earlier = [t for t in study.get_trials(deepcopy=False) if t.number < first and t.values is not None]
            if first and earlier:
                sampler = optuna.samplers.TPESampler(seed=seed * 10007 + number, n_startup_trials=0)
                scratch = optuna.create_study(directions=study.directions, sampler=sampler)
                scratch.add_trials(earlier)
                return dict(scratch.ask(distributions).params)
            sampler = optuna.samplers.QMCSampler(seed=seed, scramble=True, warn_independent_sampling=False)
            scratch = optuna.create_study(directions=study.directions, sampler=sampler)
            for _ in range(number):
                scratch.ask(distributions)
            return dict(scratch.ask(distributions).params)

    return Generations()


def _open(optuna: Any, store: Path, sampler: Any, identity: str) -> Any:
    store.parent.mkdir(parents=True, exist_ok=True)
    claims = Claims(store.with_name(f"{store.name}.locks"))
    try:
        with claims.alone():  # two processes may create the same store
            study = optuna.create_study(
                storage=f"sqlite:///{store}",
                study_name="compress",
                directions=["minimize", "minimize"],
                sampler=sampler,
                load_if_exists=True,
            )
            if "identity" not in study.user_attrs:
                study.set_user_attr("identity", identity)
    except ThenarError:
        raise
    except Exception as error:  # SQLAlchemy's own, which is not imported here
        raise ThenarError("is no store of a search", where=store, fix="choose another folder") from error
    if study.user_attrs["identity"] != identity:
        raise ThenarError("holds a search of another space or seed", where=store, fix="choose another folder")
    return study


def _told(trial: Any) -> Trial:
    values = None if trial.values is None else tuple(trial.values)
    return Trial(trial.number, dict(trial.params), values, str(trial.user_attrs.get("note", "")))


def _library() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtra("optuna", "compress") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna
