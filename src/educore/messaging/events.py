"""Events of messaging."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GuardiansNotified:
    """Guardians were told of all that had happened in the unit of work; without ids there was nothing to tell."""

    notification_ids: tuple[int, ...]
