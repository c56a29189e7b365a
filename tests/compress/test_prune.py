import pytest
import torch
import toy_task
from torch import nn

from thenar.compress.groups import find_groups
from thenar.compress.prune import IMPORTANCES, prune
from thenar.compress.shape import widths
from thenar.errors import ThenarError

pytestmark = pytest.mark.train
IMAGE = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("arguments", "groups"),
    [
        ({}, {"first.depthwise": (32, 1), "second.depthwise": (64, 1), "up": (24, 1)}),
        ({"norm": "group"}, {"first.depthwise": (32, 4), "second.depthwise": (64, 1), "up": (24, 1)}),
        ({"groups": 4}, {"second.depthwise": (64, 1), "up": (24, 1)}),
    ],
)
def test_groups_are_all_channels_but_the_outputs(arguments, groups) -> None:
    found = find_groups(toy_task.branches(**arguments), IMAGE)
    assert {group.name: (group.channels, group.parts) for group in found} == groups


@pytest.mark.parametrize("importance", IMPORTANCES)
def test_channels_leave_every_layer_that_they_touch(importance) -> None:
    class Two(toy_task.Quadrants):
        def loss(self, outputs, targets):
            return super().loss(outputs[0], targets)

    network = toy_task.branches()
    pruned = prune(network, IMAGE, {"first.depthwise": 16, "second.depthwise": 32, "up": 8}, importance, Two())
    found = widths(pruned)
    assert found["stem"]["out_channels"] == found["first.norm"]["num_features"] == 16
    assert found["first.depthwise"] == {"out_channels": 16, "in_channels": 16, "groups": 16}
    assert found["scores"] == {"out_features": 10, "in_features": 32 * 16}
    assert found["maps"] == {"out_channels": 3, "in_channels": 16 + 8, "groups": 1}
    assert [tuple(output.shape) for output in pruned(IMAGE)] == [(1, 10), (1, 3, 8, 8)]
    assert widths(network)["stem"]["out_channels"] == 32
    assert all(parameter.grad is None for parameter in pruned.parameters())


def test_channels_that_do_nothing_are_the_ones_that_leave() -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv2d(1, 12, 3), nn.ReLU(), nn.Conv2d(12, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 1)).eval()
    dead = {"0": [1, 4, 5, 9], "2": [0, 7]}
    with torch.no_grad():
        for name, channels in dead.items():
            layer = network.get_submodule(name)
            layer.weight[channels] = 0  # type: ignore[index]
            layer.bias[channels] = 0  # type: ignore[index]
            network.get_submodule(str(int(name) + 2)).weight[:, channels] *= 1e-3  # type: ignore[index]
    pruned = prune(network, IMAGE, {"0": 8, "2": 6})
    torch.testing.assert_close(pruned(IMAGE), network(IMAGE))


@pytest.mark.parametrize(
    ("keep", "arguments", "says"),
    [
        ({"stem": 8}, {}, "no group 'stem'"),
        ({"up": 0}, {}, "up: keep 0 of 24"),
        ({"up": 25}, {}, "up: keep 25 of 24"),
        ({"first.depthwise": 10}, {"norm": "group"}, "give a multiple of 4"),
    ],
)
def test_a_count_that_cannot_be_is_one_line(keep, arguments, says) -> None:
    with pytest.raises(ThenarError, match=says):
        prune(toy_task.branches(**arguments), IMAGE, keep)


def test_taylor_needs_data() -> None:
    with pytest.raises(ThenarError, match="taylor needs data"):
        prune(toy_task.branches(), IMAGE, {"up": 8}, "taylor")


def test_a_network_that_fails_names_the_module() -> None:
    class Broken(nn.Module):
        def forward(self, x):
            return x.reshape(7, -1)

    network = nn.Sequential(nn.Conv2d(1, 4, 1), nn.Sequential(nn.ReLU(), Broken()))
    with pytest.raises(ThenarError, match=r"module 1\.1: fails: shape"):
        find_groups(network, IMAGE)
