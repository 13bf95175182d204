"""What a page has shown, as its form carries it: digests by the name of what they are of."""

from __future__ import annotations

from collections.abc import Iterable

from educore import Seen


def write_seen(seen: Seen) -> str:
    """Write down what was seen, for a form to carry."""
    return " ".join(f"{name}:{digest}" for name, digest in seen.items())


def read_seen(text: str, names: Iterable[str]) -> dict[str, str]:
    """Read what a form carried, as far as it is about these names."""
    pairs = (pair.partition(":") for pair in text.split())
    known = set(names)
    return {name: digest for name, _, digest in pairs if name in known}
