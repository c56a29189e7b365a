"""Put the figures of bench/results into README and docs, between `<!-- NAME -->` and `<!-- /NAME -->`.

    python tools/make_docs.py [--check]

--check writes nothing and fails where a page is not what the results say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from benchmark_tables import agreement, generation, heldout, heldout_tables, speed
from compile_tables import (
    compile_agreement,
    compile_peers,
    microcontroller,
    operators,
    operators_short,
    products,
    standard_tests,
)
from compress_tables import compress
from live_tables import letters, record, viewer
from preset_tables import ablation, presets, presets_split, sequences
from tables import ROOT
from tracking_tables import live_reliability, live_rooms, live_smooth, live_torture

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

BLOCKS: dict[str, Callable[[], str]] = {
    "heldout": heldout,
    "presets": presets,
    "presets-split": presets_split,
    "sequences": sequences,
    "ablation": ablation,
    "heldout-tables": heldout_tables,
    "agreement": agreement,
    "speed": speed,
    "compile-peers": compile_peers,
    "compile-agreement": compile_agreement,
    "generation": generation,
    "products": products,
    "record": record,
    "viewer": viewer,
    "letters": letters,
    "live-torture": live_torture,
    "live-reliability": live_reliability,
    "live-rooms": live_rooms,
    "live-smooth": live_smooth,
    "compress": compress,
    "operators": operators,
    "standard-tests": standard_tests,
    "microcontroller": microcontroller,
    "operators-short": operators_short,
}


def filled(text: str) -> str:
    """`text` with every block made anew."""

    def make(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"<!-- {name} -->\n{BLOCKS[name]()}\n<!-- /{name} -->"

    names = "|".join(sorted(BLOCKS, key=len, reverse=True))
    return re.sub(rf"<!-- ({names}) -->.*?<!-- /\1 -->", make, text, flags=re.S)


def main(arguments: list[str]) -> int:
    stale = [page for page in PAGES if filled(page.read_text("utf-8")) != page.read_text("utf-8")]
    if "--check" not in arguments:
        for page in stale:
            page.write_text(filled(page.read_text("utf-8")), encoding="utf-8")
        return 0
    for page in stale:
        print(f"{page.relative_to(ROOT)}: not what bench/results says; run make docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
