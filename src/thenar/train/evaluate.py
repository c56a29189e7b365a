"""How far off a network is on crops it never saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from thenar.nets.decode import Decode
from thenar.nets.refine import refined
from thenar.train.data import Batch


@torch.no_grad()
def evaluate(network: nn.Module, decode: Decode, batches: Sequence[Batch]) -> dict[str, float]:
    """Mean joint errors in mm over crops with a hand, all, visible and occluded joints; share of right presences.

    Errors are measured in the crop's cube (uvd times half its side), without the camera's perspective inside the cube.
    """
    training = network.training
    network.eval()
    device = next(network.parameters()).device
    errors, visible, right = [], [], []
    for batch in batches:
        depth = torch.from_numpy(batch.images).to(device, torch.float32)
        out = network(depth.contiguous(memory_format=torch.channels_last))
        uvd = refined(network, *decode(out.maps, depth)).cpu().numpy()
        mm = np.linalg.norm(uvd - batch.uvd, axis=2) * (batch.cube_mm[:, None] / 2)
        errors.append(mm[batch.present])
        visible.append(batch.visible[batch.present])
        if out.presence is not None:
            right.append((out.presence.cpu().numpy() > 0) == batch.present)
    network.train(training)
    error, seen = np.concatenate(errors), np.concatenate(visible)
    result = {"mean_joint_error_mm": _mean(error), "visible_mm": _mean(error[seen]), "occluded_mm": _mean(error[~seen])}
    if right:
        result["presence_accuracy"] = _mean(np.concatenate(right))
    return result


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")
