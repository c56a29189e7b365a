import json
from pathlib import Path

import numpy as np
import pytest
from test_learn import made

from thenar.errors import ThenarError
from thenar.live.gesture.classifier_file import MAX_BYTES, read_classifier, write_classifier
from thenar.live.gesture.learn import learn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_classifier(tmp_path / "signs.json", learn(made()))
    return tmp_path / "signs.json"


def test_a_classifier_comes_back_and_names_the_same(file: Path) -> None:
    classifier, again = learn(made()), read_classifier(file)
    fresh = np.concatenate(list(made(1).values()))
    assert [again.name(row)[0] for row in fresh] == [classifier.name(row)[0] for row in fresh]
    assert again.names == classifier.names and again.limit == classifier.limit


def test_joints_that_nobody_knows_make_no_sign(file: Path) -> None:
    assert read_classifier(file)(np.full((21, 3), np.nan), "right") == ("", 0.0)


def broken(file: Path, **fields: object) -> str:
    return json.dumps(json.loads(file.read_text()) | fields)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda file: "", "is no file of gestures"),
        (lambda file: "[" * 10_000, "is no file of gestures"),
        (lambda file: file.read_text()[:-200], "is no file of gestures"),
        (lambda file: " " * (MAX_BYTES + 1) + file.read_text(), "is no file of gestures"),
        (lambda file: broken(file, kind="other"), "kind"),
        (lambda file: broken(file, version=2), "version"),
        (lambda file: broken(file, limit=0), "limit"),
        (lambda file: broken(file, limit=float("nan")), "limit"),
        (lambda file: broken(file, means=[[0.0] * 65] * 3), "means"),
        (lambda file: broken(file, means=[[0.0] * 66] * 2), "belong together"),
        (lambda file: broken(file, names=["one", "one", "two"]), "belong together"),
        (lambda file: broken(file, names=["one", "two", "a\nb"]), "names"),
        (lambda file: broken(file, whitening=[[1e300] * 66] * 66), "whitening"),
        (lambda file: broken(file, more=1), "more"),
    ],
)
def test_what_is_no_classifier_is_told_in_a_line(file: Path, change, told: str) -> None:  # type: ignore[no-untyped-def]
    file.write_text(change(file))
    with pytest.raises(ThenarError, match=told) as error:
        read_classifier(file)
    assert str(file) in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match=r"(?i)no such file"):
        read_classifier(tmp_path / "no.json")


def test_a_name_that_no_file_may_hold_is_refused(tmp_path: Path) -> None:
    one, two, three = made().values()
    with pytest.raises(ThenarError, match="cannot be stored"):
        write_classifier(tmp_path / "signs.json", learn({"a/b": one, "c": two, "d": three}))
    assert not list(tmp_path.iterdir())
