import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from thenar.nets.build import build
from thenar.nets.spec import AwrSpec, StudentSpec
from thenar.train.config import FitConfig
from thenar.train.muon import Muon, matrix, orthogonal
from thenar.train.optimizer import muon

pytestmark = pytest.mark.train

SHAPES = [(16, 9), (48, 432), (84, 32), (32, 32), (1, 5)]


@given(st.integers(0, 2**32 - 1), st.floats(1e-4, 0.1), st.floats(0, 0.5))
@settings(max_examples=10, deadline=None)
def test_steps_are_those_of_pytorch(seed: int, rate: float, decay: float) -> None:
    draw = torch.Generator().manual_seed(seed)
    ours = [nn.Parameter(torch.randn(shape, generator=draw)) for shape in SHAPES]
    theirs = [nn.Parameter(p.detach().clone()) for p in ours]
    one = Muon(ours, [nn.Parameter(torch.zeros(3))], rate, decay)
    other = torch.optim.Muon(
        theirs, lr=rate, weight_decay=decay, momentum=0.95, nesterov=True, adjust_lr_fn="match_rms_adamw"
    )
    for _ in range(3):
        for p, q in zip(ours, theirs, strict=True):
            p.grad = torch.randn(p.shape, generator=draw)
            q.grad = p.grad.clone()
        one.step()
        other.step()  # type: ignore[no-untyped-call]
    for p, q in zip(ours, theirs, strict=True):
        # both multiply in bfloat16; a batch and a single matrix may round apart in it
        torch.testing.assert_close(p, q, atol=0.02 * rate, rtol=1e-4)


def test_the_others_take_the_steps_of_adamw() -> None:
    ours, theirs = (nn.Parameter(torch.linspace(-1, 1, 7)) for _ in range(2))
    one, other = Muon([], [ours], 0.01, 0.1), torch.optim.AdamW([theirs], lr=0.01, weight_decay=0.0)
    for step in range(4):
        for p in (ours, theirs):
            p.grad = torch.full((7,), float(step - 1))
        one.step()
        other.step()
    torch.testing.assert_close(ours, theirs)


def test_singular_values_come_near_one_and_the_vectors_stay() -> None:
    given = [torch.randn(shape, generator=torch.Generator().manual_seed(3)) for shape in ((24, 60), (60, 24))]
    for m, found in zip(given, orthogonal(given), strict=True):
        values = np.linalg.svd(found.float().numpy(), compute_uv=False)
        assert values.min() > 0.4
        assert values.max() < 1.3
        left, _, right = np.linalg.svd(m.numpy(), full_matrices=False)
        turned = left.T @ found.float().numpy() @ right.T
        assert np.abs(turned - np.diag(np.diag(turned))).max() < 0.05


def test_a_weight_in_channels_last_memory_is_moved_in_place() -> None:
    weight = nn.Parameter(torch.randn(8, 4, 3, 3).to(memory_format=torch.channels_last))
    assert matrix(weight).data_ptr() == weight.data_ptr()
    before = weight.detach().clone()
    weight.grad = torch.randn_like(weight)
    Muon([weight], [nn.Parameter(torch.zeros(1))], 0.1, 0.0).step()
    assert not torch.equal(before, weight)


@pytest.mark.parametrize("spec", [StudentSpec((16, 16, 32), (0, 0, 1)), AwrSpec("resnet18")], ids=["student", "awr"])
def test_it_takes_every_convolution_that_a_norm_follows(spec: StudentSpec | AwrSpec) -> None:
    network = build(spec)
    optimizer = muon(network, FitConfig(steps=1))
    first, *rest = optimizer.param_groups
    norms = sum(isinstance(m, nn.BatchNorm2d) for m in network.modules())
    assert len(first["params"]) >= norms - 6  # an image's own convolution and transposed ones are AdamW's
    assert len({id(p) for group in (first, *rest) for p in group["params"]}) == len(list(network.parameters()))
