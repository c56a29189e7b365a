import pytest

from thenar.errors import ThenarError
from thenar.train.config import FitConfig, Machine


def test_the_rate_warms_up_peaks_and_falls_to_its_end() -> None:
    config = FitConfig(steps=1000, warmup=100, learning_rate=2e-3, final_rate=0.01)
    assert config.rate(0) == pytest.approx(2e-5)
    assert max(range(1000), key=config.rate) in (99, 100)
    assert config.rate(100) == pytest.approx(2e-3)
    assert config.rate(550) == pytest.approx(2e-3 * 0.505)
    assert config.rate(1000) == pytest.approx(2e-5)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": 1, "learning_rate": float("nan")}, "learning_rate"),
        ({"steps": 1, "clip": -1.0}, "clip"),
        ({"steps": 1, "warmup": -1}, "warmup"),
        ({"steps": 1, "optimizer": "sgd"}, "adamw or muon"),
    ],
)
def test_impossible_values_are_refused(values: dict[str, object], word: str) -> None:
    with pytest.raises(ThenarError, match=word):
        FitConfig(**values)  # type: ignore[arg-type]


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ThenarError, match="float16"):
        Machine(precision="float16")
