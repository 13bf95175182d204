"""Leases: a worker claims rows of a queue for a limited time, so that no other worker takes them.

What: `claim` is a transaction of its own. It counts the attempt and moves `next_try_at` to the end of the lease, so
that the rows are not due for other workers. After the work, `complete` records the outcomes. The number of the attempt
identifies the lease: a worker that comes back with an older number has lost the row (`holds_lease`).

Why: sending takes seconds, and a transaction must not stay open meanwhile: it would block all other writers on
SQLite. A lock cannot survive the end of its transaction, but a time in the row can. If a worker dies, nothing has to
be cleaned up: the lease ends, the row is due again, and after too many attempts it is given up like any other.

What it bought: any number of workers, in any number of processes, without a coordinator. Jobs are done exactly once,
because a job is marked as done in the transaction of its effects. Deliveries are sent at least once: if a worker dies
between sending and `complete`, the message is sent again, under the same key, by which a gateway can recognise it.

Tests: `tests/domain/test_deliveries.py`, `tests/domain/test_clock_jumps.py`; `tests/platform/test_worker.py` kills and
duplicates workers.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Delivery
from educore.messaging.queues import DELIVERY_QUEUE, JOB_QUEUE, Queue, R, pause_after
from educore.values import is_storable

log: logging.Logger = logging.getLogger("educore.worker")
ABANDONED = "the worker that took it did not come back"
MAX_ERROR_LENGTH = 500


@dataclass(frozen=True)
class Outcome:
    """The outcome of a claimed row: done, failed with a reason, or never tried."""

    is_done: bool = False
    error: str = ""
    is_permanent: bool = False

    @property
    def is_untried(self) -> bool:
        """Return whether the row goes back to the queue as it was."""
        return not self.is_done and not self.error


DONE, UNTRIED = Outcome(is_done=True), Outcome()


def claim(uow: UnitOfWork, queue: Queue[R], *, most: int) -> list[R]:
    """Claim due rows, the longest due first; rows without an attempt left are given up.

    Simultaneous workers claim different rows: the second waits until the first commits, and then finds the rows no
    longer due. Takes one statement more for each different number of attempts, however many rows there are.
    """
    now = uow.ports.clock.now()
    found = uow.find(queue.kind, queue.due(now), order=("next_try_at",), limit=most, lock=True)
    _give_up(uow, queue, [row for row in found if row.attempts >= queue.tries])
    claimed = []
    for attempts in sorted({row.attempts for row in found if row.attempts < queue.tries}):
        rows = [row for row in found if row.attempts == attempts]
        lease: dict[str, Any] = {"attempts": attempts + 1, "next_try_at": now + queue.lease}
        uow.change_all(queue.kind, where(id__in=[row.id for row in rows]), lease)
        claimed += [row.change(**lease) for row in rows]
    return claimed


def holds_lease(uow: UnitOfWork, row: R) -> bool:
    """Return whether no other worker has claimed the row since; the row is locked until the transaction ends."""
    kind = type(row)
    return bool(uow.find(kind, where(id=row.id, attempts=row.attempts, status=row.status), lock=True))


def complete(uow: UnitOfWork, queue: Queue[R], outcomes: Sequence[tuple[R, Outcome]]) -> None:
    """Record the outcomes of claimed rows: two statements, and two for each Center with a failed row.

    A row that is done is done, even if another worker has claimed it since. Any other outcome counts only if the
    lease is still held.
    """
    claimed = where(id__in={row.id for row, _ in outcomes})
    present = {row.id: row for row in uow.find(queue.kind, claimed, lock=True)}
    now = uow.ports.clock.now()
    done = [row.id for row, outcome in outcomes if outcome.is_done]
    if done:
        sent: dict[str, Any] = {"sent_at": now} if queue.kind is Delivery else {}
        cleared: dict[str, Any] = {"next_try_at": None, "error": ""}
        uow.change_all(queue.kind, where(id__in=done), {"status": queue.done, **cleared, **sent})
        _remove_secrets(uow, [row for row, outcome in outcomes if outcome.is_done])
    by_center: dict[int | None, dict[int, Mapping[str, Any]]] = {}
    for row, outcome in outcomes:
        found = present.get(row.id)
        if not outcome.is_done and found is not None and _is_same_lease(queue, row, found):
            by_center.setdefault(row.center_id, {})[row.id] = _fields_after(queue, row, outcome, now)
    for changes in by_center.values():
        changed = uow.change_each(queue.kind, changes)
        _remove_secrets(uow, [row for row in changed if row.status == queue.failed])
        _log_failed(queue, changed)


def rescue_stranded(uow: UnitOfWork) -> int:
    """Make rows due again that wait for a time far ahead, because the clock was set back, and return their number.

    Rows that were never tried are due now. Rows that a worker may be working on get a new lease that begins now, so
    that no message is sent twice.
    """
    now, rescued = uow.ports.clock.now(), 0
    for queue in (JOB_QUEUE, DELIVERY_QUEUE):
        stranded = queue.stranded(now)
        rescued += uow.change_all(queue.kind, stranded & where(attempts=0), {"next_try_at": now})
        rescued += uow.change_all(queue.kind, stranded & where(attempts__gte=1), {"next_try_at": now + queue.lease})
    return rescued


def clean_error(text: str) -> str:
    """Return the reason of a failure as it can be stored: on one line and not too long."""
    line = " ".join(text.split())
    return (line if is_storable(line) else ascii(line))[:MAX_ERROR_LENGTH]


def _is_same_lease(queue: Queue[R], row: R, found: R) -> bool:
    return found.status == queue.waiting and found.attempts == row.attempts


def _fields_after(queue: Queue[R], row: R, outcome: Outcome, now: datetime) -> Mapping[str, Any]:
    if outcome.is_untried:
        return {"attempts": row.attempts - 1, "next_try_at": now}
    error = clean_error(outcome.error)
    if outcome.is_permanent or row.attempts >= queue.tries:
        return {"status": queue.failed, "next_try_at": None, "error": error}
    return {"error": error, "next_try_at": now + pause_after(queue, row)}


def _give_up(uow: UnitOfWork, queue: Queue[R], rows: Sequence[R]) -> None:
    """Mark rows as failed whose workers never came back, after the last attempt."""
    if rows:
        exhausted = where(id__in=[row.id for row in rows])
        uow.change_all(queue.kind, exhausted & where(error=""), {"error": ABANDONED})
        uow.change_all(queue.kind, exhausted, {"status": queue.failed, "next_try_at": None})
        _remove_secrets(uow, rows)
        _log_failed(queue, [row.change(status=queue.failed, error=row.error or ABANDONED) for row in rows])


def _remove_secrets(uow: UnitOfWork, rows: Sequence[R]) -> None:
    """Remove the texts of secret deliveries that nobody will send again."""
    if secret := [row.id for row in rows if isinstance(row, Delivery) and row.is_secret]:
        uow.change_all(Delivery, where(id__in=secret), {"text": ""})


def _log_failed(queue: Queue[R], rows: Sequence[R]) -> None:
    for row in rows:
        if row.status == queue.failed:
            log.error("%s %d is given up after %d attempts: %s", queue.kind.__name__, row.id, row.attempts, row.error)
