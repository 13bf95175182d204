"""Choice of a language by the header Accept-Language."""

from __future__ import annotations

from collections.abc import Collection

from educore.translation import LANGUAGES

MOST_CHARACTERS = 500
"""Characters of the header that are read; no browser sends more."""


def preferred_language(accept_language: str, default: str = "en", *, among: Collection[str] = tuple(LANGUAGES)) -> str:
    """Return the language that the header prefers `among` those offered, or the default."""
    ranked = []
    for place, part in enumerate(accept_language[:MOST_CHARACTERS].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        weight = float(quality) if quality.replace(".", "", 1).isdecimal() else 1.0
        ranked.append((-weight, place, tag.split("-")[0].lower()))
    return next((tag for weight, _, tag in sorted(ranked) if tag in among and weight < 0), default)
