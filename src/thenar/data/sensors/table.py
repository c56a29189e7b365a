"""The six sensors a network learns to read, in the modes people use them in.

A number is published, measured or chosen, and says which. Chosen ones (ragged edges, sizes of holes, correlation of the
noise) are set so that rendered hands look like the sensor's pictures; every sample varies the strength by half anyway.
"""

from __future__ import annotations

from thenar.data.sensors.sensor import Sensor, TimeOfFlight, Triangulation
from thenar.hand.camera import Camera

# Measured on 19 recorded frames of a raised hand with the body behind, 330 to 1148 mm away:
# noise: the median standard deviation in 9x9 patches that face the camera (tan < 0.3), a quadratic surface taken off,
# is 0.048 mm at 450-520 mm, 0.058 at 580-640, 0.080 at 700-800, 0.085 at 800-900; neighbours correlate by 0.2 to 0.4.
# That is 0.003 px of disparity and the 0.125 mm unit. On slopes of tan 0.6 to 1.2 it is 1.6 to 3.7 times as large.
# edges: no two neighbouring readings differ by more than 18.75 mm, 99.9 % by less than 7.3 mm: at every larger jump
# there is a gap, 1 to 2 px wide at the narrowest tenth on the left and vertically. tan < 2.7 for 99 % of the readings,
# < 5.0 for 99.9 %.
# shadows: they fall on the right; f (1/near - 1/far) = 0.2-0.3 px/mm: the narrowest tenth is 13 px wide, at 0.3-0.45 it
# is 18 px. Less the edges' own 2 px that is a baseline of about 45 mm.
SR305 = Sensor(
    name="sr305",
    family="structured light",
    camera=Camera(fx=476.007, fy=476.007, cx=313.683, cy=242.755, width=640, height=480, depth_unit_mm=0.125),
    near_mm=200.0,  # librealsense's camera specifications: 0.2 to 1.5 m indoors
    far_mm=1150.0,
    errors=Triangulation(
        baseline_mm=45.0,
        shadow_side=1,
        disparity_sigma_px=0.003,
        disparity_step_px=0.0005,  # no step but the depth unit's shows
        noise_size_px=0.9,
        steep_noise=4.0,
        steep_limit=4.5,
        near_loss_px=0.5,
        far_loss_px=2.0,
        fatten_px=0.0,
        blur=0.3,
        hole_share=0.002,
        hole_size_px=2.0,
        fade_mm=1200.0,
    ),
    source="camera's own calibration; errors measured on 19 recorded frames",
)

# Khoshelham and Elberink 2012, Sensors 12(2): sigma_z = 1.425e-5 z^2 (cm), half a step of the depth's quantisation,
# which is 1/8 px with f = 575.8 px and B = 75 mm. The projector is on the camera's right: shadows fall left. The edges
# are chosen.
KINECT1 = Sensor(
    name="kinect1",
    family="structured light",
    camera=Camera(fx=575.8, fy=575.8, cx=319.5, cy=239.5, width=640, height=480),
    near_mm=400.0,  # near mode
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
    source="Khoshelham and Elberink 2012: noise, step, baseline",
)

# Microsoft's specification: 0.5 to 4.5 m. Noise: chosen, about a millimetre at hand's distance and a few millimetres at
# 3 m. Its driver keeps most flying pixels.
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
    source="Microsoft's specification: range; errors are chosen",
)

# Microsoft's specification of the narrow unbinned mode: 500 to 3860 mm, random error <= 17 mm, confirmed by Tölgyessy
# et al. 2021, Sensors 21(2); Kurillo et al. 2022, Sensors 22(7), find it like the Kinect v2 below 2.5 m and better
# beyond. The coefficients are chosen within that. Its depth engine drops most mixed pixels.
AZURE = Sensor(
    name="azure",
    family="time of flight",
    camera=Camera(fx=504.0, fy=504.0, cx=320.0, cy=288.0, width=640, height=576),
    near_mm=500.0,
    far_mm=3860.0,
    errors=TimeOfFlight(
        sigma_mm=0.8,
        sigma_per_m2_mm=0.25,
        noise_size_px=0.7,
        multipath_mm=1.5,
        steep_limit=3.0,
        flying_share=0.6,
        flying_cut=0.3,
        hole_share=0.003,
        hole_size_px=1.5,
        fade_mm=4200.0,
    ),
    source="Microsoft's specification: range; Kurillo et al. 2022: noise like kinect2's; the rest is chosen",
)

# Luxonis' documentation: 400P has f = 441.25 px, B = 75 mm, 3 fractional bits, and 95 px is the largest disparity, so
# 348 mm the nearest depth; depth is aligned to the right camera, so shadows fall right. Noise of 1/8 px: chosen.
OAKD = Sensor(
    name="oakd",
    family="stereo",
    camera=Camera(fx=441.25, fy=441.25, cx=319.5, cy=199.5, width=640, height=400),
    near_mm=348.4,
    far_mm=4000.0,
    errors=Triangulation(
        baseline_mm=75.0,
        shadow_side=1,
        disparity_sigma_px=0.125,
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
    source="Luxonis' documentation: focal length, baseline, step, range; noise and edges are chosen",
)

# Intel's white papers: 848x480 with a field of view of 90 degrees, so f = 424 px; B = 50 mm; 1/32 px steps; the error
# is z^2 subpixel / (f B), subpixel about 0.08 px. Depth is the left imager's: shadows fall left. The edges are chosen.
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
    source="Intel's tuning guide: noise, focal length, baseline; edges are chosen",
)

SENSORS: dict[str, Sensor] = {s.name: s for s in (SR305, KINECT1, KINECT2, AZURE, OAKD, D435)}
