"""The declaration of the context."""

from __future__ import annotations

from educore import Conflict, Context, UnitOfWork
from support.lockers.entities import Locker
from support.lockers.policies import LOCKERS


def refuse_number_of_broken_locker(uow: UnitOfWork, before: Locker, after: Locker | None) -> None:
    """Refuse another number for a broken locker. Raises: Conflict("locker_broken")."""
    if before.is_broken and after is not None and after.number != before.number:
        raise Conflict.because("number", "locker_broken", number=before.number)


CONTEXT = Context(
    "lockers",
    entities=(Locker,),
    policies=(LOCKERS,),
    guards={Locker: (refuse_number_of_broken_locker,)},
    sentences={"locker_broken": {"en": "Repair locker {number} first.", "ru": "Сначала почините шкафчик {number}."}},
)
