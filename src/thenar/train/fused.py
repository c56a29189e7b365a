"""AWR's loss and its gradient in one pass per crop: targets are never stored, nothing is read twice.

Equal to `thenar.train.loss.awr_loss`, its oracle, for maps in channels_last memory on CPU, bfloat16 or float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit, prange
from numpy.typing import NDArray
from torch import Tensor

from thenar.nets.decode import FOREGROUND_BELOW, Decode, cell_centers, cell_offset
from thenar.nets.maps import Maps
from thenar.nets.spec import INPUT_SIZE
from thenar.train.loss import BEND, Loss, LossWeights, presence_loss


def fused_loss(out: Maps, depth: Tensor, uvd: Tensor, present: Tensor, *, decode: Decode, weights: LossWeights) -> Loss:
    """`awr_loss`, fast: the same arguments and result. depth may be any float type; uvd is float32."""
    total, dense, joints, found = _Fused.apply(out.maps, depth, uvd, present, decode, weights)  # type: ignore[no-untyped-call]
    presence = presence_loss(out, present, weights)
    return Loss(total + presence, dense, joints, presence.detach(), found)


class _Fused(torch.autograd.Function):
    """Holds the gradient that was made together with the value."""

    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, depth: Tensor, uvd: Tensor, present: Tensor, decode: Decode, weights: LossWeights
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        maps = maps.contiguous(memory_format=torch.channels_last)
        gradient = torch.empty_like(maps)
        first, step = cell_offset(decode.map_size), INPUT_SIZE // decode.map_size
        d = depth[:, 0, first::step, first::step].float().contiguous().numpy()
        mask = present.numpy() & (d < FOREGROUND_BELOW).any((1, 2))
        count = max(1, int(mask.sum()))
        elements = maps[0].numel()
        terms = np.zeros((len(maps), 2), np.float32)
        found = np.zeros((len(maps), decode.joints, 4), np.float32)
        kernel = _bfloat16 if maps.dtype == torch.bfloat16 else _float32
        kernel(
            _numpy(maps),
            d,
            uvd.numpy(),
            mask,
            cell_centers(decode.map_size).numpy(),
            np.float32(decode.kernel),
            np.float32(decode.scale),
            np.float32(weights.dense / (count * elements)),
            np.float32(weights.joints / (count * 3 * decode.joints)),
            _numpy(gradient),
            terms,
            found,
        )
        ctx.save_for_backward(gradient)
        dense, joints = torch.from_numpy(terms.sum(0))
        decoded = torch.from_numpy(found)
        ctx.mark_non_differentiable(dense, joints, decoded)
        return dense + joints, dense, joints, decoded

    @staticmethod
    def backward(ctx: Any, outer: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        if outer.item() != 1:
            gradient = gradient * outer.to(gradient.dtype)
        return gradient, None, None, None, None, None


def _numpy(maps: Tensor) -> NDArray[Any]:
    """(B, C, F, F) in channels_last memory -> its (B, F, F, C) array; bfloat16 as its bits, uint16."""
    rows = maps.permute(0, 2, 3, 1)
    if maps.dtype == torch.bfloat16:
        return rows.view(torch.int16).numpy().view(np.uint16)
    return rows.numpy()


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _bend(error: np.float32) -> np.float32:
    """Value of the smooth L1."""
    size = abs(error)
    square = min(size, np.float32(BEND))
    return square * np.float32(1 / BEND) * (size - np.float32(0.5) * square)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _slope(error: np.float32) -> np.float32:
    """Derivative of the smooth L1."""
    return min(np.float32(1), max(np.float32(-1), error * np.float32(1 / BEND)))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _exp(power: np.float32) -> np.float32:
    """e to a power <= 0, to 2e-7 of its value: 2**whole by its bits, 2**part by Taylor's series; loops vectorise."""
    power = max(power, np.float32(-87)) * np.float32(1.4426950408889634)
    whole = np.floor(power + np.float32(0.5))
    part = (power - whole) * np.float32(0.6931471805599453)
    series = np.float32(1 / 720)
    series = series * part + np.float32(1 / 120)
    series = series * part + np.float32(1 / 24)
    series = series * part + np.float32(1 / 6)
    series = series * part + np.float32(0.5)
    series = (series * part + np.float32(1)) * part + np.float32(1)
    return series * np.uint32(np.int32(whole) + np.int32(127) << np.int32(23)).view(np.float32)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc", "nnan"})
