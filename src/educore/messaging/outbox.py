"""Events that must survive a crash, kept as jobs in the transaction they happened in."""

from __future__ import annotations

import json
from dataclasses import asdict

from educore.assessment.events import AssignmentGiven, ExamPlanned, ResultPublished
from educore.messaging.entities import Job
from educore.policy import PLATFORM
from educore.timetable.events import SessionCancelled
from educore.work import UnitOfWork

KEPT = {event.__name__: event for event in (SessionCancelled, AssignmentGiven, ExamPlanned, ResultPublished)}
"""The events that somebody is told of."""


def keep_outbox(uow: UnitOfWork) -> None:
    """Write a job for every kept event of a unit of work: one statement for all of them."""
    told = [event for event in uow.events if type(event).__name__ in KEPT]
    uow.acting_as(PLATFORM).add_all(Job, [_job(uow, event) for event in told])


def _job(uow: UnitOfWork, event: object) -> dict[str, object]:
    now, payload = uow.ports.clock.now(), asdict(event)  # type: ignore[call-overload]  # events are dataclasses
    return {
        "center_id": payload.get("center_id"),
        "name": type(event).__name__,
        "payload": json.dumps(payload),
        "created_at": now,
        "next_try_at": now,
    }
