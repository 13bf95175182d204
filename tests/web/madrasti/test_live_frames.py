"""The frames of live messages are those that the document prints, and only their receivers get them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from educore import Actor, Educore, FixedClock, memory_ports
from educore.attendance import Attendance, AttendanceStatus, FlagPriority, mark_class
from educore.kernel.store import Store
from educore.messaging import NotificationDraft, NotificationType, notify_each
from educore.timetable import schedule_session
from educore_web.apis.madrasti.live import render_notifications
from support.cast import ROOT
from support.school_cast import School, create_school

MONDAY = datetime(2024, 11, 4, 10, tzinfo=UTC)
SHOWN = {NotificationType.SYSTEM, NotificationType.ABSENCE_ALERT, NotificationType.LATE_ALERT}


@pytest.fixture
def platform(empty_store: Store) -> Educore:
    """A platform on a Monday in November 2024."""
    return Educore(empty_store, memory_ports(FixedClock(MONDAY)))


@pytest.fixture
def people(platform: Educore) -> School:
    """A school and the people in it."""
    return create_school(platform, ROOT)


def absence(platform: Educore, people: School) -> Attendance:
    """The first pupil is absent today at eight."""
    with platform.work(people.director) as uow:
        hours: dict[str, Any] = {"date": MONDAY.date(), "start_time": time(8), "end_time": time(9)}
        session = schedule_session(uow, group_id=people.class_a.id, **hours)
        absent = {"student_id": people.student.student_id, "status": AttendanceStatus.ABSENT}
        (mark,) = mark_class(uow, session, marks=[absent])
    return mark


def tell(platform: Educore, people: School, reader: Actor, kind: NotificationType, **more: Any) -> int:
    """Notify somebody; gives the id."""
    draft = NotificationDraft(reader.user_id or 0, "Maintenance", "Down at 23:00", more=more)
    with platform.work(ROOT) as uow:
        (row,) = notify_each(uow, [draft], center_id=people.center.id, kind=kind)
    return row.id


def frames(platform: Educore, reader: Actor, *ids: int) -> dict[int, Any]:
    """What somebody is sent of these notifications."""
    with platform.work(reader, read_only=True) as uow:
        return dict(render_notifications(uow, ids))


def test_an_absence_is_told_to_its_parents_only(platform: Educore, people: School) -> None:
    mark = absence(platform, people)
    about = {"about_kind": "Attendance", "about_id": mark.id}
    flagged: dict[str, Any] = {"priority": FlagPriority.MEDIUM, "requires_action": True}
    mine = tell(platform, people, people.parent, NotificationType.ABSENCE_ALERT, **about, **flagged)
    foreign = tell(platform, people, people.second_parent, NotificationType.ABSENCE_ALERT, **about)
    found = frames(platform, people.parent, mine, foreign)
    assert list(found) == [mine]
    assert (found[mine]["type"], found[mine]["timestamp"]) == ("attendance_alert", "2024-11-04T10:00:00Z")
    data = {**found[mine]["data"], "session_date": str(found[mine]["data"]["session_date"])}
    assert data == {
        "student_id": people.student.user_id,
        "student_name": "Yasmine",
        "class": people.class_a.name,
        "subject": None,
        "session_date": "2024-11-04",
        "session_time": "08:00",
        "status": "absent",
        "flag_created": True,
        "priority": "medium",
    }
    assert frames(platform, people.second_parent, mine, foreign) == {}, "the child is not theirs"


def test_a_system_alert_is_in_the_language_of_its_reader(platform: Educore, people: School) -> None:
    until = datetime(2024, 11, 4, 23, tzinfo=UTC)
    texts = {"title_fr": "Entretien", "message_fr": "Arrêt à 23 h", "title_ar": "صيانة"}
    more: dict[str, Any] = {**texts, "about_kind": "maintenance", "priority": FlagPriority.HIGH, "expires_at": until}
    alert = tell(platform, people, people.driver, NotificationType.SYSTEM, **more)
    told = {
        language: frames(platform, replace(people.driver, language=language), alert)[alert]["data"]
        for language in ("fr", "ar", "en", None)
    }
    assert told["fr"] == {
        "alert_type": "maintenance",
        "title": "Entretien",
        "message": "Arrêt à 23 h",
        "priority": "high",
        "expires_at": "2024-11-04T23:00:00Z",
    }
    assert (told["ar"]["title"], told["ar"]["message"]) == ("صيانة", "Down at 23:00")
    assert told["en"]["title"] == told[None]["title"] == "Maintenance"


@pytest.mark.parametrize("kind", NotificationType)
def test_types_without_a_frame_are_left_to_the_lists(
    memory_platform: tuple[Educore, School, Attendance], kind: NotificationType
) -> None:
    platform, people, mark = memory_platform
    alert = tell(platform, people, people.parent, kind, about_kind="Attendance", about_id=mark.id)
    has_frame = kind in {*SHOWN, NotificationType.CHRONIC_ABSENCE}
    assert list(frames(platform, people.parent, alert)) == ([alert] if has_frame else [])


@pytest.fixture(scope="module")
def memory_platform() -> tuple[Educore, School, Attendance]:
    """A platform in memory with a school and an absence."""
    from educore import EDUCATION, MemoryStore

    platform = Educore(MemoryStore(EDUCATION), memory_ports(FixedClock(MONDAY)))
    people = create_school(platform, ROOT)
    return platform, people, absence(platform, people)
