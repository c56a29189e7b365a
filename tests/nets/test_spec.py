from typing import Any

import pytest

from thenar.errors import ThenarError
from thenar.nets.spec import AwrSpec, Spec, StudentSpec, from_dict, to_dict


@pytest.mark.parametrize("spec", [StudentSpec(), StudentSpec((16, 32), (1, 0), map_size=64), AwrSpec("hourglass1")])
def test_a_spec_survives_its_dict(spec: Spec) -> None:
    assert from_dict(to_dict(spec)) == spec


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "family"),
        ({"family": "student", "chanels": [16]}, "chanels"),
        ({"family": "student", "channels": [17, 32, 48, 96]}, "multiples of 8"),
        ({"family": "student", "channels": [16, 32], "blocks": [1]}, "length"),
        ({"family": "student", "channels": "16"}, "channels"),
        ({"family": "student", "blocks": [0, 0, 0, -1]}, "negative"),
        ({"family": "student", "map_size": 33}, "map_size"),
        ({"family": "student", "map_size": 32.0}, "map_size"),
        ({"family": "student", "kernel": 0}, "kernel"),
        ({"family": "awr", "network": "resnet34"}, "resnet34"),
        ({"family": "awr", "joints": True}, "joints"),
    ],
)
def test_what_is_no_network_is_refused_by_name(values: dict[str, Any], word: str) -> None:
    with pytest.raises(ThenarError, match=word):
        from_dict(values)
