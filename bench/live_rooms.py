"""False hands in rooms of other seeds than the table of hard sequences has: thresholds were set with that in view.

    python bench/live_rooms.py

Writes bench/results/live-rooms.json.
"""

from __future__ import annotations

from pathlib import Path

from thenar.bench.results import write_result
from thenar.data.torture import nobody
from thenar.live.hands import tracker_of
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
SEEDS = (1, 2, 3)


def main() -> None:
    rows = []
    with open_session(model_path(), threads=1) as session:
        for seed in SEEDS:
            nobody.SEED = seed
            tracker, camera, false = None, None, []
            for index, frame in enumerate(nobody.nobody()):
                if tracker is None or frame.camera != camera:
                    camera, tracker = frame.camera, tracker_of(DEFAULT_PRESET)(session, frame.camera)
                false += [index] * len(tracker.track(frame.depth_mm, frame.time_s))
            rows.append({"seed": seed, "frames": index + 1, "false_hands": len(false)})
            rows[-1]["rooms"] = len({number // nobody.FRAMES for number in false})
            print(rows[-1], flush=True)
    write_result(ROOT / "bench/results/live-rooms.json", {"rooms_each": nobody.ROOMS, "rows": rows})


if __name__ == "__main__":
    main()
