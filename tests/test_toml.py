import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.toml import dumps

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.one_of(TEXT, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
VALUES = st.one_of(PLAIN, st.lists(PLAIN))


@given(st.recursive(st.dictionaries(TEXT, VALUES), lambda inner: st.dictionaries(TEXT, st.one_of(VALUES, inner))))
def test_what_is_written_is_read_back(values: dict[str, Any]) -> None:
    assert tomllib.loads(dumps(values)) == values


def test_none_is_left_out_and_other_types_are_refused() -> None:
    assert tomllib.loads(dumps({"a": None, "b": 1})) == {"b": 1}
    with pytest.raises(TypeError, match="object"):
        dumps({"a": object()})
