import pytest
import torch
from torch import Tensor
from torch.nn import functional

from thenar.nets.decode import Decode, dense_targets
from thenar.nets.maps import Maps
from thenar.train.fused import fused_loss
from thenar.train.loss import Loss, LossWeights, awr_loss, smooth_l1

pytestmark = pytest.mark.train

WEIGHTS = LossWeights(dense=0.7, joints=1.3, presence=0.2)


def crops(count: int = 6, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """depth, uvd, present; the last crop has no depth at all, one before it no hand."""
    torch.manual_seed(seed)
    depth = torch.where(torch.rand(count, 1, 128, 128) < 0.3, torch.rand(count, 1, 128, 128) * 1.9 - 1, torch.ones(()))
    depth[-1] = 1
    present = torch.ones(count, dtype=torch.bool)
    present[-2] = False
    return depth, torch.rand(count, 21, 3) * 1.6 - 0.8, present


def test_smooth_l1_is_pytorchs_huber_over_its_delta() -> None:
    error = torch.linspace(-0.1, 0.1, 201)
    expected = functional.huber_loss(error, torch.zeros(201), delta=0.01, reduction="none") / 0.01
    torch.testing.assert_close(smooth_l1(error), expected)


@pytest.mark.parametrize("loss_of", [awr_loss, fused_loss])
def test_perfect_maps_cost_nothing(loss_of: object) -> None:
    depth, uvd, present = crops()
    uvd = uvd * 0.5
    maps = dense_targets(uvd, depth, 32, 0.8)
    decode = Decode(21, 32, 0.8, 30.0)
    loss: Loss = loss_of(Maps(maps, None), depth, uvd, present, decode=decode, weights=WEIGHTS)  # type: ignore[operator]
    assert loss.dense < 1e-4
    assert loss.joints < 0.02
    assert loss.presence == 0


@pytest.mark.parametrize("loss_of", [awr_loss, fused_loss])
def test_crops_without_a_hand_teach_presence_alone(loss_of: object) -> None:
    depth, uvd, present = crops()
    uvd[-2] = torch.nan
    maps = torch.randn(6, 84, 32, 32, requires_grad=True)
    presence = torch.randn(6, requires_grad=True)
    decode = Decode(21, 32, 0.8, 30.0)
    loss: Loss = loss_of(Maps(maps, presence), depth, uvd, present, decode=decode, weights=WEIGHTS)  # type: ignore[operator]
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss.total)
    assert maps.grad is not None
    assert maps.grad[:4].abs().amax((1, 2, 3)).min() > 0
    assert (maps.grad[4:] == 0).all()
    assert presence.grad is not None
    assert (presence.grad != 0).all()


@pytest.mark.parametrize(("size", "kernel"), [(32, 0.8), (64, 1.0)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 5e-3)])
def test_the_fused_loss_is_the_formula(size: int, kernel: float, dtype: torch.dtype, tolerance: float) -> None:
    depth, uvd, present = crops()
    decode = Decode(21, size, kernel, 30.0)
    given = (0.5 * dense_targets(uvd, depth, size, kernel) + 0.2 * torch.randn(6, 84, size, size)).to(dtype)
    results = []
    for loss_of in (awr_loss, fused_loss):
        maps = given.clone(memory_format=torch.channels_last).requires_grad_()
        loss = loss_of(Maps(maps, None), depth, uvd, present, decode=decode, weights=WEIGHTS)
        (3 * loss.total).backward()
        assert maps.grad is not None
        results.append((torch.stack(loss[:4]), maps.grad.float(), loss.found))
    torch.testing.assert_close(results[1][0], results[0][0], rtol=1e-4, atol=1e-6)
    assert (results[1][1] - results[0][1]).abs().max() < tolerance * results[0][1].abs().max()
    torch.testing.assert_close(results[1][2][:4], results[0][2][:4], rtol=1e-4, atol=1e-5)
