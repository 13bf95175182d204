"""What happened to marks of attendance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClassMarked:
    """Marks of a session were given or corrected; `changed` says how many differ from before."""

    center_id: int
    session_id: int
    changed: int
