"""The answer of an API that a row was archived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True)
class ArchiveAnswer:
    """The type of the answer when a row was archived, and the function that makes its content from the archived row."""

    out: type[BaseModel]
    make: Callable[[Any], Any]
