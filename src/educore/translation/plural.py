"""Sentences that depend on a number."""

from __future__ import annotations

from typing import NamedTuple


class Plural(NamedTuple):
    """An English sentence in two forms; the value of `placeholder` decides between them."""

    one: str
    many: str
    placeholder: str
