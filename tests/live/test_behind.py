from __future__ import annotations

from thenar.live.behind import Behind

STAGES = {"track": 3.0, "gesture": 0.2}


def run(times_s, dropped):
    behind = Behind()
    return [behind(time_s, count, STAGES) for time_s, count in zip(times_s, dropped, strict=True)]


def test_nobody_is_behind_while_every_frame_is_tracked():
    assert set(run([index / 60 for index in range(200)], [0] * 200)) == {""}


def test_one_hiccup_is_no_lag():
    assert set(run([index / 60 for index in range(200)], [0] * 100 + [1] * 100)) == {""}


def test_lost_frames_name_the_longest_stage_until_they_stop():
    names = run([index / 30 for index in range(300)], [min(index, 100) for index in range(300)])
    assert names[60] == "track" and names[-1] == ""


def test_gaps_in_the_frames_themselves_name_the_source():
    times = [index / 60 for index in range(300) if index % 5]
    assert run(times, [0] * len(times))[-1] == "capture"
