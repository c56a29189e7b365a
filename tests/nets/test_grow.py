import pytest
import torch

from thenar.errors import ThenarError
from thenar.nets.build import build
from thenar.nets.grow import grow
from thenar.nets.spec import AwrSpec, Spec, StudentSpec

pytestmark = pytest.mark.train

SMALL = StudentSpec((16, 32), (0, 1), map_size=32)
DEEP = StudentSpec((16, 32), (1, 3), decoder_blocks=2, map_size=32)


def test_a_grown_network_computes_the_same() -> None:
    torch.manual_seed(1)
    small = build(SMALL)
    small.train()(torch.randn(4, 1, 128, 128))  # running statistics that are not those of a fresh network
    deep = grow(small.eval(), DEEP).eval()
    crop = torch.randn(2, 1, 128, 128)
    torch.testing.assert_close(deep(crop).maps, small(crop).maps)
    torch.testing.assert_close(deep(crop).presence, small(crop).presence)


def test_what_was_added_learns() -> None:
    deep = grow(build(SMALL), DEEP).train()
    deep(torch.randn(2, 1, 128, 128)).maps.square().mean().backward()
    added = deep.stages[1][2].second.norm.weight.grad  # type: ignore[union-attr, index]
    assert added is not None
    assert added.abs().max() > 0


@pytest.mark.parametrize(
    "spec",
    [
        StudentSpec((16, 48), (0, 1), map_size=32),
        StudentSpec((16, 32), (0, 0), map_size=32),
        StudentSpec((16, 32), (0, 1), decoder_convs=2, map_size=64),
        AwrSpec(),
    ],
)
def test_a_network_of_another_kind_is_refused(spec: Spec) -> None:
    with pytest.raises(ThenarError, match="fits only one"):
        grow(build(SMALL), spec)
