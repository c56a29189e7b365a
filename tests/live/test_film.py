from __future__ import annotations

import pytest
from PIL import Image

from thenar.errors import ThenarError
from thenar.live import film as film_module
from thenar.live.film import ANIMATION, STILL, WIDTH_PX, Film


def picture(shade: int) -> Image.Image:
    return Image.new("RGB", (640, 480), (shade, 0, 255 - shade))


def shot(folder, frames, taken):
    film = Film(frames, 30.0)
    for index in taken:
        film.add(index, picture(index % 256))
    film.write(folder)
    with Image.open(folder / ANIMATION) as animation, Image.open(folder / STILL) as still:
        assert animation.size == (WIDTH_PX, 240) and still.size == (640, 480)
        return animation.n_frames, animation.info["duration"], still.getpixel((0, 0))[0]


def test_every_picture_and_the_middle_one_large(tmp_path):
    assert shot(tmp_path, 5, range(5)) == (5, 30, 2)


def test_frames_left_out_are_no_matter(tmp_path):
    assert shot(tmp_path, 6, [1, 5])[::2] == (2, 1)
    assert shot(tmp_path, 6, [5])[::2] == (1, 5)


def test_a_long_recording_is_shown_in_larger_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(film_module, "MOST_PICTURES", 6)
    assert shot(tmp_path, 20, range(20)) == (5, 130, 10)


def test_nothing_taken_nothing_written(tmp_path):
    Film(3, 30.0).write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    film = Film(1, 30.0)
    film.add(0, picture(1))
    with pytest.raises(ThenarError, match=r"gone/still\.png: cannot write"):
        film.write(tmp_path / "gone")
