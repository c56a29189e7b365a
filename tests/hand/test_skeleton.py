from __future__ import annotations

from thenar.hand.skeleton import BONES, FINGERS, JOINT_COUNT, JOINTS, MCPS, PARENTS, TIPS


def test_every_joint_is_named_once() -> None:
    assert len(JOINTS) == len(set(JOINTS)) == JOINT_COUNT == len(PARENTS)


def test_every_joint_but_the_wrist_hangs_on_an_earlier_one() -> None:
    assert PARENTS[0] == -1
    assert all(0 <= parent < joint for joint, parent in enumerate(PARENTS) if joint)
    assert len(BONES) == JOINT_COUNT - 1


def test_fingers_are_chains_from_the_wrist_to_the_tip() -> None:
    for name, joints in FINGERS.items():
        assert all(JOINTS[joint].startswith(name) for joint in joints)
        assert [PARENTS[joint] for joint in joints] == [0, *joints[:-1]]
    assert tuple(joints[-1] for joints in FINGERS.values()) == TIPS
    assert all(JOINTS[joint].endswith("_mcp") for joint in MCPS)
