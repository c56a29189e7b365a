import copy

import pytest
import torch
from torch import Tensor, nn

from thenar.nets.norm import norm_act

pytestmark = pytest.mark.train


def case(channels: int, size: int, batch: int = 4) -> tuple[nn.BatchNorm2d, Tensor, Tensor, Tensor]:
    torch.manual_seed(channels)
    norm = nn.BatchNorm2d(channels)
    nn.init.normal_(norm.weight, 1, 0.3)
    nn.init.normal_(norm.bias)
    shape = (batch, channels, size, size)
    tensors = [(torch.randn(shape) * 2 + 3).bfloat16().contiguous(memory_format=torch.channels_last) for _ in range(3)]
    return norm, *tensors  # type: ignore[return-value]


@pytest.mark.parametrize(("channels", "size"), [(16, 32), (32, 8), (48, 16), (96, 4), (80, 3)])
@pytest.mark.parametrize(("adds", "relu"), [(False, True), (True, True), (False, False), (True, False)])
def test_the_fast_path_is_pytorchs_formula(channels: int, size: int, adds: bool, relu: bool) -> None:
    norm, x, add, dy = case(channels, size)
    add = add - 3
    expected_norm = copy.deepcopy(norm)
    fast_x, fast_add = x.clone().requires_grad_(), add.clone().requires_grad_()
    y = norm_act(fast_x, norm, fast_add if adds else None, relu)
    y.backward(dy)

    plain_x, plain_add = x.float().requires_grad_(), add.float().requires_grad_()
    before = expected_norm(plain_x) + (plain_add if adds else 0)
    expected = before.relu() if relu else before
    # Where rounding decides whether ReLU lets a gradient through, let both agree.
    expected.backward(dy.float() if not relu else dy.float() * (y > 0) / (before > 0).clamp(min=1))

    torch.testing.assert_close(y.float(), expected, atol=0.02, rtol=0.01)
    torch.testing.assert_close(norm.running_mean, expected_norm.running_mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(norm.running_var, expected_norm.running_var, atol=1e-3, rtol=1e-3)
    assert norm.num_batches_tracked == 1
    for ours, theirs in ((fast_x, plain_x), (norm.weight, expected_norm.weight), (norm.bias, expected_norm.bias)):
        assert error(ours.grad, theirs.grad) < 0.01
    if adds:
        assert error(fast_add.grad, plain_add.grad) < 0.01


def error(ours: Tensor | None, theirs: Tensor | None) -> float:
    assert ours is not None
    assert theirs is not None
    return float((ours.float() - theirs).norm() / theirs.norm())


def test_the_fast_path_rounds_the_same_with_any_number_of_threads() -> None:
    import numba

    before = numba.get_num_threads()
    results = []
    for threads in (1, before):
        numba.set_num_threads(threads)
        norm, x, _, dy = case(32, 32)
        x.requires_grad_()
        norm_act(x, norm).backward(dy)
        assert x.grad is not None
        results.append((x.grad, norm.weight.grad))
    numba.set_num_threads(before)
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])  # type: ignore[arg-type]
