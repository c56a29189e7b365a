"""The page in a real browser."""

from __future__ import annotations

import itertools
import json
import re
import time
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from chromium import Chromium
from doubles import ScriptedSource, frame, open_hand
from PIL import Image

from thenar.data.mesh import load
from thenar.data.recording import open_recording
from thenar.live.one_hand import NumberedHand
from thenar.live.presets import model_path
from thenar.live.sources.recording import RecordingSource
from thenar.run import open as open_session
from thenar.serve.hand_mesh import FOREARM_MM
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


class TwoHands:
    """A right hand and its mirror image, each at its side."""

    def __init__(self, session, camera):
        pass

    def track(self, depth_mm, time_s):
        right = open_hand() + np.array((120, 0, 0), np.float32)
        sure = np.full(21, 0.9, np.float32)
        hands = ((4, "right", right), (7, "left", right * np.array((-1, 1, 1), np.float32)))
        return tuple(NumberedHand(number, side, joints, joints, sure) for number, side, joints in hands)


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


@pytest.mark.ui
def test_a_recording_is_gone_through_with_keys_and_buttons(served, browser):
    browser.errors.clear()
    browser.open(served.url)
    browser.wait(HAND)
    place = "document.getElementById('place').textContent"
    button = "document.getElementById('pause').textContent"
    count = len(open_recording(ROOT / "recordings/demo"))
    browser.press(" ")
    browser.wait(f"{button} === 'Play'")
    browser.run("const seek = document.getElementById('seek'); seek.value = 7; seek.dispatchEvent(new Event('input'))")
    browser.wait(f"{place} === '8 of {count}' && document.getElementById('state').textContent === 'paused'")
    browser.press(".")
    browser.wait(f"{place} === '9 of {count}'")
    browser.run("document.getElementById('back').click()")
    browser.wait(f"{place} === '8 of {count}'")
    browser.press("]")
    browser.wait("document.getElementById('speed').value === '1'")
    browser.press("[")
    browser.wait("document.getElementById('speed').value === '0.5'")
    browser.press("s")  # what stands still can be looked at too
    browser.press("s")
    browser.run("document.getElementById('pause').focus()")
    browser.press(" ")
    browser.wait(f"{button} === 'Pause' && {place} !== '8 of {count}'")
    assert browser.errors == []


@pytest.mark.ui
def test_two_hands_have_skins_colours_and_names_of_their_own(browser, tmp_path):
    source = ScriptedSource((frame(index) for index in itertools.count()), live=True, interval_s=0.05)
    browser.errors.clear()
    with ViewServer(source, SimpleNamespace(runtime="fake"), tmp_path, make_tracker=TwoHands) as served:
        browser.open(served.url)
        browser.wait("document.querySelectorAll('#names p').length === 2")
        shown = []
        for key in ("0", "s"):
            browser.press(key)
            time.sleep(0.4)
            shown.append(pixels(browser.screenshot(tmp_path / "seen.png"))[80:520, 30:480])
        names = json.loads(
            browser.run("JSON.stringify([...document.querySelectorAll('#names p')].map((p) => p.textContent))")
        )
        colors = browser.run("new Set([...document.querySelectorAll('.hand')].map((h) => h.style.cssText)).size")
    assert names == ["right 4  open", "left 7  open"] and colors == 2 and browser.errors == []
    skin, bones = ((np.ptp(part, axis=2) > 40).mean() for part in shown)  # coloured, where the room is grey
    assert skin > 1.5 * bones > 0.01


@pytest.mark.ui
@pytest.mark.parametrize("scale", [1.0, 1.15])
def test_the_skin_is_posed_as_the_training_datas(browser, scale):
    pytest.importorskip("numba")
    from thenar.data.gestures import GESTURES
    from thenar.data.kinematics import forward
    from thenar.data.skin import skin

    model = load()
    near = model.template[:, 1] < FOREARM_MM
    code = (PAGE / "pose.js").read_text().replace("export ", "")
    rest = {"joints": model.joints.tolist(), "flex": model.axes[:, 0].tolist()}
    for name in ("open", "fist", "victory", "ok", "thumbs_up", "tripod", "claw", "horns"):
        rotations, joints = forward(model.joints, model.axes, GESTURES[name])
        wanted = np.empty_like(model.template)
        skin(model.template, model.joints, model.weights, model.weight_joints, rotations, joints, wanted)
        told = browser.run(f"(() => {{ {code}; return pose({json.dumps(rest)}, {(joints * scale).tolist()}); }})()")
        linear, joint, place = (np.array([bone[part] for bone in told]) for part in ("linear", "joint", "place"))
        at = model.weight_joints
        moved = (
            np.einsum("vbij,vbj->vbi", linear.reshape(-1, 3, 3)[at], model.template[:, None] - joint[at]) + place[at]
        )
        posed = (model.weights[..., None] * moved).sum(axis=1)
        off = np.linalg.norm(posed - scale * wanted, axis=1)[near]
        assert off.mean() < 0.6 and off.max() < 8, name  # a straight thumb's turn about itself can't be seen in joints


def test_the_page_asks_nobody_else():
    texts = [PAGE / name for name in ("index.html", "viewer.css", *(file.name for file in PAGE.glob("*.js")))]
    for file in texts:
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", file.read_text().replace("docs/", "")), file
    assert "style=" not in (PAGE / "index.html").read_text()


def test_the_bundle_comes_with_the_licence_of_what_is_inside():
    assert "MIT License" in (PAGE / "built/THREE-LICENSE.txt").read_text()
    assert "SPDX-License-Identifier: MIT" in (PAGE / "built/viewer.js").read_text()
