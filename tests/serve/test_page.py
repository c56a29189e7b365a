"""The page in a real browser."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from chromium import Chromium
from PIL import Image

from thenar.data.recording import open_recording
from thenar.live.presets import model_path
from thenar.live.sources.recording import RecordingSource
from thenar.run import open as open_session
from thenar.serve.server import ViewServer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "src/thenar/serve/page"
HAND = "document.querySelector('.hand .place')?.textContent"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    source = RecordingSource(open_recording(ROOT / "recordings/demo"), speed=0.5, loop=True)
    with (
        open_session(model_path(), threads=1) as session,
        ViewServer(source, session, tmp_path_factory.mktemp("takes")) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


def pixels(data):
    return np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)


@pytest.mark.ui
@pytest.mark.parametrize(
    ("scheme", "width", "height"),
    [("light", 1280, 900), ("dark", 1280, 900), ("light", 390, 844), ("dark", 390, 844)],
)
def test_it_shows_a_hand_in_both_themes_and_on_a_phone(served, browser, tmp_path, scheme, width, height):
    browser.errors.clear()
    browser.open(served.url, width, height, scheme)
    browser.wait(HAND)
    one = pixels(browser.screenshot(tmp_path / "one.png"))
    before = browser.run(HAND)
    browser.wait(f"{HAND} && {HAND} !== {json.dumps(before)}")
    other = pixels(browser.screenshot(tmp_path / "other.png"))
    assert browser.errors == []
    assert browser.run("document.documentElement.scrollWidth") <= width
    corner = one[-1, -1].mean()
    assert corner > 200 if scheme == "light" else corner < 60
    space = browser.run("JSON.stringify(document.getElementById('space').getBoundingClientRect())")
    box = {side: int(value * one.shape[1] / width) for side, value in json.loads(space).items()}
    part = np.s_[box["top"] : box["bottom"], box["left"] : box["right"]]
    assert (np.abs(one[part] - other[part]).max(axis=2) > 24).sum() > 300, "the hand in 3D moves"
    assert "thenar" in browser.run("document.title")


@pytest.mark.ui
def test_keys_do_what_buttons_do(served, browser):
    browser.errors.clear()
    browser.open(served.url)
    browser.wait(HAND)
    theme = browser.run("document.documentElement.dataset.theme")
    browser.press("t")
    assert browser.run("document.documentElement.dataset.theme") != theme
    for key, button in (("s", "skin"), ("d", "picture")):
        browser.press(key)
        assert browser.run(f"document.getElementById('{button}').getAttribute('aria-pressed')") == "false"
        browser.press(key)
    for key in ("ArrowLeft", "ArrowUp", "+", "-", "0"):
        browser.press(key)
    browser.press("r")
    browser.wait("document.getElementById('record').dataset.on === 'true'")
    browser.wait("parseInt(document.getElementById('recorded').textContent) > 3")
    browser.press("r")
    browser.wait("document.getElementById('record').dataset.on === 'false'")
    browser.press("p")
    browser.wait("document.getElementById('state').textContent === 'replay'")
    browser.press("l")
    browser.wait("document.getElementById('state').textContent === 'playing'")
    browser.run("localStorage.clear()")
    assert browser.errors == []


def test_the_page_asks_nobody_else():
    texts = [PAGE / name for name in ("index.html", "viewer.css", *(file.name for file in PAGE.glob("*.js")))]
    for file in texts:
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", file.read_text().replace("docs/", "")), file
    assert "style=" not in (PAGE / "index.html").read_text()


def test_the_bundle_comes_with_the_licence_of_what_is_inside():
    assert "MIT License" in (PAGE / "built/THREE-LICENSE.txt").read_text()
    assert "SPDX-License-Identifier: MIT" in (PAGE / "built/viewer.js").read_text()
