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
    total, dense, joints = _Fused.apply(out.maps, depth, uvd, present, decode, weights)  # type: ignore[no-untyped-call]
    presence = presence_loss(out, present, weights)
    return Loss(total + presence, dense, joints, presence.detach())


class _Fused(torch.autograd.Function):
    """Holds the gradient that was made together with the value."""

    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, depth: Tensor, uvd: Tensor, present: Tensor, decode: Decode, weights: LossWeights
    ) -> tuple[Tensor, Tensor, Tensor]:
        maps = maps.contiguous(memory_format=torch.channels_last)
        gradient = torch.empty_like(maps)
        first, step = cell_offset(decode.map_size), INPUT_SIZE // decode.map_size
        d = depth[:, 0, first::step, first::step].float().contiguous().numpy()
        mask = present.numpy() & (d < FOREGROUND_BELOW).any((1, 2))
        count = max(1, int(mask.sum()))
        elements = maps[0].numel()
        terms = np.zeros((len(maps), 2), np.float32)
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
        )
        ctx.save_for_backward(gradient)
        dense, joints = torch.from_numpy(terms.sum(0))
        ctx.mark_non_differentiable(dense, joints)
        return dense + joints, dense, joints

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


@njit(cache=True, inline="always")
def _bend(error: np.float32) -> np.float32:
    """Value of the smooth L1."""
    size = abs(error)
    if size < np.float32(BEND):
        return np.float32(0.5 / BEND) * size * size
    return size - np.float32(BEND / 2)


@njit(cache=True, inline="always")
def _slope(error: np.float32) -> np.float32:
    """Derivative of the smooth L1."""
    return min(np.float32(1), max(np.float32(-1), error * np.float32(1 / BEND)))


@njit(cache=True, nogil=True, fastmath={"contract", "nsz", "reassoc"})
def _crop(
    values: NDArray[np.float32],
    depth: NDArray[np.float32],
    uvd: NDArray[np.float32],
    centers: NDArray[np.float32],
    kernel: np.float32,
    scale: np.float32,
    dense_weight: np.float32,
    joint_weight: np.float32,
) -> tuple[np.float32, np.float32]:
    """One crop's weighted dense and joint terms; `values` (F*F, 4J) float32 holds maps before and gradients after."""
    cells, channels = values.shape
    joints = channels // 4
    size = centers.shape[0]
    zero, one = np.float32(0), np.float32(1)
    seen = np.empty(cells, np.int32)
    count = 0
    for cell in range(cells):
        if depth[cell // size, cell % size] < np.float32(FOREGROUND_BELOW):
            seen[count] = cell
            count += 1

    # Softmax over the cells with depth, and the integral.
    peak = np.full(joints, np.float32(-1e30), np.float32)
    for i in range(count):
        for j in range(joints):
            peak[j] = max(peak[j], values[seen[i], 3 * joints + j])
    weight = np.empty((count, joints), np.float32)
    total = np.zeros(joints, np.float32)
    for i in range(count):
        for j in range(joints):
            weight[i, j] = np.exp(scale * (values[seen[i], 3 * joints + j] - peak[j]))
            total[j] += weight[i, j]
    decoded = np.zeros((joints, 3), np.float32)
    for i in range(count):
        cell = seen[i]
        row, column = cell // size, cell % size
        for j in range(joints):
            weight[i, j] /= total[j]
            distance = kernel * (one - values[cell, 3 * joints + j])
            decoded[j, 0] += weight[i, j] * (values[cell, 3 * j] * distance + centers[column])
            decoded[j, 1] += weight[i, j] * (values[cell, 3 * j + 1] * distance + centers[row])
            decoded[j, 2] += weight[i, j] * (values[cell, 3 * j + 2] * distance + depth[row, column])

    joint_term = zero
    slope = np.empty((joints, 3), np.float32)
    pull = np.zeros(joints, np.float32)  # slope . decoded
    for j in range(joints):
        for k in range(3):
            error = decoded[j, k] - uvd[j, k]
            joint_term += _bend(error)
            slope[j, k] = joint_weight * _slope(error)
            pull[j] += slope[j, k] * decoded[j, k]

    # Gradients take the maps' place.
    dense_term = zero
    at = 0
    for cell in range(cells):
        if at < count and seen[at] == cell:
            row, column = cell // size, cell % size
            pu, pv, pd = centers[column], centers[row], depth[row, column]
            for j in range(joints):
                x, y, z = values[cell, 3 * j], values[cell, 3 * j + 1], values[cell, 3 * j + 2]
                c = values[cell, 3 * joints + j]
                du, dv, dd = uvd[j, 0] - pu, uvd[j, 1] - pv, uvd[j, 2] - pd
                far = np.sqrt(du * du + dv * dv + dd * dd + np.float32(1e-8))
                near = one if far <= kernel else zero
                over = near / far
                ex, ey, ez = x - du * over, y - dv * over, z - dd * over
                ec = c - (one - far / kernel) * near
                dense_term += _bend(ex) + _bend(ey) + _bend(ez) + _bend(ec)
                w = weight[at, j]
                distance = kernel * (one - c)
                reach = w * distance
                along = slope[j, 0] * x + slope[j, 1] * y + slope[j, 2] * z
                point = slope[j, 0] * pu + slope[j, 1] * pv + slope[j, 2] * pd
                values[cell, 3 * j] = dense_weight * _slope(ex) + reach * slope[j, 0]
                values[cell, 3 * j + 1] = dense_weight * _slope(ey) + reach * slope[j, 1]
                values[cell, 3 * j + 2] = dense_weight * _slope(ez) + reach * slope[j, 2]
                values[cell, 3 * joints + j] = (
                    dense_weight * _slope(ec) + scale * w * (along * distance + point - pull[j]) - w * kernel * along
                )
            at += 1
        else:
            for channel in range(channels):  # background: every target is zero
                value = values[cell, channel]
                dense_term += _bend(value)
                values[cell, channel] = dense_weight * _slope(value)
    return dense_weight * dense_term, joint_weight * joint_term


@njit(cache=True, nogil=True, parallel=True)
def _float32(maps, depth, uvd, mask, centers, kernel, scale, dense, joints, gradient, terms):  # type: ignore[no-untyped-def]
    for b in prange(len(maps)):
        if not mask[b]:
            gradient[b] = np.float32(0)
            continue
        values = gradient[b].reshape(-1, maps.shape[3])
        values[...] = maps[b].reshape(-1, maps.shape[3])
        terms[b, 0], terms[b, 1] = _crop(values, depth[b], uvd[b], centers, kernel, scale, dense, joints)


@njit(cache=True, nogil=True, parallel=True)
def _bfloat16(maps, depth, uvd, mask, centers, kernel, scale, dense, joints, gradient, terms):  # type: ignore[no-untyped-def]
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
        terms[b, 0], terms[b, 1] = _crop(values, depth[b], uvd[b], centers, kernel, scale, dense, joints)
        for i in range(out.size):  # round to the nearest, ties to even
            rounded = bits[i] + np.uint32(0x7FFF) + ((bits[i] >> np.uint32(16)) & np.uint32(1))
            out[i] = np.uint16(rounded >> np.uint32(16))
