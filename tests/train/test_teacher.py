from functools import partial
from pathlib import Path

import pytest
import torch
from blobs import Blobs

from thenar.errors import ThenarError
from thenar.nets.build import build
from thenar.nets.decode import Decode
from thenar.nets.maps import Maps
from thenar.nets.spec import AwrSpec, Spec, StudentSpec
from thenar.nets.store import save
from thenar.train.config import FitConfig, Machine
from thenar.train.fit import fit
from thenar.train.lessons import Lessons
from thenar.train.loss import LossWeights
from thenar.train.objective import Objective
from thenar.train.teacher import Teacher, attending, paired

pytestmark = pytest.mark.train

LARGE = StudentSpec((16, 16, 32), (0, 1, 1))
SMALL = StudentSpec((16, 16), (0, 0))
CPU = torch.device("cpu")
RUN = Machine(workers=0, threads=1, evaluate_every=100, progress=False)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save(build(LARGE).eval(), tmp_path / "large")
    return tmp_path / "large"


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    made = Blobs(3, 6).batch(0)
    return torch.from_numpy(made.images).float(), torch.from_numpy(made.uvd), torch.from_numpy(made.present)


def test_targets_lie_between_labels_and_the_teachers_joints(large: Path) -> None:
    depth, uvd, _ = batch()
    teacher = Teacher(large, SMALL, Lessons(joints=0.25), CPU)
    taught = teacher(depth)
    torch.testing.assert_close(teacher.targets(uvd, taught), 0.75 * uvd + 0.25 * taught.uvd)


def test_who_answers_as_the_teacher_has_nothing_left_to_learn_from_it(large: Path) -> None:
    depth, _, present = batch()
    teacher = Teacher(large, LARGE, Lessons(maps=2.0, attention=3.0), CPU)
    taught = teacher(depth)
    same = teacher.loss(Maps(taught.maps, None), taught.attention, taught, present)
    assert same.item() == pytest.approx(0, abs=1e-6)
    other = [attention.flip(2) for attention in taught.attention]
    assert teacher.loss(Maps(taught.maps + 0.1, None), other, taught, present) > 0.1


def test_attention_of_unequal_size_is_left_out() -> None:
    sizes = [[torch.rand(2, side, side) for side in sides] for sides in ((64, 32), (64, 32, 16))]
    pairs = list(paired(*sizes))
    assert [one.shape for one, _ in pairs] == [(2, 4096), (2, 1024)]
    assert all(one.square().sum(1).allclose(torch.ones(2)) for one, _ in pairs)


def test_every_lesson_reaches_the_students_weights(large: Path) -> None:
    depth, uvd, present = batch()
    decode = Decode(21, 32, SMALL.kernel, SMALL.scale)
    gradients = []
    for lessons in (Lessons(), Lessons(joints=1), Lessons(maps=1), Lessons(attention=1)):
        torch.manual_seed(1)
        student = build(SMALL).train()
        teacher = Teacher(large, SMALL, lessons, CPU)
        loss = Objective(decode, LossWeights(), torch.float32, teacher)(student, depth, uvd, present)
        loss.total.backward()
        gradients.append(student.stages[0][0].conv.weight.grad)  # type: ignore[index]
    assert all(not torch.allclose(gradients[0], gradient) for gradient in gradients[1:])


def test_hooks_are_gone_afterwards() -> None:
    network = build(SMALL)
    with attending(network, True) as found:
        network(torch.zeros(1, 1, 128, 128))
    network(torch.zeros(1, 1, 128, 128))
    assert len(found) == 2


def test_a_run_with_a_teacher_keeps_its_lineage_and_can_be_resumed(tmp_path: Path, large: Path) -> None:
    config = FitConfig(steps=3, lessons=Lessons(joints=0.5, maps=1.0))
    source = partial(Blobs, 0, 4)
    done = fit(SMALL, source, config, tmp_path / "run", run=RUN, teacher=large)
    assert done.finished
    assert "[teacher]" in (tmp_path / "run" / "recipe.toml").read_text()
    with pytest.raises(ThenarError, match="teacher"):
        fit(SMALL, source, config, tmp_path / "run", run=RUN)


@pytest.mark.parametrize(
    ("student", "lessons", "word"),
    [
        (StudentSpec(joints=14), Lessons(joints=1), "21 joints"),
        (StudentSpec(map_size=16), Lessons(maps=1), "32x32 maps"),
        (AwrSpec(), Lessons(attention=1), "other stages"),
    ],
)
def test_a_teacher_that_does_not_fit_is_refused(large: Path, student: Spec, lessons: Lessons, word: str) -> None:
    with pytest.raises(ThenarError, match=word):
        Teacher(large, student, lessons, CPU)


@pytest.mark.parametrize("values", [{"joints": 1.5}, {"maps": -1.0}, {"attention": float("nan")}])
def test_weights_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ThenarError, match="out of range"):
        Lessons(**values)
