"""The attacks are what they say: their workbooks are workbooks, and a target that is missed is told."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
from benchmarks.attack import workbooks
from benchmarks.attack.ground import sqlite_site
from benchmarks.attack.loads import Skipped
from benchmarks.attack.run import ATTACKS, Attack, Result, make

FEW = 50


@pytest.mark.filterwarnings("ignore:Workbook contains no")
@pytest.mark.parametrize(
    ("bomb", "rows"),
    [
        (workbooks.many_cells, [FEW]),
        (workbooks.many_rows, [0] * FEW),
        (workbooks.many_strings, []),
        (workbooks.many_styles, []),
        (workbooks.deep, [1]),
    ],
)
def test_with_fewer_parts_each_workbook_is_one_that_can_be_read(bomb: Callable[[int], bytes], rows: list[int]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(bomb(FEW)), read_only=True).active
    assert sheet is not None
    assert [len(row) for row in sheet.rows] == rows


def test_each_attack_has_a_name_of_its_own() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(set(names)) == len(names)


def test_what_is_withstood_missed_and_skipped_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    def skip(site: object) -> object:
        raise Skipped("no disk")

    with sqlite_site(tmp_path_factory.mktemp("attack")) as site:
        quiet = make(Attack("nothing", lambda ground: [], health=60, list=60), site)
        lost = make(Attack("something", lambda ground: ["one is lost"], health=60, list=60), site)
        slow = make(Attack("slow", lambda ground: [], health=1e-9, list=60), site)
        skipped = make(Attack("no disk", lambda ground: [], start=skip), site)  # type: ignore[arg-type]
    assert (quiet.verdict, lost.verdict, skipped.verdict) == ("holds", "one is lost", "skipped: no disk")
    assert slow.misses[0].startswith("/health after")
    assert Result("x", "sqlite").verdict == "holds"
