"""Tables of Gaussian noise, white or in blobs, and the hash that says where a sample starts reading them.

A kernel that drew a normal number per pixel would spend its whole budget there. It reads rows of a periodic table
instead, from an offset that the sample's seed decides.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit

Floats = NDArray[np.float32]

TILE = 256


@cache
def blobs(sizes_px: tuple[float, ...], shares: tuple[float, ...], seed: int) -> Floats:
    """(256, 256) float32, periodic, mean 0 and variance 1: a weighted sum of Gaussian-filtered white noises.

    sizes_px: standard deviation of each filter, 0 = white. shares: each part's share of the variance; they sum to 1.
    """
    rng = np.random.default_rng(seed)
    frequency = np.fft.fftfreq(TILE)
    squared = frequency[:, None] ** 2 + frequency[None, :] ** 2
    total = np.zeros((TILE, TILE))
    for size, share in zip(sizes_px, shares, strict=True):
        response = np.exp(-2 * np.pi**2 * size**2 * squared)
        response[0, 0] = 0.0
        part = np.fft.ifft2(np.fft.fft2(rng.standard_normal((TILE, TILE))) * response).real
        total += part * np.sqrt(share) / part.std()
    tile: Floats = (total / total.std()).astype(np.float32)
    return tile


@cache
def patches(size_px: float, seed: int) -> Floats:
    """(256, 256) as `blobs`: small and large blobs together, the shapes of missing patches and ragged edges."""
    return blobs((size_px, 4 * size_px), (0.7, 0.3), seed)


def above(share: float) -> float:
    """The number that a standard normal one exceeds with probability `share`; for 0 (or 1) one that no tile reaches."""
    return -NormalDist().inv_cdf(min(max(share, 1e-12), 1 - 1e-12))


@jit
def hash32(seed: int, key: int) -> np.uint32:
    """A number that looks random for every (seed, key); the finaliser of MurmurHash3."""
    x = np.uint32(np.uint32(seed) * np.uint32(0x9E3779B1)) ^ np.uint32(np.uint32(key) * np.uint32(0x85EBCA77))
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    x = np.uint32((x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(x ^ (x >> np.uint32(16)))


@jit
def uniform(seed: int, key: int, low: float, high: float) -> np.float32:
    """A number in [low, high) that depends on (seed, key) alone."""
    share = np.float32(hash32(seed, key) >> np.uint32(8)) * np.float32(1 / 16777216)
    return np.float32(np.float32(low) + share * np.float32(high - low))


@jit
def read_row(tile: Floats, y: int, x: int, gain: float, out: Floats) -> None:
    """Fill `out` (w,) with `gain` times the tile's row `y` from column `x` on, both wrapping around."""
    row = tile[y & (TILE - 1)]
    start = x & (TILE - 1)
    done = 0
    while done < out.size:
        part = row[start : start + out.size - done]
        target = out[done : done + part.size]
        for j in range(part.size):
            target[j] = gain * part[j]
        done += part.size
        start = 0
