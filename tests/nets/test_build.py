import pytest
import torch
from torch import nn

from thenar.nets.build import build, cost
from thenar.nets.spec import AwrSpec, Spec, StudentSpec

pytestmark = pytest.mark.train


@pytest.mark.parametrize(
    ("network", "millions"),
    [("resnet18", 15.386), ("resnet50", 34.009)],  # AWR's README, J = 21
)
def test_awr_has_the_published_number_of_parameters(network: str, millions: float) -> None:
    assert cost(build(AwrSpec(network))).params / 1e6 == pytest.approx(millions, abs=5e-4)


@pytest.mark.parametrize(
    ("spec", "size", "presence"),
    [
        (AwrSpec("resnet18"), 64, False),
        (AwrSpec("hourglass1"), 64, False),
        (StudentSpec(), 32, True),
        (StudentSpec((16, 32, 48), (0, 1, 2), decoder_convs=2, map_size=64), 64, True),
        (StudentSpec((16, 32, 48), (0, 1, 0), map_size=16), 16, True),
    ],
)
def test_a_network_gives_84_maps(spec: Spec, size: int, presence: bool) -> None:
    out = build(spec).eval()(torch.zeros(2, 1, 128, 128))
    assert out.maps.shape == (2, 84, size, size)
    assert (out.presence.shape == (2,)) if presence else out.presence is None


def test_the_student_keeps_its_budget() -> None:
    student = cost(build(StudentSpec()))
    assert 30e6 < student.macs < 65e6
    assert student.params < 600_000


def test_macs_agree_with_a_count_by_hand() -> None:
    layers = nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1),  # 64*64 * 8*1*9
        nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1),  # 64*64 inputs * 8*4*16
    )
    assert cost(layers).macs == 64 * 64 * (8 * 9 + 8 * 4 * 16)


def test_the_student_holds_only_what_is_fast_in_int8() -> None:
    for module in build(StudentSpec()).modules():
        if isinstance(module, nn.Conv2d):
            assert module.kernel_size in ((1, 1), (3, 3))
            assert module.groups == 1
        assert not isinstance(module, (nn.ConvTranspose2d, nn.GroupNorm, nn.SiLU, nn.Sigmoid))
