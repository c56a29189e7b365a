import pytest
import torch
from blobs import Blobs

from thenar.nets.build import build
from thenar.nets.spec import StudentSpec
from thenar.train.ema import Ema, recalibrate

pytestmark = pytest.mark.train

SPEC = StudentSpec((16, 16), (0, 0))


def test_weights_and_running_statistics_are_averaged_alike() -> None:
    network = build(SPEC)
    ema = Ema(network, half_life=1.0)
    state = network.state_dict()
    names = ("head.weight", "stages.0.0.norm.running_mean")
    expected = {name: state[name].clone() for name in names}
    for step in range(100, 103):
        for name in names:
            state[name].add_(torch.randn_like(state[name]))
            expected[name] = 0.5 * expected[name] + 0.5 * state[name]
        ema.update(step)
    for name in names:
        torch.testing.assert_close(ema.network.state_dict()[name], expected[name])


def test_recalibration_sets_the_plain_average() -> None:
    torch.manual_seed(0)
    network = build(SPEC).eval()
    images = [torch.from_numpy(Blobs(0, 8).batch(i).images).float() for i in range(3)]
    stem = network.stages[0][0]
    recalibrate(network, images)
    with torch.no_grad():
        means = torch.stack([stem.conv(batch).mean((0, 2, 3)) for batch in images])
    torch.testing.assert_close(stem.norm.running_mean, means.mean(0))
    assert not network.training
    assert stem.norm.momentum == 0.1
