"""Who does which job, and what is looked after from time to time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from educore.billing.idempotency import delete_answers
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, JobStatus
from educore.messaging.event_notifications import (
    tell_of_assignments,
    tell_of_cancelled_sessions,
    tell_of_exams,
    tell_of_results,
)
from educore.messaging.queues import rescue_stranded
from educore.messaging.reminders import (
    INVOICE,
    LESSON,
    PAYMENT,
    plan_lesson_reminders,
    plan_payment_reminders,
    remind_of_invoice,
    remind_of_lesson,
    remind_of_payment,
)

KEEP_DONE = timedelta(days=7)
"""How long done jobs are kept. Their keys keep reminders from coming twice, so it is longer than anything is ahead."""

Handler = Callable[[UnitOfWork, Job], None]
"""What does one kind of job."""

HANDLERS: Mapping[str, Handler] = {
    "SessionCancelled": tell_of_cancelled_sessions,
    "AssignmentGiven": tell_of_assignments,
    "ExamPlanned": tell_of_exams,
    "ResultPublished": tell_of_results,
    LESSON: remind_of_lesson,
    INVOICE: remind_of_invoice,
    PAYMENT: remind_of_payment,
}
"""What does a job, by its name."""


KEEP_ANSWERS = timedelta(days=1)
"""How long a repeated request gets the answer of the first."""


def forget_what_is_over(uow: UnitOfWork) -> int:
    """Delete jobs done a week ago and answers given a day ago, and say how many; jobs given up stay."""
    now = uow.ports.clock.now()
    jobs = uow.remove_all(Job, where(status=JobStatus.DONE, created_at__lte=now - KEEP_DONE))
    return jobs + delete_answers(uow, before=now - KEEP_ANSWERS)


PERIODIC: Mapping[str, tuple[timedelta, Callable[[UnitOfWork], object]]] = {
    "lesson reminders": (timedelta(seconds=30), plan_lesson_reminders),
    "payment reminders": (timedelta(minutes=10), plan_payment_reminders),
    "a clock set back": (timedelta(minutes=1), rescue_stranded),
    "forgetting": (timedelta(hours=1), forget_what_is_over),
}
"""What a worker looks after and how often, by name."""
