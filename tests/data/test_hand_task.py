from pathlib import Path

import numpy as np
import pytest
import torch

from thenar.compress.groups import find_groups
from thenar.compress.prune import prune
from thenar.compress.reference import Reference
from thenar.compress.task import Batch, checked, deployed, several
from thenar.compress.trace import check_fit, export, judge, predict
from thenar.data import hand_task
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.errors import ThenarError
from thenar.nets.build import build
from thenar.nets.spec import StudentSpec
from thenar.nets.store import save

pytestmark = pytest.mark.train
RECIPE = SampleRecipe(shape_count=4)


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build(StudentSpec(channels=(16, 32), blocks=(0, 1))).eval()


@pytest.fixture(scope="module")
def task(network) -> hand_task.HandTask:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hand_task, "CALIBRATION_CROPS", 8)
        patch.setattr(hand_task, "crops_of", lambda recipe: [SampleSource(RECIPE, 5, 8).batch(0)])
        return hand_task.RenderedHands(network, recipe=RECIPE)


def test_it_is_what_compression_asks_of_a_task(task, network) -> None:
    check_fit(checked(task, "hands"), network)
    inputs, targets = task.batch(3, 4)
    again, _ = task.batch(3, 4)
    assert inputs.shape == (4, 1, 128, 128) and len(targets) == 4
    np.testing.assert_array_equal(inputs, again)


def test_what_ships_gives_joints_and_the_metric_is_their_error_in_mm(task, network) -> None:
    examples = Batch.of(task.validation)
    outputs = predict(deployed(task, network), examples.inputs)
    assert [array.shape[1:] for array in outputs] == [(21, 3), (21,)]
    truth = examples[2]
    assert judge(task, [truth, outputs[1]], examples) == 0
    off = truth + np.float32([0.1, 0, 0])
    assert judge(task, [off, outputs[1]], examples) == pytest.approx(0.05 * examples[4][examples[3]].mean(), rel=1e-4)
    assert export(deployed(task, network), examples.inputs[:1])
    assert task.picture(examples.inputs[0], [array[0] for array in outputs]).shape == (128, 128, 3)


def test_a_student_like_its_teacher_has_nothing_to_learn(task, network) -> None:
    inputs, *targets = map(torch.from_numpy, Batch.of(task.validation))
    outputs = network(inputs)
    assert float(task.distill(outputs, outputs, several(targets)).detach()) == 0
    other = outputs._replace(maps=outputs.maps + 0.1)
    assert float(task.distill(other, outputs, several(targets)).detach()) > 0


def test_a_hand_network_can_be_pruned(task, network) -> None:
    image = torch.from_numpy(task.train[0][:1])
    groups = find_groups(network, image)
    pruned = prune(network, image, {group.name: group.channels // 2 for group in groups}, "taylor", task)
    assert pruned(image).maps.shape == network(image).maps.shape
    assert sum(p.numel() for p in pruned.parameters()) < 0.6 * sum(p.numel() for p in network.parameters())


def test_saved_networks_have_a_name_for_recipes(network, tmp_path: Path) -> None:
    save(network, tmp_path / "model")
    for path in (tmp_path, tmp_path / "model", tmp_path / "model.toml"):
        loaded = Reference("thenar.nets.factory:saved", {"path": str(path)}).module()
        assert torch.equal(loaded.head.weight, network.head.weight)
    (tmp_path / "model.safetensors").unlink()
    assert Reference("thenar.nets.factory:saved", {"path": str(tmp_path)}).module().spec == network.spec
    with pytest.raises(ThenarError, match="nothing"):
        Reference("thenar.nets.factory:saved", {"path": str(tmp_path / "nothing")}).module()
