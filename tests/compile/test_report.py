"""The report: numbers that agree with the program, text, and a picture that is XML."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from networks import student

from thenar.compile import translate
from thenar.compile.measure import measure
from thenar.compile.report import document, rows, table, write_report
from thenar.compile.report_svg import svg
from thenar.errors import ThenarError


def test_every_convolution_has_an_expected_share() -> None:
    library = translate(student(), "x86-64", name="student")
    shares = [row.expected_share for row in rows(library) if row.macs]
    assert shares
    assert all(share is not None and 0 < share <= 1 for share in shares)
    for row, call in zip(rows(library), library.program.calls, strict=True):
        assert row.bytes == library.program.bytes(call) > 0
        assert row.expected_us
    assert library.source.count("of peak") == len(shares)
    assert document(library)["macs"] == sum(row.macs for row in rows(library))


def test_what_is_not_known_is_left_out() -> None:
    library = translate(student(), "c99")
    assert {row.expected_us for row in rows(library)} == {None}
    assert "expected" not in table(library).splitlines()[0]
    assert document(library)["expected_us"] is None


def test_files(tmp_path: Path) -> None:
    library = translate(student(), "x86-64", name="student")
    times = [1.5] * len(library.program.calls)
    write_report(library, tmp_path / "new", times)
    facts = json.loads((tmp_path / "new" / "report.json").read_text())
    assert facts["measured_us"] == pytest.approx(1.5 * len(facts["layers"]))
    picture = (tmp_path / "new" / "report.svg").read_text()
    bars = [item for item in ElementTree.fromstring(picture).iter() if item.get("class") in ("expected", "measured")]
    assert len(bars) == 2 * len(times) + 2  # and the legend
    assert svg(library, times) == picture
    (tmp_path / "file").write_text("")
    with pytest.raises(ThenarError, match="cannot write"):
        write_report(library, tmp_path / "file" / "below")


@pytest.mark.native
def test_every_call_is_measured() -> None:
    library = translate(student(channels=2, size=16), "host", name="student")
    times = measure(library, rounds=5)
    assert len(times) == len(library.program.calls)
    assert min(times) >= 0
    assert max(times) > 0
    assert "measured us" in table(library, times)
