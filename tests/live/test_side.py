from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.live.side import SideConfig, SideEvidence

scores = st.floats(0, 1)


@pytest.mark.parametrize(("right", "left", "side"), [(0.7, 0.1, "right"), (0.0, 0.6, "left")])
def test_clear_evidence_decides_at_once(right: float, left: float, side: str) -> None:
    evidence = SideEvidence()
    assert evidence.add(right, left) == side == evidence.decided


def test_thin_evidence_is_summed_and_decided_in_the_end() -> None:
    evidence = SideEvidence(SideConfig(margin=0.5, frames=4))
    assert [evidence.add(0.5, 0.6) for _ in range(3)] == ["left"] * 3
    assert evidence.decided is None
    evidence.add(0.6, 0.5)
    assert evidence.decided == "left"


def test_a_first_mistake_that_is_not_decided_is_put_right() -> None:
    evidence = SideEvidence()
    assert evidence.add(0.5, 0.6) == "left"
    assert evidence.add(0.8, 0.1) == "right" == evidence.decided


@given(st.lists(st.tuples(scores, scores), min_size=1))
def test_what_is_decided_never_changes(frames: list[tuple[float, float]]) -> None:
    evidence, decided = SideEvidence(), set()
    for right, left in frames:
        leading = evidence.add(right, left)
        if evidence.decided:
            decided.add(evidence.decided)
            assert leading == evidence.decided
    assert len(decided) <= 1
    assert decided or len(frames) < SideConfig().frames


def test_a_given_side_is_taken_at_its_word() -> None:
    evidence = SideEvidence(given="left")
    assert evidence.decided == "left" == evidence.add(1.0, 0.0)
