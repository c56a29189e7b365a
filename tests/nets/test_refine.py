from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from thenar.errors import ThenarError
from thenar.nets.decode import Decoded
from thenar.nets.grow import grow
from thenar.nets.refine import Refine
from thenar.nets.shrink import shrink
from thenar.nets.spec import StudentSpec
from thenar.nets.store import load, save
from thenar.nets.student import Student

pytestmark = pytest.mark.train

PLAIN = StudentSpec((16, 32), (0, 1), map_size=32)
REFINED = StudentSpec((16, 32), (0, 1), map_size=32, refine=(24, 20))


def correction(network: Any) -> Refine:
    refine = network.refine
    assert isinstance(refine, Refine)
    return refine


def last(network: Any) -> nn.Linear:
    layer = correction(network).layers[-1]
    assert isinstance(layer, nn.Linear)
    return layer


def joints(count: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.rand(count, 21, 3) - 0.5, torch.rand(count, 21)


def test_untrained_it_changes_nothing() -> None:
    uvd, closeness = joints()
    assert torch.equal(Refine(21, (16,))(uvd, closeness), uvd)


def test_it_learns_a_joint_from_the_others() -> None:
    """The truth is that joint 3 lies where joint 7 does; joint 3 itself is noise."""
    torch.manual_seed(0)
    refine = Refine(21, (32,))
    optimizer = torch.optim.Adam(refine.parameters(), lr=1e-2)
    for _ in range(300):
        uvd, closeness = joints(64)
        error = refine(uvd, closeness)[:, 3] - uvd[:, 7]
        error.square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    uvd, closeness = joints(200)
    with torch.no_grad():
        before, after = (uvd[:, 3] - uvd[:, 7]).norm(dim=1), (refine(uvd, closeness)[:, 3] - uvd[:, 7]).norm(dim=1)
    assert after.mean() < 0.2 * before.mean()


def test_a_network_that_corrects_is_saved_loaded_and_decoded(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Student(REFINED).eval()
    nn.init.normal_(last(network).bias)
    save(network, tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.spec == REFINED
    depth = torch.rand(2, 1, 128, 128) - 0.5
    corrected, plain = (Decoded(n, 21, 32, 0.8, 30.0) for n in (again, Student(PLAIN)))
    plain.network.load_state_dict({k: v for k, v in network.state_dict().items() if not k.startswith("refine.")})
    with torch.no_grad():
        moved = corrected(depth)[0] - plain.eval()(depth)[0]
    expected = 0.1 * last(network).bias.reshape(1, 21, 3)
    torch.testing.assert_close(moved, expected.expand_as(moved), atol=1e-5, rtol=0)


def test_a_larger_or_smaller_network_keeps_corrections_of_the_same_widths() -> None:
    torch.manual_seed(0)
    network = Student(REFINED)
    nn.init.normal_(last(network).weight)
    given = correction(network).state_dict()
    for other in (
        grow(network, StudentSpec((16, 32), (0, 2), map_size=32, refine=(24, 20))),
        shrink(network, StudentSpec((16, 16), (0, 1), map_size=32, refine=(24, 20))),
    ):
        found = correction(other).state_dict()
        assert all(torch.equal(found[name], given[name]) for name in given)


def test_corrections_of_other_widths_begin_anew() -> None:
    network = Student(REFINED)
    for name in ("weight", "bias"):
        nn.init.normal_(getattr(last(network), name))
    uvd, closeness = joints()
    for other in (
        grow(network, StudentSpec((16, 32), (0, 2), map_size=32, refine=(8,))),
        shrink(network, StudentSpec((16, 16), (0, 1), map_size=32, refine=(24,))),
        grow(Student(PLAIN), REFINED),
    ):
        assert torch.equal(correction(other)(uvd, closeness), uvd)
    assert grow(network, PLAIN).refine is None


@pytest.mark.parametrize("widths", [(0,), (-3,), (1 << 20,)])
def test_impossible_widths_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(ThenarError, match="refine"):
        StudentSpec(refine=widths)
