from __future__ import annotations

import threading

import pytest

from thenar.errors import ThenarError
from thenar.live.mailbox import Mailbox


def test_the_newest_wins_and_what_is_lost_is_counted():
    box = Mailbox(2)
    for item in range(5):
        box.put(item)
    box.close()
    assert list(box) == [3, 4] and box.dropped == 3


def test_a_lossless_one_makes_its_sender_wait():
    box = Mailbox(2, lossless=True)
    sender = threading.Thread(target=lambda: [box.put(item) for item in range(50)] and box.close())
    sender.start()
    assert list(box) == list(range(50)) and box.dropped == 0
    sender.join()


def test_closing_frees_a_sender_that_waits():
    box = Mailbox(1, lossless=True)
    box.put(1)
    sender = threading.Thread(target=box.put, args=(2,))
    sender.start()
    box.close()
    sender.join(5)
    assert not sender.is_alive() and box.get() == 1 and box.get() is None


def test_nothing_in_time_is_none():
    assert Mailbox().get(timeout_s=0.01) is None


def test_no_room_is_refused():
    with pytest.raises(ThenarError, match="a queue of 0"):
        Mailbox(0)
