"""The transactional outbox: work that must survive a crash is stored as a job in the transaction that asks for it.

What: events that a context declares in `outbox` become `Job` rows before the commit (`append_jobs`). A worker does
them later; `educore.messaging.leases` explains how it takes them.

Why: after a commit the process may die before it notifies a user; before the commit it must not notify, because the
transaction may still be rolled back. The job commits or rolls back together with the change, so that neither happens.

What it bought: notifications and reminders happen exactly once. A handler runs in the transaction that marks its job
as done, and the keys of jobs and notifications stop repetitions. Only SMS and mail, which leave the database, are
delivered at least once.

Tests: `tests/domain/test_notifications.py`, `tests/domain/test_reminders.py`; `tests/platform/test_worker.py` kills
workers in the middle of their work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job


def append_jobs(uow: UnitOfWork) -> None:
    """Store a job for each kind of event and Center that a unit of work recorded.

    A cancelled series is one job with many ids, so that its handler notifies each user once. The payload is
    `{"center_id", "ids", "by"}`, where `by` is the user id of the actor.
    """
    ids_by_event: dict[tuple[str, int], list[int]] = {}
    for event in uow.events:
        if (field := uow.domain.outbox.get(type(event))) is not None:
            ids_by_event.setdefault((type(event).__name__, vars(event)["center_id"]), []).append(vars(event)[field])
    if not ids_by_event:
        return
    platform = uow.as_platform()
    for center_id in sorted({center_id for _, center_id in ids_by_event}):
        of_center = {name: ids for (name, center), ids in ids_by_event.items() if center == center_id}
        platform.add_all(Job, [_event_job(uow, name, center_id, ids) for name, ids in of_center.items()])


def plan_jobs(uow: UnitOfWork, *, name: str, payloads: Mapping[str, Mapping[str, Any]]) -> int:
    """Store jobs by key, each key once, and return the number of new jobs; as the platform, in two statements.

    Raises: Conflict("taken") on key if another transaction stores one of the keys at the same time; the remaining
    jobs can be planned the next time.
    """
    known = uow.count_by(Job, "key", where(key__in=payloads))
    new = [{**new_job(uow, name, payload), "key": key} for key, payload in payloads.items() if key not in known]
    return len(uow.add_all(Job, new))


def new_job(uow: UnitOfWork, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a job that is due now."""
    now = uow.ports.clock.now()
    return {"name": name, "payload": json.dumps(payload), "created_at": now, "next_try_at": now}


def _event_job(uow: UnitOfWork, name: str, center_id: int, ids: Iterable[int]) -> dict[str, Any]:
    payload = {"center_id": center_id, "ids": sorted(set(ids)), "by": uow.actor.user_id}
    return {"center_id": center_id, **new_job(uow, name, payload)}
