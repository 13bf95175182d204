"""The handlers of jobs by name, and the periodic tasks of the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from educore.billing.idempotency import delete_answers
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, JobStatus
from educore.messaging.event_notifications import (
    notify_of_assignments,
    notify_of_cancelled_sessions,
    notify_of_exams,
    notify_of_results,
)
from educore.messaging.leases import rescue_stranded
from educore.messaging.password_resets import JOB as PASSWORD_RESET
from educore.messaging.password_resets import send_password_resets
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
from educore.messaging.reward_news import notify_of_badges, notify_of_scores

DONE_JOB_RETENTION = timedelta(days=7)
"""Time that done jobs are kept. Their keys prevent a second reminder, so it is longer than any reminder is planned."""

ANSWER_RETENTION = timedelta(days=1)
"""Time in which a repeated request gets the stored answer."""

Handler = Callable[[UnitOfWork, Job], None]

HANDLERS: Mapping[str, Handler] = {
    "SessionCancelled": notify_of_cancelled_sessions,
    "AssignmentGiven": notify_of_assignments,
    "ExamPlanned": notify_of_exams,
    "ResultPublished": notify_of_results,
    "HomeworkScored": notify_of_scores,
    "BadgeEarned": notify_of_badges,
    LESSON: remind_of_lesson,
    INVOICE: remind_of_invoice,
    PAYMENT: remind_of_payment,
    PASSWORD_RESET: send_password_resets,
}


def delete_expired_rows(uow: UnitOfWork) -> int:
    """Delete done jobs and stored answers after their retention time, and return their number; failed jobs stay."""
    now = uow.ports.clock.now()
    jobs = uow.remove_all(Job, where(status=JobStatus.DONE, created_at__lte=now - DONE_JOB_RETENTION))
    return jobs + delete_answers(uow, before=now - ANSWER_RETENTION)


PERIODIC: Mapping[str, tuple[timedelta, Callable[[UnitOfWork], object]]] = {
    "lesson reminders": (timedelta(seconds=30), plan_lesson_reminders),
    "payment reminders": (timedelta(minutes=10), plan_payment_reminders),
    "stranded rows": (timedelta(minutes=1), rescue_stranded),
    "expired rows": (timedelta(hours=1), delete_expired_rows),
}
"""Interval and function of each periodic task, by name."""
