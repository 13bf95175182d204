"""Every link and every path on the pages leads to an existing page, heading, picture or file."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
PATH = re.compile(r"`([\w./-]+/[\w.-]+\.\w+)`")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_there(page: Path, name: str, anchor: str) -> bool:
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


def test_every_link_leads_somewhere() -> None:
    links = [(page, *found) for page in PAGES for found in LINK.findall(page.read_text(encoding="utf-8"))]
    assert links
    assert [link for link in links if not is_there(*link)] == []


def test_every_path_in_the_text_is_that_of_a_file() -> None:
    """A path may leave out its first folders: `adapters/sql/bulk.py`."""
    kinds = {".py", ".md", ".json", ".yaml", ".sql", ".po"}
    found = [(page.name, path) for page in PAGES for path in PATH.findall(page.read_text(encoding="utf-8"))]
    paths = [(page, path) for page, path in found if Path(path).suffix in kinds and not path.startswith("/")]
    assert paths
    bases = [ROOT, ROOT / "src", ROOT / "src" / "educore", ROOT / "src" / "educore_web"]
    assert [found for found in paths if not any((base / found[1]).exists() for base in bases)] == []


def test_every_decision_is_listed_under_its_title() -> None:
    decisions = ROOT / "docs" / "decisions"
    titles = [(page.read_text(encoding="utf-8").partition("\n")[0], page) for page in decisions.glob("0*.md")]
    listed = (decisions / "README.md").read_text(encoding="utf-8").splitlines()
    wanted = {re.sub(r"^# (\d+)\. (.*)$", rf"\1. [\2]({page.name})", title) for title, page in titles}
    assert wanted == {line for line in listed if line[:1].isdigit()}
