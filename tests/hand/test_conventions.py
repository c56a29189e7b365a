from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from thenar.errors import ThenarError
from thenar.hand.conventions import CONVENTIONS, Convention
from thenar.hand.skeleton import JOINT_COUNT, JOINTS

RNG = np.random.default_rng(0)
COUNTS = {"mediapipe": 21, "msra15": 21, "nyu": 14, "icvl": 16, "hands17": 21}
WITHOUT_COUNTERPART = {"nyu": {"wrist_a", "wrist_b", "palm"}, "icvl": {"palm"}}


@pytest.fixture(params=list(CONVENTIONS.values()), ids=list(CONVENTIONS))
def convention(request: pytest.FixtureRequest) -> Convention:
    return request.param  # type: ignore[no-any-return]


def test_each_joint_has_one_name_and_at_most_one_place(convention: Convention) -> None:
    assert len(convention.joints) == len(set(convention.joints)) == len(convention.ours) == COUNTS[convention.name]
    places = [place for place in convention.ours if place is not None]
    assert len(places) == len(set(places)) and all(0 <= place < JOINT_COUNT for place in places)
    missing = {name for name, place in zip(convention.joints, convention.ours, strict=True) if place is None}
    assert missing == WITHOUT_COUNTERPART.get(convention.name, set())
    assert convention.approximate <= set(convention.joints) - missing


def test_there_and_back_loses_nothing_that_both_have(convention: Convention) -> None:
    ours = RNG.normal(size=(5, JOINT_COUNT, 3)).astype(np.float32)
    back = convention.to_ours(convention.from_ours(ours))
    kept = [place for place in convention.ours if place is not None]
    np.testing.assert_array_equal(back[:, kept], ours[:, kept])
    assert np.isnan(np.delete(back, kept, axis=1)).all()

    theirs = RNG.normal(size=(len(convention.joints), 3)).astype(np.float32)
    there = convention.from_ours(convention.to_ours(theirs))
    for row, place in enumerate(convention.ours):
        np.testing.assert_array_equal(there[row], theirs[row] if place is not None else np.nan)


FINGER_WORDS = {
    "thumb": ("thumb", "T"), "index": ("index", "I"), "middle": ("middle", "M"), "ring": ("ring", "R"),
    "little": ("little", "pinky", "P"),
}  # fmt: skip


def test_no_joint_changes_its_finger(convention: Convention) -> None:
    """A wrong row in a table shows as a finger that became another one, or a tip that is none."""
    for theirs, place in zip(convention.joints, convention.ours, strict=True):
        if place is None or theirs.lower() == "wrist":
            assert place in (None, 0)
            continue
        finger, part = JOINTS[place].split("_")
        if convention.name == "hands17":
            assert theirs[0] == FINGER_WORDS[finger][-1]
        else:
            assert theirs.lower().startswith(FINGER_WORDS[finger][:-1])
        assert theirs.lower().endswith("tip") == (part == "tip")


@pytest.mark.parametrize("name", list(CONVENTIONS))
def test_another_number_of_joints_is_refused(name: str) -> None:
    with pytest.raises(ThenarError, match=name):
        CONVENTIONS[name].to_ours(np.zeros((7, 3)))
    with pytest.raises(ThenarError, match=name):
        CONVENTIONS[name].from_ours(np.zeros((20, 3)))


def test_published_nyu_labels_lie_as_the_table_says(shared_data: Path) -> None:
    """Tips are further from the palm than the joints below them, a tip half a finger from its PIP."""
    nyu = CONVENTIONS["nyu"]
    uvd = np.load(shared_data / "published" / "nyu_test_groundtruth_uvd14.npz")["uvd"].astype(float)
    xyz = np.stack(
        [(uvd[..., 0] - 320) * uvd[..., 2] / 588.03, (uvd[..., 1] - 240) * uvd[..., 2] / 587.07, uvd[..., 2]], -1
    )
    palm = xyz[:, nyu.joints.index("palm")]
    ours = nyu.to_ours(xyz)
    for finger in ("index", "middle", "ring", "little"):
        tip, pip = (ours[:, JOINTS.index(f"{finger}_{part}")] for part in ("tip", "pip"))
        assert np.percentile(np.linalg.norm(tip - palm, axis=1), 90) > np.percentile(
            np.linalg.norm(pip - palm, axis=1), 90
        )
        assert 30 < np.median(np.linalg.norm(tip - pip, axis=1)) < 55
    thumb = np.linalg.norm(ours[:, JOINTS.index("thumb_tip")] - ours[:, JOINTS.index("thumb_ip")], axis=1)
    assert thumb.min() > 18 and thumb.max() < 27
