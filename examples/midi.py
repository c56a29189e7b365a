"""A hand as an instrument: its height is a note, its grab the filter; written as a standard MIDI file.

python examples/midi.py recordings/demo hand.mid
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import thenar.live
from thenar.live.pipeline import LiveFrame

SCALE = (57, 60, 62, 64, 67, 69, 72, 74, 76, 79)
"""A minor pentatonic over two octaves, as MIDI numbers: no wrong notes."""

TOP_MM, BOTTOM_MM = -120.0, 160.0
FILTER = 74
"""Controller "brightness" (MIDI 1.0, Sound Controller 5)."""

TICKS_PER_S = 960  # 480 a quarter note at the 120 beats a minute of a file that names no tempo


def messages(frames: Iterator[LiveFrame]) -> Iterator[tuple[float, bytes]]:
    """(seconds since the first frame, MIDI message) for the first hand; a note ends where the next begins."""
    note, brightness, begun_s, time_s = None, None, None, 0.0
    for frame in frames:
        begun_s = frame.time_s if begun_s is None else begun_s
        time_s = max(time_s, frame.time_s - begun_s)
        wanted = None
        if frame.hands:
            height = (BOTTOM_MM - frame.hands[0].hand.joints_mm[9, 1]) / (BOTTOM_MM - TOP_MM)
            wanted = SCALE[min(len(SCALE) - 1, max(0, int(height * len(SCALE))))]
            value = 127 - round(frame.hands[0].grab * 127)
            if value != brightness:
                brightness = value
                yield time_s, bytes((0xB0, FILTER, value))
        if wanted != note:
            if note is not None:
                yield time_s, bytes((0x80, note, 0))
            if wanted is not None:
                yield time_s, bytes((0x90, wanted, 96))
            note = wanted
    if note is not None:
        yield time_s, bytes((0x80, note, 0))


def midi_file(timed: Iterator[tuple[float, bytes]]) -> bytes:
    """A type 0 standard MIDI file of one track."""
    track, last = b"", 0
    for time_s, message in timed:
        tick = round(time_s * TICKS_PER_S)
        track, last = track + _length(tick - last) + message, tick
    track += b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS_PER_S // 2) + b"MTrk" + struct.pack(">I", len(track)) + track


def _length(value: int) -> bytes:
    """A variable-length quantity: 7 bits a byte, all but the last with the top bit set."""
    data = [value & 0x7F]
    while value := value >> 7:
        data.insert(0, value & 0x7F | 0x80)
    return bytes(data)


if __name__ == "__main__":
    with thenar.live.open(sys.argv[1]) as hands:
        Path(sys.argv[2]).write_bytes(midi_file(messages(iter(hands))))
