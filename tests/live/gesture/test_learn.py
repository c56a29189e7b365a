from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thenar.errors import ThenarError
from thenar.live.gesture.features import FEATURES, features
from thenar.live.gesture.learn import LEAST_EXAMPLES, NONE, learn, score, shrinkage

SIZES = {"one": 3.0, "two": 0.0, "three": -3.0}


def rows(rng: np.random.Generator, at: float, count: int = 60) -> np.ndarray:
    """Examples around a place of their own, far wider in some directions than in others."""
    spread = np.linspace(0.1, 2.0, FEATURES)
    place = np.zeros(FEATURES)
    place[:4] = at
    return place + rng.normal(0, spread, (count, FEATURES))


def made(seed: int = 0, count: int = 60) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rows(rng, at, count) for name, at in SIZES.items()}


def test_other_examples_are_told_apart() -> None:
    classifier = learn(made())
    result = score(classifier, made(1))
    assert classifier.names == tuple(SIZES) and result.mean_right > 0.9 and result.confused == ()
    assert all(0 <= classifier.name(row)[1] <= 1 for row in made(2)["two"])


def test_it_is_what_scikit_learn_finds() -> None:
    analysis = pytest.importorskip("sklearn.discriminant_analysis")
    examples = {name: part + np.random.default_rng(9).normal(0, 3, part.shape) for name, part in made().items()}
    count = {name: len(part) for name, part in examples.items()}
    classifier = learn(examples)
    every = np.concatenate(list(examples.values()))
    labels = np.repeat(list(examples), list(count.values()))
    centred = every - np.concatenate([np.tile(part.mean(axis=0), (len(part), 1)) for part in examples.values()])
    peer = analysis.LinearDiscriminantAnalysis("lsqr", shrinkage=shrinkage(centred), priors=[1 / 3] * 3)
    peer.fit(every, labels)
    fresh = np.concatenate([part + np.random.default_rng(8).normal(0, 3, part.shape) for part in made(3).values()])
    distances = classifier.distances(fresh)
    likely = np.exp((distances.min(axis=1, keepdims=True) - distances) / 2)
    wanted = peer.predict_proba(fresh)[:, [list(peer.classes_).index(name) for name in classifier.names]]
    assert np.abs(likely / likely.sum(axis=1, keepdims=True) - wanted).max() < 1e-6


@settings(max_examples=25, deadline=None)
@given(count=st.integers(3, 60), size=st.integers(2, 12), seed=st.integers(0, 999))
def test_shrinkage_is_ledoit_and_wolfs(count: int, size: int, seed: int) -> None:
    covariance = pytest.importorskip("sklearn.covariance")
    data = np.random.default_rng(seed).normal(0, np.linspace(0.2, 3, size), (count, size))
    centred = data - data.mean(axis=0)
    assert shrinkage(centred) == pytest.approx(covariance.ledoit_wolf_shrinkage(centred, assume_centered=True))


def test_what_is_unlike_every_sign_is_none() -> None:
    rng = np.random.default_rng(4)
    strange = rows(rng, 12.0)
    classifier = learn(made())
    assert {classifier.name(row)[0] for row in strange} == {""}
    result = score(classifier, made(1) | {NONE: strange})
    assert result.accepted_none == 0.0


def test_hands_that_make_no_sign_draw_the_limit_closer() -> None:
    near = rows(np.random.default_rng(5), 1.5)
    alone, taught = learn(made()), learn(made() | {NONE: near})
    assert taught.names == alone.names and taught.limit < alone.limit
    fresh = made(1) | {NONE: rows(np.random.default_rng(6), 1.5)}
    before, after = score(alone, fresh), score(taught, fresh)
    assert before.accepted_none is not None and after.accepted_none is not None
    assert before.mean_right - before.accepted_none < after.mean_right - after.accepted_none


@pytest.mark.parametrize(
    ("examples", "told"),
    [
        ({"one": made()["one"]}, "1 signs; give examples of two"),
        ({"one": made()["one"], NONE: made()["two"]}, "1 signs"),
        ({**made(), "few": made()["one"][: LEAST_EXAMPLES - 1]}, "9 examples of 'few'"),
    ],
)
def test_too_little_to_learn_from_is_told(examples: dict[str, np.ndarray], told: str) -> None:
    with pytest.raises(ThenarError, match=told):
        learn(examples)


def test_a_sign_that_was_never_learned_cannot_be_scored() -> None:
    with pytest.raises(ThenarError, match="knows no sign 'four'; the signs are one, two, three"):
        score(learn(made()), {"four": made()["one"]})
    with pytest.raises(ThenarError, match="no examples"):
        score(learn(made()), {NONE: made()["one"]})


def test_neither_place_nor_size_nor_side_matters_and_turning_does() -> None:
    pytest.importorskip("numba")
    from thenar.data.letters import LETTERS, held
    from thenar.data.views import rotation

    hand = next(held(LETTERS["v"], np.random.default_rng(0), 1)).joints_mm
    row = features(hand, "right")
    assert row.shape == (FEATURES,)
    assert np.allclose(features(hand * 1.3 + (90, -40, 600), "right"), row, atol=1e-4)
    assert np.allclose(features(hand * (-1, 1, 1), "left"), row, atol=1e-4)
    other = features(hand @ rotation(0, 0, 90).T, "right")
    assert np.allclose(other[:60], row[:60], atol=1e-4) and np.abs(other[60:] - row[60:]).max() > 0.9


def test_letters_are_told_apart_by_joints_of_people_never_seen(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    from thenar.data.letters import LETTERS, held

    rng = np.random.default_rng(0)

    def shown(count: int, held_out: bool) -> dict[str, np.ndarray]:
        noisy = {
            name: [hand.joints_mm + rng.normal(0, 4, (21, 3)) for hand in held(letter, rng, count, held_out)]
            for name, letter in LETTERS.items()
        }
        return {name: np.stack([features(joints, "right") for joints in hands]) for name, hands in noisy.items()}

    assert score(learn(shown(25, False)), shown(6, True)).mean_right > 0.85
