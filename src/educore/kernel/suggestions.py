"""Suggestions for misspelt names, as the end of an error message."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return "; did you mean 'name'?" with the nearest known name, or "" if none is near."""
    nearest = nearest_name(name, known)
    return f"; did you mean {nearest!r}?" if nearest else ""


def nearest_name(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a misspelt one, None if none is near."""
    return next(iter(get_close_matches(str(name), sorted(map(str, known)), n=1)), None)
