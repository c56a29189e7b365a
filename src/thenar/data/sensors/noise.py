"""Tables of Gaussian noise, white or in blobs, and the hash that says where a sample starts reading them.

A kernel that drew a normal number per pixel would spend its whole budget there. It reads rows of a periodic table
instead, from an offset that the sample's seed decides.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TILE = 256
_TILE_MASK = np.uint32(TILE - 1)


@cache
def blobs(sizes_px: tuple[float, ...], weights: tuple[float, ...], seed: int) -> Floats:
    """(256, 256) float32, periodic, mean 0 and variance 1: a weighted sum of Gaussian-filtered white noises.

    sizes_px: standard deviation of each filter, 0 = white. weights: each part's share of the variance; they sum to 1.
    """
    rng = np.random.default_rng(seed)
    frequency = np.fft.fftfreq(TILE)
    squared = frequency[:, None] ** 2 + frequency[None, :] ** 2
    total = np.zeros((TILE, TILE))
    for size, weight in zip(sizes_px, weights, strict=True):
        response = np.exp(-2 * np.pi**2 * size**2 * squared)
        response[0, 0] = 0.0
        part = np.fft.ifft2(np.fft.fft2(rng.standard_normal((TILE, TILE))) * response).real
        total += part * np.sqrt(weight) / part.std()
    return (total / total.std()).astype(np.float32)


@njit(cache=True, nogil=True)
def hash32(seed: int, key: int) -> int:
    """A uint32 that looks random for every (seed, key); the finaliser of MurmurHash3."""
    x = np.uint32(seed) * np.uint32(0x9E3779B1) ^ np.uint32(key) * np.uint32(0x85EBCA77)
    x = np.uint32(x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = np.uint32(x)
    x = np.uint32(x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x = np.uint32(x)
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(cache=True, nogil=True)
def uniform(seed: int, key: int, low: float, high: float) -> float:
    """A float32 in [low, high) that depends on (seed, key) alone."""
    share = np.float32(hash32(seed, key) >> np.uint32(8)) * np.float32(1 / 16777216)
    return np.float32(low) + share * (np.float32(high) - np.float32(low))


@njit(cache=True, nogil=True)
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
