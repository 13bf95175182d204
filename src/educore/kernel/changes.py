"""Changes: the rows of audited kinds that a unit of work writes, as they were before and as they are after."""

from __future__ import annotations

from dataclasses import dataclass

from educore.kernel.entity import Entity


@dataclass(frozen=True)
class Change:
    """One written row: `before` is None if the row is new, `after` is None if it was deleted."""

    before: Entity | None
    after: Entity | None
