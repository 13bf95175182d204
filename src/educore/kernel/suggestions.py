"""Suggestions for misspelt names, as the end of an error message."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return "; did you mean 'name'?" with the nearest known name, or "" if none is near."""
    nearest = get_close_matches(str(name), sorted(map(str, known)), n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