def _crop(
    values: NDArray[np.float32],
    depth: NDArray[np.float32],
    uvd: NDArray[np.float32],
    centers: NDArray[np.float32],
    kernel: np.float32,
    scale: np.float32,
    dense_weight: np.float32,
    joint_weight: np.float32,
    found: NDArray[np.float32],
) -> tuple[np.float32, np.float32]:
    """One crop's weighted dense and joint terms; `values` (F*F, 4J) float32 holds maps before and gradients after.

    found: (J, 4) is given the decoded joints and their closeness.
    """
    cells, channels = values.shape
    joints = channels // 4
    size = centers.shape[0]
    zero, one = np.float32(0), np.float32(1)

    # The cells with depth: points (count, 3); maps (count, 4, J), joints side by side: x, y, z, closeness.
    seen = np.empty(cells, np.int32)
    count = 0
    for row in range(size):
        for column in range(size):
            if depth[row, column] < np.float32(FOREGROUND_BELOW):
                seen[count] = row * size + column
                count += 1
    points = np.empty((count, 3), np.float32)
    maps = np.empty((count, 4, joints), np.float32)
    for i in range(count):
        row, column = seen[i] // size, seen[i] % size
        points[i, 0], points[i, 1], points[i, 2] = centers[column], centers[row], depth[row, column]
        given = values[seen[i]]
        for j in range(joints):
            maps[i, 0, j] = given[3 * j]
            maps[i, 1, j] = given[3 * j + 1]
            maps[i, 2, j] = given[3 * j + 2]
            maps[i, 3, j] = given[3 * joints + j]

    # Softmax over those cells, and the integral.
    peak = np.full(joints, np.float32(-1e30), np.float32)
    for i in range(count):
        closeness = maps[i, 3]
        for j in range(joints):
            peak[j] = max(peak[j], closeness[j])
    weight = np.empty((count, joints), np.float32)
    total = np.zeros(joints, np.float32)
    decoded = np.zeros((3, joints), np.float32)
    sure = np.zeros(joints, np.float32)
    for i in range(count):
        x, y, z, closeness, w = maps[i, 0], maps[i, 1], maps[i, 2], maps[i, 3], weight[i]
        pu, pv, pd = points[i, 0], points[i, 1], points[i, 2]
        for j in range(joints):
            w[j] = _exp(scale * (closeness[j] - peak[j]))
            distance = kernel * (one - closeness[j])
            total[j] += w[j]
            sure[j] += w[j] * closeness[j]
            decoded[0, j] += w[j] * (x[j] * distance + pu)
            decoded[1, j] += w[j] * (y[j] * distance + pv)
            decoded[2, j] += w[j] * (z[j] * distance + pd)

    joint_term = zero
    slope = np.empty((3, joints), np.float32)
    pull = np.zeros(joints, np.float32)  # slope . decoded
    share = np.empty(joints, np.float32)
    truth = np.empty((3, joints), np.float32)
    for j in range(joints):
        share[j] = one / total[j]
        for k in range(3):
            truth[k, j] = uvd[j, k]
            decoded[k, j] *= share[j]
            found[j, k] = decoded[k, j]
            error = decoded[k, j] - uvd[j, k]
            joint_term += _bend(error)
            slope[k, j] = joint_weight * _slope(error)
            pull[j] += slope[k, j] * decoded[k, j]
        found[j, 3] = min(one, max(zero, sure[j] * share[j]))

    # Gradients take the maps' place.
    dense_term = zero
    at = 0
    for cell in range(cells):
        if at < count and seen[at] == cell:
            at += 1
            continue
        given = values[cell]
        for channel in range(channels):  # background: every target is zero
            dense_term += _bend(given[channel])
            given[channel] = dense_weight * _slope(given[channel])
    su, sv, sd, tu, tv, td = slope[0], slope[1], slope[2], truth[0], truth[1], truth[2]
    for i in range(count):
        x, y, z, closeness, w = maps[i, 0], maps[i, 1], maps[i, 2], maps[i, 3], weight[i]
        pu, pv, pd = points[i, 0], points[i, 1], points[i, 2]
        for j in range(joints):
            du, dv, dd = tu[j] - pu, tv[j] - pv, td[j] - pd
            far = np.sqrt(du * du + dv * dv + dd * dd + np.float32(1e-8))
            near = one if far <= kernel else zero
            over = near / far
            ex, ey, ez = x[j] - du * over, y[j] - dv * over, z[j] - dd * over
            ec = closeness[j] - (one - far / kernel) * near
            dense_term += _bend(ex) + _bend(ey) + _bend(ez) + _bend(ec)
            distance = kernel * (one - closeness[j])
            part = w[j] * share[j]
            along = su[j] * x[j] + sv[j] * y[j] + sd[j] * z[j]
            ahead = along * distance + su[j] * pu + sv[j] * pv + sd[j] * pd - pull[j]
            x[j] = dense_weight * _slope(ex) + part * distance * su[j]
            y[j] = dense_weight * _slope(ey) + part * distance * sv[j]
            z[j] = dense_weight * _slope(ez) + part * distance * sd[j]
            closeness[j] = dense_weight * _slope(ec) + part * (scale * ahead - kernel * along)
        given = values[seen[i]]
        for j in range(joints):
            given[3 * j] = x[j]
            given[3 * j + 1] = y[j]
            given[3 * j + 2] = z[j]
            given[3 * joints + j] = closeness[j]
    return dense_weight * dense_term, joint_weight * joint_term


@njit(cache=True, nogil=True, error_model="numpy", parallel=True)
def _float32(maps, depth, uvd, mask, centers, kernel, scale, dense, joints, gradient, terms, found):  # type: ignore[no-untyped-def]
    for b in prange(len(maps)):
        if not mask[b]:
            gradient[b] = np.float32(0)
            continue
        values = gradient[b].reshape(-1, maps.shape[3])
        values[...] = maps[b].reshape(-1, maps.shape[3])
        terms[b, 0], terms[b, 1] = _crop(values, depth[b], uvd[b], centers, kernel, scale, dense, joints, found[b])


@njit(cache=True, nogil=True, error_model="numpy", parallel=True)
def _bfloat16(maps, depth, uvd, mask, centers, kernel, scale, dense, joints, gradient, terms, found):  # type: ignore[no-untyped-def]
    channels = maps.shape[3]
    for b in prange(len(maps)):
        out = gradient[b].reshape(-1)
        if not mask[b]:
            out[:] = np.uint16(0)
            continue
        bits = np.empty(out.size, np.uint32)
        given = maps[b].reshape(-1)
        for i in range(out.size):
            bits[i] = np.uint32(given[i]) << np.uint32(16)
        values = bits.view(np.float32).reshape(-1, channels)
        terms[b, 0], terms[b, 1] = _crop(values, depth[b], uvd[b], centers, kernel, scale, dense, joints, found[b])
        for i in range(out.size):  # round to the nearest, ties to even
            rounded = bits[i] + np.uint32(0x7FFF) + ((bits[i] >> np.uint32(16)) & np.uint32(1))
            out[i] = np.uint16(rounded >> np.uint32(16))
