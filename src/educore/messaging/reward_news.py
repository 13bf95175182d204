"""News of homework in schools: scores that can be seen, and badges. Students and their guardians each get them once.

Handlers of jobs of the outbox, so that handing in homework waits for nobody to be told. The number of statements does
not grow with the students and guardians.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Annotated

from educore.assessment.entities import Attempt
from educore.attendance.entities import FlagPriority
from educore.kernel.conditions import where
from educore.kernel.shape import From, NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, NotificationType
from educore.messaging.guardians import GuardianRow, read_guardians
from educore.messaging.mail import queue_notification_mails
from educore.messaging.message_templates import render_message
from educore.messaging.notifications import NotificationDraft, notify_each
from educore.people.entities import Student
from educore.rewards.entities import BadgeAward
from educore.values import LanguageCodes, Points


class LearnerRow(Shape, of=Student):
    """A student, with what is needed to write to them."""

    user_id: int
    student_id: Annotated[int, From("id")]
    language: Annotated[str | None, From("user.language")]
    email: Annotated[str | None, From("user.email")]
    wants_mail: Annotated[bool, From("user.wants_mail")]
    center_name: Annotated[str, From("center.name")]
    center_languages: Annotated[LanguageCodes, From("center.languages")]


class ScoreRow(Shape, of=Attempt):
    """An attempt whose score can be seen."""

    id: int
    student_id: int
    student: Annotated[str, NameOf("student")]
    title: Annotated[str, From("assessment.title")]
    title_ar: Annotated[str | None, From("assessment.title_ar")]
    title_fr: Annotated[str | None, From("assessment.title_fr")]
    points: Points | None
    override: Points | None
    max_points: Points
    percent: Points | None


class AwardRow(Shape, of=BadgeAward):
    """A badge that a student has earned."""

    id: int
    student_id: int
    student: Annotated[str, NameOf("student")]
    title: Annotated[str, From("badge.name")]
    title_ar: Annotated[str | None, From("badge.name_ar")]
    title_fr: Annotated[str | None, From("badge.name_fr")]


NewsRow = ScoreRow | AwardRow
NewsReader = LearnerRow | GuardianRow


def notify_of_scores(uow: UnitOfWork, job: Job) -> None:
    """Tell students and guardians of scores; of one that was told and changes, again."""
    payload = json.loads(job.payload)
    seen = where(id__in=payload["ids"], score_published_at__isnull=False, percent__isnull=False)
    rows = uow.read(ScoreRow, seen, order=("id",))
    _tell(uow, payload["center_id"], NotificationType.GRADE_PUBLISHED, rows, _draft_score)


def notify_of_badges(uow: UnitOfWork, job: Job) -> None:
    """Tell students and guardians of badges."""
    payload = json.loads(job.payload)
    rows = uow.read(AwardRow, where(id__in=payload["ids"]), order=("id",))
    _tell(uow, payload["center_id"], NotificationType.BADGE_EARNED, rows, _draft_badge)


def _tell(
    uow: UnitOfWork,
    center_id: int,
    kind: NotificationType,
    rows: Collection[NewsRow],
    draft: Callable[[NewsRow, NewsReader, str], NotificationDraft],
) -> None:
    readers = _read_readers(uow, {row.student_id for row in rows}, center_id=center_id)
    recipients = [(row, reader) for row in rows for reader in readers.get(row.student_id, ())]
    if not recipients:
        return
    drafts = [draft(row, reader, _language(uow, reader)) for row, reader in recipients]
    new = notify_each(uow, drafts, center_id=center_id, kind=kind)
    emails = {reader.user_id: reader.email for _, reader in recipients if reader.email and reader.wants_mail}
    queue_notification_mails(uow, new, emails, center_name=recipients[0][1].center_name)


def _read_readers(uow: UnitOfWork, student_ids: Collection[int], *, center_id: int) -> dict[int, list[NewsReader]]:
    """Return students and their guardians, by the student."""
    found: dict[int, list[NewsReader]] = {}
    if student_ids:
        for row in uow.read(LearnerRow, where(id__in=student_ids), order=("id",)):
            found.setdefault(row.student_id, []).append(row)
        for guardians in read_guardians(uow, student_ids, center_id=center_id).values():
            found[guardians[0].student_id] += guardians
    return found


def _draft_score(row: NewsRow, reader: NewsReader, language: str) -> NotificationDraft:
    values = {}
    if isinstance(row, ScoreRow):
        score = row.points if row.override is None else row.override
        values = {"score": _plain(score or Decimal(0)), "total": _plain(row.max_points)}
    key, about = f"score:{row.id}:{getattr(row, 'percent', '')}", {"about_kind": Attempt.__name__, "about_id": row.id}
    return _draft("homework_score", row, reader, language, key=key, about=about, name="title", values=values)


def _draft_badge(row: NewsRow, reader: NewsReader, language: str) -> NotificationDraft:
    key, about = f"badge:{row.id}", {"about_kind": BadgeAward.__name__, "about_id": row.id}
    return _draft("badge_earned", row, reader, language, key=key, about=about, name="badge", values={})


def _draft(
    template: str,
    row: NewsRow,
    reader: NewsReader,
    language: str,
    *,
    key: str,
    about: Mapping[str, object],
    name: str,
    values: Mapping[str, str],
) -> NotificationDraft:
    """Return news in the language of a reader, and in those in which a school writes."""
    titles = {"ar": row.title_ar, "fr": row.title_fr}
    texts = {
        code: render_message(template, code, student=row.student, **{name: titles.get(code) or row.title}, **values)
        for code in {language, "ar", "fr"}
    }
    more: dict[str, object] = {f"title_{code}": texts[code].title for code in ("ar", "fr")}
    more |= {f"message_{code}": texts[code].text for code in ("ar", "fr")}
    more |= {**about, "student_id": row.student_id, "priority": FlagPriority.LOW, "auto_generated": True}
    return NotificationDraft(reader.user_id, texts[language].title, texts[language].text, key=key, more=more)


def _language(uow: UnitOfWork, reader: NewsReader) -> str:
    return reader.language or next(iter(reader.center_languages), uow.ports.language)


def _plain(points: Decimal) -> str:
    return f"{points.normalize():f}"
