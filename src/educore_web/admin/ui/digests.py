"""Digests of the values that a page has shown, by name, as its form carries them."""

from __future__ import annotations

from collections.abc import Iterable

from educore import Seen


def join_digests(seen: Seen) -> str:
    """Return the digests as text for a form to carry."""
    return " ".join(f"{name}:{digest}" for name, digest in seen.items())


def split_digests(text: str, names: Iterable[str]) -> dict[str, str]:
    """Return the digests that a form carried, limited to these names."""
    pairs = (pair.partition(":") for pair in text.split())
    known = set(names)
    return {name: digest for name, _, digest in pairs if name in known}
