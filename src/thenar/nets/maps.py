"""What every network of this room returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Maps(NamedTuple):
    """What a network says about a crop.

    maps: (B, 4J, F, F) 3J unit offset vectors (joint-major: x, y, z of joint 0 first), then J closeness values.
    presence: (B,) logit of "there is a right hand in this crop", or None where the network has no such head.
    """

    maps: Tensor
    presence: Tensor | None
