"""The source files of the product, whether it stands beside the tests or is installed among other packages."""

from __future__ import annotations

from pathlib import Path

import educore
import educore_web

PACKAGES = (Path(educore.__file__).parent, Path(educore_web.__file__).parent)


def files_containing(word: str) -> list[str]:
    """Return the files in which a word stands, such as `educore/adapters/spreadsheets.py`, in order."""
    return sorted(
        path.relative_to(package.parent).as_posix()
        for package in PACKAGES
        for path in package.rglob("*.py")
        if word in path.read_text(encoding="utf-8")
    )
