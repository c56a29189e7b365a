import numpy as np
import onnx
import pytest
import torch
import toy_task
from torch import nn

from thenar.compress import task as tasks
from thenar.compress.reference import Reference
from thenar.compress.trace import check_fit, export, judge, predict
from thenar.errors import ThenarError

pytestmark = pytest.mark.train


def spoiled(**members):
    made = toy_task.Quadrants()
    for name, value in members.items():
        setattr(made, name, value)
    return made


IMAGES, LABELS = toy_task.Quadrants().train


@pytest.mark.parametrize(
    ("task", "says"),
    [
        (object(), "has no train; return an object with train, validation, loss, metric"),
        (spoiled(train=IMAGES), "train: is not a pair"),
        (spoiled(train=(IMAGES.tolist(), LABELS)), "train: holds other things than NumPy arrays"),
        (spoiled(train=(IMAGES[:, 0], LABELS)), r"train: inputs are \(256, 8, 8\) float32"),
        (spoiled(train=(IMAGES.astype(float), LABELS)), "float64"),
        (spoiled(train=(IMAGES[:0], LABELS[:0])), r"train: inputs are \(0, 1, 8, 8\)"),
        (spoiled(validation=(IMAGES, LABELS[1:])), r"validation: 256 inputs and targets of \(255,\)"),
        (spoiled(validation=(IMAGES[..., :4], LABELS)), "give both the same shape"),
        (spoiled(train=(IMAGES * np.nan, LABELS)), "train: has NaN"),
    ],
)
def test_data_that_does_not_fit_is_one_line(task, says) -> None:
    with pytest.raises(ThenarError, match=says):
        tasks.checked(task, "data")


class Wrong(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, x):
        return self.make(x)


@pytest.mark.parametrize(
    ("network", "task", "says"),
    [
        (Wrong(lambda x: {"scores": x}), toy_task.task(), "returns dict"),
        (Wrong(lambda x: x.flatten()), toy_task.task(), r"outputs are \[\(128,\)\] for a batch of 2"),
        (nn.Conv2d(3, 4, 1), toy_task.task(), "module Conv2d: fails"),
        (nn.Flatten(), spoiled(loss=lambda o, t: o), "the loss is no finite scalar"),
        (nn.Flatten(), spoiled(loss=lambda o, t: o.mean() * torch.nan), "the loss is no finite scalar"),
        (nn.Identity(), toy_task.task(), r"the loss fails on outputs of \[\(2, 1, 8, 8\)\]"),
    ],
)
def test_a_network_or_a_loss_that_does_not_fit_is_one_line(network, task, says) -> None:
    with pytest.raises(ThenarError, match=says):
        check_fit(task, network)


@pytest.mark.parametrize("metric", [lambda o, t: np.nan, lambda o, t: 1 / 0, lambda o, t: "good"])
def test_a_metric_that_is_none_is_one_line(metric) -> None:
    with pytest.raises(ThenarError, match="the metric"):
        judge(spoiled(metric=metric), [IMAGES], tasks.Batch(IMAGES, LABELS))


def test_a_module_that_does_not_export_is_named() -> None:
    odd = Wrong(lambda x: torch.linalg.svdvals(x))
    network = nn.Sequential(nn.Conv2d(1, 4, 1), nn.Sequential(nn.ReLU(), odd))
    with pytest.raises(ThenarError, match=r"module 1\.1: cannot be exported"):
        export(network, IMAGES[:1])


def test_an_exported_model_is_called_as_the_task_says() -> None:
    network = toy_task.network().eval()
    graph = onnx.load_from_string(export(network, IMAGES[:1], ("image", "scores"))).graph
    assert [value.name for value in (*graph.input, *graph.output)] == ["image", "scores"]
    with pytest.raises(ThenarError, match=r"names \['image'\] for an input and 1 outputs"):
        export(network, IMAGES[:1], ("image",))


def test_predictions_are_the_networks_own_whatever_the_chunks() -> None:
    network = toy_task.network().eval()
    with torch.no_grad():
        np.testing.assert_allclose(predict(network, IMAGES)[0], network(torch.from_numpy(IMAGES)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("toy_task", "is no module:factory"),
        ("toy_task:", "is no module:factory"),
        ("toy task:network", "is no module:factory"),
        ("no_such_module_here:network", "cannot import no_such_module_here"),
        ("toy_task:nothing", "toy_task has no function nothing"),
        ("toy_task:task", "returns Quadrants"),
        ("toy_task:Small.nothing", "is no module:factory"),
    ],
)
def test_a_reference_that_names_no_network_is_one_line(name, says) -> None:
    with pytest.raises(ThenarError, match=says):
        Reference(name).module()


@pytest.mark.parametrize(
    ("original", "found", "up", "lost"), [(0.8, 0.6, True, 0.25), (10, 12, False, 0.2), (10, 9, False, -0.1)]
)
def test_drop_is_the_share_of_the_metric_that_is_lost(original, found, up, lost) -> None:
    assert tasks.drop(spoiled(higher_is_better=up), original, found) == pytest.approx(lost)
