"""Turn recorded joints into a bank of poses: python tools/fit_poses.py RECORDING.npz ... --out bank.npz

Each recording holds `joints_mm` (N, 21, 3) of one right hand in thenar's order. Its hand is measured, the angles of
each frame are found by inverse kinematics, and poses that differ from those already in the bank are kept.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path

import numpy as np

from thenar.data import bank
from thenar.data.contact import depth_mm
from thenar.data.inverse import fit_sequence, fit_size
from thenar.data.kinematics import forward
from thenar.data.limits import Angles
from thenar.data.poses import Hand, reference_hand
from thenar.errors import ThenarError


def read_joints(path: Path) -> np.ndarray:
    """`joints_mm` (N, 21, 3) of a recording, finite."""
    try:
        with np.load(path, allow_pickle=False) as file:
            joints = np.asarray(file["joints_mm"], np.float32)
    except FileNotFoundError:
        raise ThenarError("no such file", where=path) from None
    except (OSError, KeyError, ValueError, IndexError, EOFError, zipfile.BadZipFile):
        raise ThenarError("no array joints_mm", where=path, fix="give an .npz with joints_mm (N, 21, 3)") from None
    if joints.ndim != 3 or joints.shape[1:] != (21, 3) or not np.isfinite(joints).all():
        raise ThenarError(f"joints_mm is {joints.shape} or not finite", where=path, fix="give (N, 21, 3) in mm")
    return joints


def distinct(angles: Angles, apart_rad: float) -> Angles:
    """Those of angles (M, 21, 3) that are not within `apart_rad` of an earlier one at every joint."""
    kept = np.empty((0, 21, 3), np.float32)
    for pose in angles:
        if (np.abs(kept - pose).max(axis=(1, 2)) > apart_rad).all():
            kept = np.concatenate([kept, pose[None]])
    return kept


def fit_recording(path: Path, hand: Hand, most_mm: float, every: int) -> Angles:
    """Angles (M, 21, 3) of the frames of one recording that fit well; says on stderr how well that went."""
    joints = read_joints(path)
    fits = fit_sequence(joints[::every], fit_size(joints, hand))
    errors = np.array([fit.error_mm for fit in fits])
    free = [fit.angles for fit in fits if fit.error_mm <= most_mm and depth_mm(forward(*hand, fit.angles)[1]) == 0]
    print(
        f"{path.name}: {len(fits)} frames, {errors.mean():.2f} mm mean, {np.percentile(errors, 95):.2f} mm at 95 %, "
        f"{len(free)} within {most_mm:g} mm and without contact",
        file=sys.stderr,
    )
    return np.array(free, np.float32).reshape(-1, 21, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most-mm", type=float, default=6.0, help="leave out frames that fit worse than this")
    parser.add_argument("--apart-deg", type=float, default=5.0, help="leave out poses closer than this to one kept")
    parser.add_argument("--every", type=int, default=1, help="take every n-th frame")
    args = parser.parse_args()
    try:
        hand = reference_hand()
        angles = np.concatenate(
            [fit_recording(path, hand, args.most_mm, max(args.every, 1)) for path in args.recordings]
        )
        if not len(angles):
            raise ThenarError("no pose fits", fix="raise --most-mm, or check that the joints are a right hand's in mm")
        angles = distinct(angles, np.radians(args.apart_deg))
        bank.save(args.out, angles)
    except ThenarError as error:
        sys.exit(str(error))
    print(f"{len(angles)} poses in {args.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
