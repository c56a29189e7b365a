import csv
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import toy_task

from thenar.compress import shape
from thenar.compress.budget import Budget
from thenar.compress.cost import Cost
from thenar.compress.pipeline import Compressed, compress
from thenar.compress.point import Point, preferred
from thenar.compress.quantize import evaluate
from thenar.compress.reference import Reference
from thenar.compress.request import Options, Request, from_recipe
from thenar.compress.space import Pruning
from thenar.compress.task import Batch
from thenar.compress.trace import judge, predict
from thenar.compress.write import check_met, write
from thenar.errors import ThenarError
from thenar.grid import LARGE
from thenar.train.lineage import read

pytestmark = [pytest.mark.train, pytest.mark.runtime]
REQUEST = Request(
    Reference("toy_task:network"),
    Reference("toy_task:task"),
    Budget(size_kb=1000, max_drop=0.9),
    Options(train_first=30, trials=2, short_steps=3, steps=20, finalists=1, batch=32, runtime="openvino", multiple=8),
    Pruning(0.2, 0.5, ("magnitude",)),
)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Compressed]:
    folder = tmp_path_factory.mktemp("compressed")
    found = compress(REQUEST, folder)
    write(REQUEST, found, folder)
    return folder, found


def test_the_result_is_smaller_runs_and_is_what_its_figures_say(done) -> None:
    folder, found = done
    chosen = found.chosen
    assert found.met and chosen.cost.macs < 0.6 * found.original.cost.macs
    assert chosen.cost.size_kb < found.original.cost.size_kb
    assert chosen.metric == evaluate((folder / "model.onnx").read_bytes(), toy_task.task(), "openvino")
    assert Point.read(folder / "metrics.json") == chosen
    assert [row["number"] for row in csv.DictReader((folder / "front.csv").open())] == ["0", "1"]


def test_weights_of_four_bits_halve_the_file(done, tmp_path: Path) -> None:
    _, eight = done
    four = compress(replace(REQUEST, options=replace(REQUEST.options, weight_bits=4)), tmp_path)
    stored = {tensor.name: tensor for tensor in onnx.load_from_string(four.model).graph.initializer}
    assert {onnx.TensorProto.INT4, onnx.TensorProto.INT8} <= {tensor.data_type for tensor in stored.values()}
    assert four.chosen.cost.macs == eight.chosen.cost.macs
    assert evaluate(four.model, toy_task.task(), "native") == pytest.approx(four.chosen.metric, abs=0.02)
    loaded = shape.load(tmp_path / "model", "toy_task:network")
    assert any(len(weight[0].unique()) <= 15 for weight in loaded.parameters() if weight.numel() >= LARGE)


def test_the_float_network_is_saved_beside_it(done) -> None:
    folder, found = done
    loaded = shape.load(folder / "model", "toy_task:network")
    examples = Batch.of(toy_task.task().validation)
    assert judge(toy_task.task(), predict(loaded, examples.inputs), examples) == pytest.approx(
        found.chosen.metric, abs=0.06
    )


def test_the_report_is_one_page_that_asks_for_nothing(done) -> None:
    page = (done[0] / "report.html").read_text()
    assert "original, float32" in page and "fits the budget" in page and page.count("<figure>") == 12
    assert not re.search(r"(src|href)=\"(?!data:)", page) and "<script" not in page
    for svg in re.findall(r"<svg.*?</svg>", page, re.S):
        ElementTree.fromstring(svg)
    ElementTree.fromstring((done[0] / "front.svg").read_text())


def test_done_again_it_takes_what_is_there(done, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(done[0], folder)
    said: list[str] = []
    found = compress(REQUEST, folder, said.append)
    assert found.chosen == done[1].chosen and found.trials == done[1].trials
    assert not any("trial" in line or "finalist" in line for line in said)


def test_the_recipe_says_the_same_request_again(done) -> None:
    values = read(done[0] / "recipe.toml")
    assert from_recipe(values) == REQUEST
    assert values["result"]["metric"] == done[1].chosen.metric


def test_another_request_in_the_same_folder_is_refused(done) -> None:
    with pytest.raises(ThenarError, match=r"recipe.toml: budget.max_drop was 0.9, now 0.1"):
        compress(Request(REQUEST.model, REQUEST.data, Budget(size_kb=1000, max_drop=0.1), REQUEST.options), done[0])


def test_a_budget_that_cannot_be_met_names_the_nearest_point(done) -> None:
    folder, found = done
    with pytest.raises(
        ThenarError, match=r"the budget is not met in size_kb; the nearest point reached: .* KiB, metric"
    ):
        check_met(Request(REQUEST.model, REQUEST.data, Budget(size_kb=0.1)), found, folder)


COST = Cost("openvino", 1.0, 1.0, 10, 10, 100)


def point(number: int, latency: float, lost: float) -> Point:
    return Point(number, {}, Cost("openvino", latency, latency, 10, 10, 100), 1 - lost, lost)


@pytest.mark.parametrize(
    ("budget", "order"),
    [
        (Budget(), [0, 1, 2]),
        (Budget(latency_ms=5), [2, 1, 0]),
        (Budget(latency_ms=2.5), [1, 0, 2]),
        (Budget(max_drop=0.05), [1, 2, 0]),
        (Budget(latency_ms=0.5), [0, 1, 2]),
    ],
)
def test_the_owner_of_a_budget_prefers_what_fits_it(budget: Budget, order: list[int]) -> None:
    points = [point(0, 1, 0.2), point(1, 2, 0.05), point(2, 4, 0.01)]
    assert [each.number for each in preferred(points, budget)] == order


def test_a_file_that_is_no_point_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "point.json").write_text(json.dumps({"number": 1}))
    with pytest.raises(ThenarError, match="is no measured point"):
        Point.read(tmp_path / "point.json")


def test_a_recipe_of_something_else_is_one_line() -> None:
    with pytest.raises(ThenarError, match="recipe: is none of a compression"):
        from_recipe({"model": {}, "teacher": {}})


def test_a_teacher_that_does_not_fit_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    request = Request(REQUEST.model, REQUEST.data, Budget(), REQUEST.options, teacher=Reference("toy_task:branches"))
    with pytest.raises(ThenarError, match=r"teacher: gives \[\(1, 10\), \(1, 3, 8, 8\)\], the student \[\(1, 4\)\]"):
        compress(request, tmp_path / "run")
    assert not (tmp_path / "run" / "original").exists()


def test_predictions_of_maps_are_drawn() -> None:
    from thenar.compress.pictures import shown

    assert "<img" in shown(toy_task.task(), np.zeros((1, 8, 8)), [np.ones((3, 4, 4), np.float32)])
    assert shown(toy_task.task(), np.zeros((1, 8, 8)), [np.array([0.1, 0.9])]) == "<span>1 (0.9)</span>"
