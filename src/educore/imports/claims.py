"""Claims on imports: one process at a time works on an import, and a dead process loses it.

A process claims an import by raising `attempts`, and renews `lease_until` with every batch. A process that finds
another number of attempts has lost the import (`import_lost`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from educore.imports.entities import Import, ImportState
from educore.kernel.actions import with_computed
from educore.kernel.errors import Conflict, Problem
from educore.kernel.unit_of_work import UnitOfWork

LEASE = timedelta(minutes=1)
"""Time without a heartbeat (a renewed lease) after which a process counts as dead."""


def claim_reversal(uow: UnitOfWork, import_: Import, /, **fields: Any) -> Import:
    """Claim an import in order to revert it; this ends the claim of any other process."""
    return uow.change(
        import_,
        with_computed(fields, state=ImportState.REVERTING, attempts=import_.attempts + 1, lease_until=lease_end(uow)),
        to="revert",
    )


def lock_claimed(uow: UnitOfWork, import_: Import, *, to: str) -> Import:
    """Lock an import and return it as it is now. Raises: Conflict("import_lost") if another process has claimed it."""
    now = uow.get(Import, import_.id, to=to, lock=True)
    if (now.state, now.attempts) != (import_.state, import_.attempts):
        raise Conflict.because("", "import_lost")
    return now


def is_lost(error: BaseException) -> bool:
    """Return whether an error says that another process has claimed the import."""
    return isinstance(error, Conflict) and error.fields.get("", [Problem("")])[0].code == "import_lost"


def is_alive(import_: Import, now: datetime, *, longest: timedelta = 2 * LEASE) -> bool:
    """Return whether a process is at work on an import.

    A lease that ends more than `longest` from now does not count: it is from before a clock was set back, or only
    makes others wait (`reversal.PATIENCE`).
    """
    return import_.lease_until is not None and now < import_.lease_until <= now + longest


def lease_end(uow: UnitOfWork) -> datetime:
    """Return the time at which a lease that begins now ends."""
    return uow.ports.clock.now() + LEASE
