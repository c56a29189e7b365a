"""What a kind of CPU takes for the parts of a convolution: one row of a table for each family.

A row's numbers are cycles and counts per cycle of vectors of 16 lanes, found by timing tiles on such a CPU (`thenar
compile --tune` says how well they choose) or, where noted, taken from the vendor's and Agner Fog's tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Costs:
    """`products` and `loads` that start in a cycle, `latency` from one product to the next that adds to the same sum,
    `finish` of one vector of bytes and `store` of one of float32, `enter` a tile.

    A vector of weights takes `weights` more, or `stream` where those of a tile are more than the `near` bytes of the
    first cache.
    `sums` are the registers that may hold sums. `bandwidth` is bytes per cycle of what only moves through memory, and
    `ghz` the clock at which cycles become time.
    """

    products: float
    loads: float
    latency: float
    finish: float
    store: float
    enter: float
    weights: float
    stream: float
    near: int
    sums: int
    bandwidth: float
    ghz: float


FAMILIES = {
    "x86-64": Costs(2.0, 2.0, 5.0, 5.0, 2.0, 12.0, 0.1, 0.35, 32768, 28, 8.0, 3.0),
    "zen4": Costs(1.0, 2.0, 5.0, 5.0, 2.0, 12.0, 0.1, 0.35, 32768, 28, 8.0, 3.6),
    "sapphire-rapids": Costs(2.0, 1.4, 6.8, 0.7, 0.1, 11.7, 0.13, 0.62, 49152, 28, 24.0, 3.7),
}
"""`x86-64` stands for CPUs that nobody has measured; `zen4` is from kernels timed on one, not from tiles."""
