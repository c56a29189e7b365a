import copy

import numpy as np
import pytest
import torch
import toy_task
from scipy.special import log_softmax, softmax

from thenar.compress.distill import Pupil, default_lessons, logits_loss, loss_of, outputs_loss
from thenar.compress.lessons import Lessons
from thenar.errors import ThenarError

pytestmark = pytest.mark.train
RANDOM = torch.Generator().manual_seed(0)
IMAGES, LABELS = (torch.from_numpy(array[:8]) for array in toy_task.Quadrants().train)


def test_the_loss_of_logits_is_the_divergence_of_softened_classes() -> None:
    one, other = torch.randn(2, 5, 7, generator=RANDOM).numpy() * 3
    target = softmax(other / 2, 1)
    divergence = (target * (log_softmax(other / 2, 1) - log_softmax(one / 2, 1))).sum(1).mean() * 4
    assert float(logits_loss(torch.from_numpy(one), torch.from_numpy(other), 2.0)) == pytest.approx(
        divergence, rel=1e-5
    )
    assert float(logits_loss(torch.from_numpy(other), torch.from_numpy(other), 2.0)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("absolute", "value"), [(False, (4 + 1) / 2), (True, (2 + 1) / 2)])
def test_the_loss_of_outputs_is_their_mean_difference(absolute: bool, value: float) -> None:
    ones = [torch.ones(2, 3), torch.ones(2, 1, 4, 4)]
    assert float(outputs_loss([3 * ones[0], 2 * ones[1]], ones, absolute)) == value


@pytest.mark.parametrize(
    ("lessons", "terms"),
    [
        (Lessons(), {"labels"}),
        (Lessons(labels=0.5, logits=0.5), {"labels", "logits"}),
        (Lessons(labels=0, outputs=1), {"outputs"}),
        (Lessons(labels=0, outputs=1, features=1), {"outputs", "features"}),
        (Lessons(task=2.0), {"labels", "task"}),
    ],
)
def test_each_lesson_is_a_term_that_reaches_the_weights(lessons: Lessons, terms: set[str]) -> None:
    task = toy_task.Quadrants()
    task.distill = lambda student, teacher, targets: (student - teacher).abs().mean()  # type: ignore[attr-defined]
    student, teacher = toy_task.network(16, 2), toy_task.network(32, 2).eval()
    pupil = Pupil(student, teacher, lessons, IMAGES[:1])
    found = loss_of(pupil.train(), teacher, task, lessons, IMAGES, LABELS)
    assert found.keys() == terms
    sum(found.values()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in pupil.student.features.parameters())
    assert all(p.grad is not None for p in pupil.adapters.parameters())
    assert all(p.grad is None for p in teacher.parameters())


def test_features_of_equal_networks_can_be_matched_by_the_adapter_alone() -> None:
    teacher = toy_task.network(16, 2).eval()
    pupil = Pupil(copy.deepcopy(teacher), teacher, Lessons(labels=0, features=1), IMAGES[:1])
    with torch.no_grad():
        for adapter in pupil.adapters:
            adapter.weight.copy_(torch.eye(16)[:, :, None, None])
            adapter.bias.zero_()
    terms = loss_of(pupil.eval(), teacher, toy_task.task(), Lessons(labels=0, features=1), IMAGES, LABELS)
    assert pupil.layers and float(terms["features"].detach()) == 0


def test_a_teacher_whose_outputs_do_not_fit_is_one_line() -> None:
    student, teacher = toy_task.Small(), toy_task.Small(classes=5)
    with pytest.raises(ThenarError, match=r"teacher: gives \[\(1, 5\)\], the student \[\(1, 4\)\]"):
        Pupil(student, teacher, Lessons(logits=1), IMAGES[:1])


@pytest.mark.parametrize(
    "weights", [{"labels": 0.0}, {"logits": -1.0}, {"outputs": np.inf}, {"features": np.nan}, {"temperature": 0.0}]
)
def test_senseless_weights_are_one_line(weights: dict[str, float]) -> None:
    with pytest.raises(ThenarError, match="distillation"):
        Lessons(**weights)


def test_default_lessons_suit_the_outputs() -> None:
    task = toy_task.task()
    assert default_lessons(task, [torch.zeros(2, 4)]).logits > 0
    assert default_lessons(task, [torch.zeros(2, 4), torch.zeros(2, 1, 3, 3)]).outputs > 0
    task.distill = lambda *given: None  # type: ignore[attr-defined]
    assert default_lessons(task, [torch.zeros(2, 4)]).task > 0
