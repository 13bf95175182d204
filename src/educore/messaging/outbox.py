"""Work that must survive a crash, kept as jobs in the transaction that asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from educore.kernel.conditions import where
from educore.kernel.policy import PLATFORM
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job


def keep_outbox(uow: UnitOfWork) -> None:
    """Write down the kept events of a unit of work: one job for each kind of event and Center.

    A series cancelled or a sheet of results entered at once is therefore one job, whose handler tells each person
    once. The payload is `{"center_id", "ids", "by"}`, `by` the account that did it.
    """
    about: dict[tuple[str, int], list[int]] = {}
    for event in uow.events:
        if (field := uow.domain.outbox.get(type(event))) is not None:
            about.setdefault((type(event).__name__, vars(event)["center_id"]), []).append(vars(event)[field])
    platform = uow.as_actor(PLATFORM)
    for center_id in sorted({center_id for _, center_id in about}):
        told = {name: ids for (name, other), ids in about.items() if other == center_id}
        platform.add_all(Job, [_job_about(uow, name, center_id, ids) for name, ids in told.items()])


def plan_jobs(uow: UnitOfWork, *, name: str, payloads: Mapping[str, Mapping[str, Any]]) -> int:
    """Plan jobs by key, each once for good, and say how many are new; as the platform, in two statements.

    Raises: Conflict("taken") on key when somebody plans the same at this moment; what they do not plan may be
    planned the next time.
    """
    known = uow.count_by(Job, "key", where(key__in=payloads))
    new = [{**new_job(uow, name, payload), "key": key} for key, payload in payloads.items() if key not in known]
    return len(uow.add_all(Job, new))


def new_job(uow: UnitOfWork, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a job that waits from now on."""
    now = uow.ports.clock.now()
    return {"name": name, "payload": json.dumps(payload), "created_at": now, "next_try_at": now}


def _job_about(uow: UnitOfWork, name: str, center_id: int, ids: Iterable[int]) -> dict[str, Any]:
    payload = {"center_id": center_id, "ids": sorted(set(ids)), "by": uow.actor.user_id}
    return {"center_id": center_id, **new_job(uow, name, payload)}
