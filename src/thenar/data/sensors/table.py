"""The six sensors a network learns to read."""

from __future__ import annotations

from thenar.data.sensors.sensor import Sensor, TimeOfFlight, Triangulation
from thenar.hand.camera import Camera

SR305 = Sensor(
    name="sr305",
    family="structured light",
    camera=Camera(fx=476.007, fy=476.007, cx=313.683, cy=242.755, width=640, height=480, depth_unit_mm=0.125),
    near_mm=200.0,
    far_mm=1100.0,
    errors=Triangulation(
        baseline_mm=45.0,
        shadow_side=1,
        disparity_sigma_px=0.0031,
        disparity_step_px=0.0005,
        noise_size_px=0.9,
        steep_noise=4.0,
        steep_limit=4.5,
        near_loss_px=0.7,
        far_loss_px=2.0,
        fatten_px=0.0,
        blur=0.3,
        hole_share=0.002,
        hole_size_px=2.0,
        fade_mm=1150.0,
    ),
    source="measured on 19 recorded frames; 0.2 to 1.5 m in Intel's data sheet 334531",
)

KINECT1 = Sensor(
    name="kinect1",
    family="structured light",
    camera=Camera(fx=575.8, fy=575.8, cx=319.5, cy=239.5, width=640, height=480),
    near_mm=400.0,
    far_mm=4000.0,
    errors=Triangulation(
        baseline_mm=75.0,
        shadow_side=-1,
        disparity_sigma_px=0.0625,
        disparity_step_px=0.125,
        noise_size_px=1.5,
        steep_noise=0.3,
        steep_limit=2.5,
        near_loss_px=0.6,
        far_loss_px=1.6,
        fatten_px=0.6,
        blur=0.6,
        hole_share=0.004,
        hole_size_px=3.0,
        fade_mm=4500.0,
    ),
    source="Khoshelham and Elberink 2012",
)

KINECT2 = Sensor(
    name="kinect2",
    family="time of flight",
    camera=Camera(fx=365.5, fy=365.5, cx=257.0, cy=207.0, width=512, height=424),
    near_mm=500.0,
    far_mm=4500.0,
    errors=TimeOfFlight(
        sigma_mm=0.9,
        sigma_per_m2_mm=0.35,
        noise_size_px=0.7,
        multipath_mm=2.0,
        steep_limit=4.0,
        flying_share=0.7,
        flying_cut=0.8,
        hole_share=0.002,
        hole_size_px=1.5,
        fade_mm=5000.0,
    ),
    source="",
)

AZURE = Sensor(
    name="azure",
    family="time of flight",
    camera=Camera(fx=504.0, fy=504.0, cx=320.0, cy=288.0, width=640, height=576),
    near_mm=500.0,
    far_mm=3860.0,
    errors=TimeOfFlight(
        sigma_mm=0.5,
        sigma_per_m2_mm=0.2,
        noise_size_px=0.7,
        multipath_mm=1.5,
        steep_limit=3.0,
        flying_share=0.8,
        flying_cut=0.3,
        hole_share=0.003,
        hole_size_px=1.5,
        fade_mm=4200.0,
    ),
    source="",
)

OAKD = Sensor(
    name="oakd",
    family="stereo",
    camera=Camera(fx=441.25, fy=441.25, cx=319.5, cy=199.5, width=640, height=400),
    near_mm=348.4,
    far_mm=4000.0,
    errors=Triangulation(
        baseline_mm=75.0,
        shadow_side=1,
        disparity_sigma_px=0.12,
        disparity_step_px=0.125,
        noise_size_px=2.5,
        steep_noise=0.5,
        steep_limit=2.0,
        near_loss_px=0.3,
        far_loss_px=1.4,
        fatten_px=1.0,
        blur=0.8,
        hole_share=0.01,
        hole_size_px=4.0,
        fade_mm=4500.0,
    ),
    source="",
)

D435 = Sensor(
    name="d435",
    family="stereo",
    camera=Camera(fx=424.0, fy=424.0, cx=423.5, cy=239.5, width=848, height=480),
    near_mm=195.0,
    far_mm=4000.0,
    errors=Triangulation(
        baseline_mm=50.0,
        shadow_side=-1,
        disparity_sigma_px=0.08,
        disparity_step_px=1 / 32,
        noise_size_px=2.5,
        steep_noise=0.5,
        steep_limit=2.5,
        near_loss_px=0.3,
        far_loss_px=1.4,
        fatten_px=1.2,
        blur=0.8,
        hole_share=0.006,
        hole_size_px=3.0,
        fade_mm=4500.0,
    ),
    source="",
)

SENSORS: dict[str, Sensor] = {s.name: s for s in (SR305, KINECT1, KINECT2, AZURE, OAKD, D435)}
