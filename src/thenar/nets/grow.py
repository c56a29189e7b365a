"""A trained network made deeper without changing what it computes, but for joints' corrections of another width."""

from __future__ import annotations

import torch

from thenar.errors import ThenarError
from thenar.nets.build import Network, build
from thenar.nets.refine import begins_anew
from thenar.nets.spec import Spec
from thenar.nets.student import Residual


def grow(network: Network, spec: Spec) -> Network:
    """The network of `spec` with the weights of `network`, whose residual blocks it has and more.

    Every new block starts as the identity: the scale of its last norm is zero, and what enters a block is never
    negative, so that its ReLU changes nothing (Goyal et al. 2017, section 5.1; Chen et al. 2016, Net2Net).

    Raises:
        ThenarError: `spec` differs in more than added residual blocks.
    """
    deeper = build(spec)
    blocks = {name: module for name, module in deeper.named_modules() if isinstance(module, Residual)}
    own, given = deeper.state_dict(), network.state_dict()
    anew = begins_anew(own, given)
    given = {key: value for key, value in given.items() if key not in anew}
    new = {name for name in blocks if f"{name}.first.conv.weight" not in given}
    added = tuple(f"{name}." for name in new)
    left = [key for key in own if key not in given and key not in anew and not key.startswith(added)]
    odd = [*left, *(key for key in given if key not in own or own[key].shape != given[key].shape)]
    if odd:
        raise ThenarError(
            f"{odd[0]} fits only one of the two networks",
            where="network spec",
            fix="keep the parent's channels and convolutions, and add residual blocks",
        )
    deeper.load_state_dict(given, strict=False)
    with torch.no_grad():
        for name in new:
            blocks[name].second.norm.weight.zero_()
    return deeper
