"""Events of attendance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClassMarked:
    """Marks of a session were given or corrected; `changed` is the number of marks added or changed."""

    center_id: int
    session_id: int
    changed: int
