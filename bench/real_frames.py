"""A preset on the frames of a real camera, on one sheet, to be looked at one by one.

    python bench/real_frames.py [--preset NAME] [--frames FOLDER] [-o FOLDER]

FOLDER/NAME.png shows every frame around its hand, with the skeleton. --frames is the folder of the two SR305 sequences
(docs/real-frames.md); no label tells how right the joints are.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from thenar.data.frame import Frame
from thenar.data.recording import open_recording
from thenar.live.calibration import Calibration, calibration_of
from thenar.live.overlay import overlay
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.live.tracker import TrackedHand, Tracker, TrackerConfig
from thenar.run import Session
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
FRAMES = ROOT.parent / "shared/data/real_depth_sr305"
SEQUENCES = ("20210326-230536", "20210326-231615")
CAMERA = {
    "fx": 476.007,
    "fy": 476.007,
    "cx": 313.683,
    "cy": 242.755,
    "width": 640,
    "height": 480,
    "depth_unit_mm": 0.125,
}
FRAMES_PER_SECOND = 2.0
SHOWN_MM, TILE, COLUMNS = 280.0, 400, 5


@dataclass(frozen=True, eq=False)
class Tracked:
    """A frame of a sequence and what was found in it."""

    sequence: str
    frame: Frame
    hand: TrackedHand | None


def tracked(sequence: Path, session: Session, calibration: Calibration) -> Iterator[Tracked]:
    """A folder of depth PNGs without a camera.json, frame by frame."""
    with tempfile.TemporaryDirectory() as folder:
        for path in sequence.glob("*.png"):
            shutil.copy(path, folder)
        (Path(folder) / "camera.json").write_text(json.dumps(CAMERA))
        recording = open_recording(Path(folder))
        tracker = Tracker(session, recording.camera, TrackerConfig(smooth=None), calibration)
        for index, frame in enumerate(recording):
            assert isinstance(frame, Frame), frame.reason
            yield Tracked(sequence.name, frame, tracker.track(frame.depth_mm, index / FRAMES_PER_SECOND))


def tile(found: Tracked) -> Image.Image:
    """The frame around its hand, as large as a tile; all of it where no hand was found."""
    frame, hand = found.frame, found.hand
    if hand is None:
        whole = overlay(frame.depth_mm, frame.camera, None, f"{found.sequence}/{frame.name}: no hand")
        return whole.resize((TILE, TILE))
    u, v, z = frame.camera.project(hand.joints_mm).mean(axis=0)
    half = frame.camera.fx * SHOWN_MM / z / 2
    picture = overlay(frame.depth_mm, frame.camera, hand.joints_mm)
    box = (u - half, v - half, u + half, v + half)
    shown = picture.transform((TILE, TILE), Image.Transform.EXTENT, box, Image.Resampling.BICUBIC)
    caption = f"{found.sequence[-6:]}/{frame.name}  {hand.side} {hand.confidence.mean():.2f}"
    ImageDraw.Draw(shown).text((6, 4), caption, fill=(255, 255, 255))
    return shown


def sheet(tiles: list[Image.Image]) -> Image.Image:
    """The tiles in rows."""
    rows = -(-len(tiles) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * TILE, rows * TILE))
    for index, each in enumerate(tiles):
        whole.paste(each, (index % COLUMNS * TILE, index // COLUMNS * TILE))
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET)
    parser.add_argument("--model", type=Path, help="an ONNX file in place of a preset's")
    parser.add_argument("--frames", type=Path, default=FRAMES)
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "out/real")
    given = parser.parse_args()
    name = given.model.parent.name if given.model else given.preset
    with open_session(given.model or model_path(given.preset)) as session:
        calibration = calibration_of(given.model or given.preset)
        found = [each for sequence in SEQUENCES for each in tracked(given.frames / sequence, session, calibration)]
    given.out.mkdir(parents=True, exist_ok=True)
    sheet([tile(each) for each in found]).save(given.out / f"{name}.png")
    hands = [each.hand for each in found if each.hand]
    right = sum(hand.side == "right" for hand in hands)
    print(f"{name}: a hand in {len(hands)} of {len(found)} frames, right in {right}; {given.out / name}.png")


if __name__ == "__main__":
    main()
