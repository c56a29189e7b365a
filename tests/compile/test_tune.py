"""Tiles by measurement: what is timed, what is kept, what comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import Net

from thenar.compile import Library, translate, tune
from thenar.compile.nhwc.tile import Tile
from thenar.compile.report import agreement
from thenar.compile.targets import find
from thenar.compile.tune import Table, Tuned, Work

pytestmark = pytest.mark.native


def small() -> Any:
    net = Net(0)
    x = net.op("Relu", net.conv("x", 3, 16))
    return net.model({"x": (1, 3, 6, 6)}, [net.conv(net.conv(x, 16, 16, group=16), 16, 8, 1)])


@pytest.fixture
def tuned() -> Library:
    if find("host").variants[0].kernels is None:
        pytest.skip("needs a CPU whose kernels have tiles")
    return translate(small(), "host", name="small", tune=True)


def table() -> dict[str, dict[str, float]]:
    return json.loads(Table.load().path.read_text())  # type: ignore[no-any-return]


def test_every_layer_is_timed_once_and_gets_its_fastest_tile(tuned: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {item.work.kind for item in tuned.tuned} == {"float_tile", "float_depthwise_tile"}
    assert len(table()) == len(tuned.tuned) == 3
    for item in tuned.tuned:
        assert item.model in item.ns
        assert len(item.ns) > 1
    monkeypatch.setattr(tune, "time_calls", lambda *_: pytest.fail("all is known"))
    again = translate(small(), "host", name="small", tune=True)
    assert again.source == tuned.source
    assert "longer in all" in agreement(again)


def test_the_table_decides(tuned: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = table()
    work = next(str(item.work) for item in tuned.tuned if item.work.shape[:3] == (6, 6, 16))
    entries[work] = dict.fromkeys(entries[work], 1000000.0) | {"1x3x1": 1.0}
    Table.load().path.write_text(json.dumps(entries))
    changed = translate(small(), "host", name="small", tune=True)
    assert "tile 1x3 pixels by 1 vectors" in changed.source
    x = {"x": np.random.default_rng(0).standard_normal((1, 3, 6, 6)).astype(np.float32)}
    for got, want in zip(changed.native().run(x).values(), tuned.native().run(x).values(), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_what_was_timed_survives_an_interruption(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done: list[int] = []

    def stopped(calls: list[Any], *_: object) -> list[float]:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(len(calls))
        return [float(at + 1) for at in range(len(calls))]

    monkeypatch.setattr(tune, "time_calls", stopped)
    with pytest.raises(KeyboardInterrupt):
        translate(small(), "x86-64", tune=True)
    assert len(table()) == 2


def test_a_broken_table_counts_as_empty() -> None:
    Table.load().path.parent.mkdir(parents=True, exist_ok=True)
    Table.load().path.write_text('{"tile": [1, 2]}')
    assert Table.load().entries == {}


@pytest.mark.parametrize(("model", "loss"), [(100.0, 0.0), (100.5, 0.0), (150.0, 0.5)])
def test_noise_leaves_the_cost_models_tile(model: float, loss: float) -> None:
    known = Tuned(Work("tile", (4, 4, 16, 9)), {Tile(1, 4, 1): model, Tile(1, 2, 1): 100.0}, Tile(1, 4, 1))
    assert known.best == Tile(1, 4 if loss == 0 else 2, 1)
    assert known.ns[known.model] / known.ns[known.best] - 1 == pytest.approx(loss)
