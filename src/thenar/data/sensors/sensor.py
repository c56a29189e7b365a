"""What a depth sensor is: its camera, the range it works in, and how it errs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from thenar.hand.camera import Camera

Family = Literal["structured light", "time of flight", "stereo"]


@dataclass(frozen=True)
class Triangulation:
    """How a sensor errs that measures disparity; every length is in pixels of the sensor's own image.

    baseline_mm: distance of the projector or second camera. shadow_side: +1 = shadows fall right of near things
    (projector or second camera on the left), -1 = left of them.
    disparity_sigma_px: standard deviation of the disparity of a wall seen square on, quantisation included; at depth z
    it is z^2 / (f B) times that in mm. disparity_step_px: quantisation of the disparity.
    noise_size_px: standard deviation of the Gaussian that correlates the noise. steep_noise: the noise grows by
    1 + steep_noise tan^2(angle of incidence).
    steep_limit: tan of the angle of incidence from which on no surface is followed: nearly all readings are lost there,
    and a jump between neighbours that would need a steeper surface is a depth edge.
    near_loss_px, far_loss_px: how much is lost of the nearer and of the farther surface at a depth edge, on average.
    fatten_px: how far the nearer surface grows over the farther one, on average.
    blur: share of a reading that comes from its neighbours, where the surface is continuous.
    hole_share: share of a good surface that is missing; hole_size_px: standard deviation of the Gaussian that makes the
    missing patches. fade_mm: the range at which nothing comes back any more.
    """

    baseline_mm: float
    shadow_side: Literal[-1, 1]
    disparity_sigma_px: float
    disparity_step_px: float
    noise_size_px: float
    steep_noise: float
    steep_limit: float
    near_loss_px: float
    far_loss_px: float
    fatten_px: float
    blur: float
    hole_share: float
    hole_size_px: float
    fade_mm: float


@dataclass(frozen=True)
class TimeOfFlight:
    """How a sensor errs that measures the phase of returned light; lengths in pixels are of the sensor's own image.

    sigma_mm, sigma_per_m2_mm: a wall seen square on has a standard deviation of sigma_mm + sigma_per_m2_mm (z / 1 m)^2,
    because the returned amplitude falls with z^2; it grows with 1 / cos(angle of incidence) too.
    noise_size_px: standard deviation of the Gaussian that correlates the noise (the driver's own filter).
    multipath_mm: standard deviation of a bias that varies slowly over the image.
    steep_limit: tan of the angle of incidence at which nearly all readings are lost.
    flying_share: share of the pixels along a depth edge that mix both sides; flying_cut: a mixture with more than this
    share of the other side is recognised by the sensor and dropped.
    hole_share, hole_size_px, fade_mm: as in `Triangulation`.
    """

    sigma_mm: float
    sigma_per_m2_mm: float
    noise_size_px: float
    multipath_mm: float
    steep_limit: float
    flying_share: float
    flying_cut: float
    hole_share: float
    hole_size_px: float
    fade_mm: float


@dataclass(frozen=True)
class Sensor:
    """A named depth sensor.

    near_mm, far_mm: there are no readings outside. errors: how it errs. source: where the numbers come from.
    """

    name: str
    family: Family
    camera: Camera
    near_mm: float
    far_mm: float
    errors: Triangulation | TimeOfFlight
    source: str
