"""A convolutional PyTorch network and a budget in, a network that fits it out. Nothing here knows what it is for."""

from __future__ import annotations

from thenar.compress.budget import Budget
from thenar.compress.cost import Cost, cost

__all__ = ["Budget", "Cost", "cost"]
