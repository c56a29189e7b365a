import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thenar.nets.build import build
from thenar.nets.decode import Decode, Decoded, cell_centers, cell_depth, dense_targets
from thenar.nets.spec import StudentSpec

pytestmark = pytest.mark.train

HALF_CUBE_MM = 140


def plane_around(uvd: torch.Tensor, radius: float = 0.25) -> torch.Tensor:
    """(B, 1, 128, 128) depth: a tilted plane within `radius` of any joint, background elsewhere."""
    cells = (torch.arange(128) + 0.5) / 64 - 1
    away = (cells[None, None, None] - uvd[..., 0, None, None]) ** 2 + (cells[:, None] - uvd[..., 1, None, None]) ** 2
    near = (away < radius**2).any(1)
    return torch.where(near, 0.3 * cells[None, None] + 0.2 * cells[None, :, None], torch.ones(()))[:, None]


@given(st.integers(0, 2**31), st.sampled_from([(32, 0.8), (64, 1.0), (64, 0.6), (16, 0.8)]))
@settings(max_examples=20, deadline=None)
def test_dense_targets_decode_to_their_joints_within_half_a_millimetre(seed: int, shape: tuple[int, float]) -> None:
    size, kernel = shape
    torch.manual_seed(seed)
    uvd = torch.rand(2, 21, 3) * 1.4 - 0.7
    depth = plane_around(uvd)
    uvd[..., 2] = 0.3 * uvd[..., 0] + 0.2 * uvd[..., 1] + 0.07  # joints lie behind the surface that is seen
    maps = dense_targets(uvd, depth, size, kernel)
    decoded, confidence = Decode(21, size, kernel, 30.0)(maps, depth)
    assert ((decoded - uvd).norm(dim=2) * HALF_CUBE_MM).max() < 0.5
    assert ((confidence > 0) & (confidence <= 1)).all()


def test_cells_stand_for_the_pixels_whose_depth_they_take() -> None:
    ramp = ((torch.arange(128) + 0.5) / 64 - 1).expand(1, 1, 128, 128)
    for size in (8, 16, 32, 64):
        torch.testing.assert_close(cell_depth(ramp, size)[0, 0, 0], cell_centers(size))


def test_background_has_no_say_whatever_the_maps_say_there() -> None:
    uvd = torch.tensor([[[0.1, -0.2, 0.05]] * 21])
    depth = plane_around(uvd)
    maps = dense_targets(uvd, depth, 32, 0.8)
    decode = Decode(21, 32, 0.8, 30.0)
    wild = torch.where(cell_depth(depth, 32) < 0.99, maps, 5 * torch.randn_like(maps))
    torch.testing.assert_close(decode(wild, depth)[0], decode(maps, depth)[0])


def test_a_crop_without_depth_decodes_to_finite_numbers() -> None:
    uvd, confidence = Decode(21, 32, 0.8, 30.0)(torch.randn(1, 84, 32, 32), torch.ones(1, 1, 128, 128))
    assert torch.isfinite(uvd).all()
    assert ((confidence >= 0) & (confidence <= 1)).all()


def test_confidence_falls_with_presence() -> None:
    network = build(StudentSpec()).eval()
    whole = Decoded(network, 21, 32, 0.8, 30.0)
    depth = torch.rand(1, 1, 128, 128)
    with torch.no_grad():
        for logit, share in ((20.0, 1.0), (0.0, 0.5), (-20.0, 0.0)):
            network.presence.weight.zero_()
            network.presence.bias.fill_(logit)
            maps = network(depth).maps
            expected = whole.decode(maps, depth)[1] * share
            torch.testing.assert_close(whole(depth)[1], expected, atol=1e-6, rtol=1e-5)


@pytest.mark.runtime
def test_decoding_in_onnx_agrees_with_pytorch() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    from thenar.export.onnx import to_onnx

    torch.manual_seed(0)
    whole = Decoded(build(StudentSpec()), 21, 32, 0.8, 30.0).eval()
    torch.nn.init.normal_(whole.network.head.weight, std=0.3)
    depth = plane_around(torch.rand(1, 21, 3) - 0.5)
    session = onnxruntime.InferenceSession(to_onnx(whole, {"depth": depth}, ["uvd", "confidence"]))
    with torch.no_grad():
        expected = whole(depth)
    for ours, theirs in zip(expected, session.run(None, {"depth": depth.numpy()}), strict=True):
        assert math.isclose(float((ours - torch.from_numpy(theirs)).abs().max()), 0, abs_tol=1e-4)
