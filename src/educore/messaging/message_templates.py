"""Templates of the messages that the platform itself sends, in English; other languages are in `educore/locale`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from educore.translation import translate_text


class Message(NamedTuple):
    """The title and the text of a message, or of a template with placeholders such as `{group}`."""

    title: str
    text: str


MESSAGE_TEMPLATES: Mapping[str, Message] = MappingProxyType(
    {
        "password_reset": Message(
            "New Password",
            "Somebody asked for a new password for the account {username}. Choose one here within an hour:\n{link}\n\n"
            "If it was not you, do nothing: your password stays as it is.",
        ),
        "lesson_reminder": Message("Lesson Starting", "Your {group} lesson starts in {minutes} minutes"),
        "payment_reminder": Message("Payment Due", "Your payment is due on {date}"),
        "invoice_reminder": Message("Payment Due", "Your payment of {amount} {currency} is due on {date}"),
        "lesson_cancelled": Message("Lesson Cancelled", "The {group} lesson on {date} at {time} is cancelled"),
        "day_cancelled": Message("Lesson Cancelled", "The {group} lesson on {date} is cancelled"),
        "lessons_cancelled": Message(
            "Lessons Cancelled", "{count} lessons of {group} from {date} to {last} are cancelled"
        ),
        "assignment_created": Message("New Assignment", "{title} ({group}) is due on {date}"),
        "exam_scheduled": Message("Exam Scheduled", "{title} ({group}) is on {date} at {time}"),
        "result_published": Message("Result Published", "You reached {score} of {total} points in {title}"),
        "grade_published": Message("Result Published", "Your grade in {title} is {grade}"),
        "homework_score": Message("Score of {title}", "{student} has {score} of {total} points in {title}"),
        "badge_earned": Message("New Badge: {badge}", "{student} has earned the badge {badge}"),
        "absence_alert": Message("Absence", "{student} was absent: {lesson}, {moment}"),
        "late_alert": Message("Late Arrival", "{student} came late: {lesson}, {moment}"),
        "attendance_corrected": Message(
            "Attendance Corrected", "{student} was present after all: {lesson}, {moment}. We are sorry for the mistake"
        ),
        "chronic_absence": Message(
            "Frequent Absence", "{student} was absent on many days of the last two weeks. Please contact the school"
        ),
        "flag_created": Message(
            "Question about Attendance",
            "The school has a question about the attendance of {student}: {lesson}, {moment}",
        ),
        "flag_justified": Message("Absence Accepted", "The absence of {student} is excused: {lesson}, {moment}"),
        "flag_unjustified": Message(
            "Absence Not Accepted", "The absence of {student} is not excused: {lesson}, {moment}"
        ),
        "flag_partial": Message(
            "Absence Partly Accepted",
            "The absence of {student} is excused in part: {lesson}, {moment}. Please contact the school",
        ),
    }
)
"""The English templates by name. The key of a part in the catalogues is `messages.NAME.title` or `.text`."""


def render_message(name: str, language: str, **values: object) -> Message:
    """Fill in a template: `render_message("lesson_reminder", "en", group="A1", minutes=15)`.

    A language that lacks the template gets it in English. Values are inserted as they are, never evaluated.
    """
    template = MESSAGE_TEMPLATES[name]
    title = translate_text(template.title, key=f"messages.{name}.title", language=language)
    text = translate_text(template.text, key=f"messages.{name}.text", language=language)
    return Message(title.format(**values), text.format(**values))
