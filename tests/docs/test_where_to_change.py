"""The page "Where do I change ...?" names files, names in them and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "where-to-change.md"
QUOTED = re.compile(r"`([^`]+)`")
SIX = {
    "a permission of teachers",
    "the paging of one API",
    "the SMS text of a cancelled lesson",
    "the layout of the receipt",
    "an index of a table",
    "a column of the students' screen",
}


class Row(NamedTuple):
    task: str
    file: str
    names: list[str]
    test: str


def rows() -> list[Row]:
    """The rows of all tables on the page."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and QUOTED.search(cells[1]):
            found.append(Row(cells[0], cells[1].strip("`"), QUOTED.findall(cells[2]), cells[3].strip("`")))
    return found


def test_the_page_answers_the_six_questions() -> None:
    assert {row.task for row in rows()} >= SIX


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.task)
def test_the_file_has_the_names_and_the_test_has_tests(row: Row) -> None:
    text = (ROOT / row.file).read_text(encoding="utf-8")
    assert row.names
    assert [name for name in row.names if not re.search(rf"\b{re.escape(name)}\b", text)] == []
    assert re.search(r"^def test_", (ROOT / row.test).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_path_on_the_page_exists() -> None:
    quoted = QUOTED.findall(PAGE.read_text(encoding="utf-8"))
    paths = [text for text in quoted if text.startswith(("src/", "tests/"))]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
