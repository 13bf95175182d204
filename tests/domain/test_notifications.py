"""Notes to people: once under a key, seen by nobody else, and written for what happened in the school."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, Role, memory_ports, perform, where
from educore.adapters.carriers.local import LocalCarrier
from educore.adapters.sql import Database
from educore.assessment import ExamResult, enter_result, give_assignment, plan_exam, record_results
from educore.identity import User
from educore.kernel.ports import NO_SENDER
from educore.messaging import (
    Delivery,
    Job,
    JobStatus,
    Notification,
    NotificationDraft,
    NotificationType,
    Worker,
    mark_all_read,
    notify,
    notify_each,
    write_notification,
)
from educore.timetable import Session, SessionCancelled, cancel_session, schedule_series, schedule_session
from educore_web.apis.center_crm.sections.notifications import NotificationOut
from educore_web.apis.center_crm.words import NotificationWord
from support.cast import ROOT, World
from support.plain_rows import change_row, plain
from support.refusals import problem_codes
from support.statement_counts import record_statements

TODAY = date(2024, 1, 1)
HOURS: dict[str, Any] = {"start_time": time(16), "end_time": time(17)}
HOLIDAY: dict[str, Any] = {"kind": NotificationType.GENERAL, "title": "Holiday", "message": "No lessons on Friday"}


def told(school: Educore) -> list[Notification]:
    """Every note there is."""
    with school.work(ROOT, read_only=True) as uow:
        return uow.find(Notification, to="remind")


def notes_by_name(school: Educore, world: World) -> dict[str, list[str]]:
    """What everybody was told, by name."""
    names = {person.user_id: name for name, person in world.everybody().items()}
    found: dict[str, list[str]] = {}
    for note in told(school):
        found.setdefault(names[note.user_id], []).append(note.message)
    return found


def letters(school: Educore) -> list[Delivery]:
    with school.work(ROOT, read_only=True) as uow:
        return uow.find(Delivery)


def jobs(school: Educore) -> list[Job]:
    with school.work(ROOT, read_only=True) as uow:
        return uow.find(Job)


def work_off(school: Educore) -> None:
    """Let a worker do everything that is due."""
    worker = Worker(school)
    while worker.run_once():
        assert jobs(school)
    assert {job.status for job in jobs(school)} <= {JobStatus.DONE}, [job.error for job in jobs(school)]


def lesson(school: Educore, world: World, day: date = TODAY) -> Session:
    with school.work(world.dilshod) as uow:
        return schedule_session(uow, group_id=world.tashkent.morning.id, date=day, **HOURS)


# -- telling -------------------------------------------------------------------------------------------


def test_nobody_is_told_twice_under_a_key(school: Educore, world: World) -> None:
    center, people = world.tashkent.center.id, [world.sardor.user_id or 0, world.sevara.user_id or 0]
    with school.work(ROOT) as uow:
        assert len(notify(uow, people[:1], center_id=center, key="friday", **HOLIDAY)) == 1
    with school.work(ROOT) as uow:
        (new,) = notify(uow, [*people, *people], center_id=center, key="friday", **HOLIDAY)
        assert (new.user_id, new.is_read) == (people[1], False)
        assert notify(uow, people, center_id=center, key="friday", **HOLIDAY) == []
        assert len(notify(uow, people, center_id=center, key="saturday", **HOLIDAY)) == 2
        assert len(notify(uow, people, center_id=center, **HOLIDAY)) == 2
        assert notify(uow, [], center_id=center, key="sunday", **HOLIDAY) == []


def test_whoever_is_told_is_woken_with_the_ids_after_the_commit(school: Educore, world: World) -> None:
    center, people = world.tashkent.center.id, [world.sardor.user_id or 0, world.sevara.user_id or 0]
    heard: list[str] = []
    carrier = LocalCarrier()
    carrier.listen(heard.append)
    school.ports = replace(school.ports, carrier=carrier)
    with school.work(ROOT) as uow:
        first = notify(uow, people, center_id=center, key="friday", **HOLIDAY)
        second = notify(uow, people[:1], center_id=center, **HOLIDAY)
        assert heard == []
    assert heard == [f"user:{row.user_id}:{row.id}" for row in (*first, *second)]
    heard.clear()
    with pytest.raises(ZeroDivisionError), school.work(ROOT) as uow:
        notify(uow, people, center_id=center, **HOLIDAY)
        raise ZeroDivisionError
    with school.work(ROOT) as uow:
        notify(uow, people, center_id=center, key="friday", **HOLIDAY)
    assert heard == [], "undone or known before"


def test_many_ids_are_several_wakes(school_in_memory: Educore, world: World) -> None:
    school, heard = school_in_memory, list[str]()
    carrier = LocalCarrier()
    carrier.listen(heard.append)
    school.ports = replace(school.ports, carrier=carrier)
    drafts = [NotificationDraft(world.sardor.user_id or 0, "Holiday", "No lessons", key=f"day{n}") for n in range(250)]
    with school.work(ROOT) as uow:
        rows = notify_each(uow, drafts, center_id=world.tashkent.center.id, kind=NotificationType.GENERAL)
    assert [len(wake.split(",")) for wake in heard] == [100, 100, 50]
    assert ",".join(wake.rpartition(":")[2] for wake in heard) == ",".join(str(row.id) for row in rows)


def test_the_moment_of_reading_is_kept(school: Educore, world: World, clock: FixedClock) -> None:
    center, reader = world.tashkent.center.id, world.sardor
    with school.work(ROOT) as uow:
        one, other = (notify(uow, [reader.user_id or 0], center_id=center, **HOLIDAY)[0] for _ in range(2))
    assert one.read_at is None
    first = clock.now()

    def mark(is_read: bool) -> Notification:
        with school.work(reader) as uow:
            row: Notification = perform(uow, Notification, "update", one.id, {"is_read": is_read})
        return row

    assert mark(True).read_at == first
    clock.advance(minutes=5)
    assert mark(True).read_at == first, "it was read before"
    with school.work(reader) as uow:
        assert mark_all_read(uow) == 1
    assert {row.id: row.read_at for row in told(school)} == {one.id: first, other.id: clock.now()}
    assert mark(False).read_at is None


@pytest.mark.parametrize("kind", NotificationType)
def test_every_kind_of_notification_has_a_word_in_the_center_crm(
    school_in_memory: Educore, world: World, kind: NotificationType
) -> None:
    reader = world.sardor
    with school_in_memory.work(ROOT) as uow:
        notify(uow, [reader.user_id or 0], center_id=world.tashkent.center.id, **{**HOLIDAY, "kind": kind})
    with school_in_memory.work(reader, read_only=True) as uow:
        (row,) = uow.select(NotificationOut)
    known = {word.value for word in NotificationWord}
    assert row["notification_type"] == (kind.value if kind.value in known else "general")


@pytest.mark.parametrize("role", [Role.STAFF, Role.PARENT, Role.DRIVER])
def test_everybody_at_a_school_reads_their_own(school: Educore, world: World, role: Role) -> None:
    reader, other = (replace(world.sardor, role=role, student_id=None), world.sevara)
    with school.work(ROOT) as uow:
        people = [reader.user_id or 0, other.user_id or 0]
        mine, foreign = notify(uow, people, center_id=world.tashkent.center.id, **HOLIDAY)
    with school.work(reader) as uow:
        assert [row.id for row in uow.find(Notification)] == [mine.id]
        assert perform(uow, Notification, "update", mine.id, {"is_read": True}).is_read
        with pytest.raises(NotFound):
            perform(uow, Notification, "update", foreign.id, {"is_read": True})


def test_the_database_itself_keeps_a_key_from_coming_twice(school: Educore, world: World) -> None:
    note = {"center_id": world.tashkent.center.id, "user_id": world.sardor.user_id, "type": "general", "key": "friday"}
    row = {**note, "title": "x", "message": "y", "created_at": school.ports.clock.now()}
    with school.work(ROOT) as uow:
        plain(uow, Notification).add_all(Notification, [row])
    with pytest.raises(Conflict) as refused, school.work(ROOT) as uow:
        plain(uow, Notification).add_all(Notification, [row])
    assert problem_codes(refused.value) == {"key": ["taken"]}


def test_telling_many_costs_as_many_statements_as_telling_one(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    with school.work(ROOT) as uow:
        stamp = {"center_id": world.tashkent.center.id, "created_at": uow.ports.clock.now()}
        crowd = [{"username": f"person{n}", "updated_at": stamp["created_at"], **stamp} for n in range(300)]
        people = [user.id for user in plain(uow, User).add_all(User, crowd)]
    costs = []
    for some, key in (([world.sardor.user_id or 0], "one"), (people, "many")):
        with school.work(ROOT) as uow, record_statements(filled_database.engine) as seen:
            notes = [NotificationDraft(id, f"Hello {id}", "Welcome", key) for id in some]
            assert len(notify_each(uow, notes, center_id=stamp["center_id"], kind=NotificationType.GENERAL)) == len(
                some
            )
        costs.append(len(seen))
    assert costs == [3, 3]


# -- who may -------------------------------------------------------------------------------------------


def test_people_see_change_and_delete_their_own_notes_only(school: Educore, world: World) -> None:
    with school.work(ROOT) as uow:
        (mine,) = notify(uow, [world.sardor.user_id or 0], center_id=world.tashkent.center.id, **HOLIDAY)
    for name, person in world.everybody().items():
        if name != "sardor":
            for act in ({"to": "read"}, {"to": "update"}, {"to": "delete"}):
                with pytest.raises(NotFound), school.work(person) as uow:
                    uow.get(Notification, mine.id, **act)
    with pytest.raises(Forbidden), school.work(world.sardor) as uow:
        perform(uow, Notification, "update", mine.id, {"title": "Party"})
    with school.work(world.sardor) as uow:
        assert perform(uow, Notification, "update", mine.id, {"is_read": True}).is_read
        perform(uow, Notification, "delete", mine.id)
    assert told(school) == []


def test_the_office_writes_to_members_of_its_center_and_the_superadmin_to_all(school: Educore, world: World) -> None:
    words = {"type": NotificationType.GENERAL, "title": "Come", "message": "See me"}
    for who in (world.dilshod, world.malika, world.aziza, world.rustam):
        with school.work(who) as uow:
            made = perform(uow, Notification, "create", fields={"user_id": world.sardor.user_id, **words})
            assert made.center_id == world.tashkent.center.id
    with school.work(world.rustam) as uow:
        there = write_notification(uow, user_id=world.sobir.user_id or 0, **words)
        assert there.center_id == world.samarkand.center.id
    for who, whom in ((world.dilshod, world.sobir), (world.aziza, world.rustam), (world.rustam, world.rustam)):
        with pytest.raises(Invalid) as refused, school.work(who) as uow:
            write_notification(uow, user_id=whom.user_id or 0, **words)
        assert problem_codes(refused.value) == {"user_id": ["unknown_id"]}
    for who in (world.timur, world.sardor):
        with pytest.raises(Forbidden), school.work(who) as uow:
            write_notification(uow, user_id=world.sardor.user_id or 0, **words)


def test_all_are_marked_read_in_one_statement_and_only_ones_own(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    people = [world.sardor.user_id or 0, world.sevara.user_id or 0]
    with school.work(ROOT) as uow:
        for _ in range(3):
            notify(uow, people, center_id=world.tashkent.center.id, **HOLIDAY)
    with school.work(world.sardor) as uow, record_statements(filled_database.engine) as seen:
        assert mark_all_read(uow) == 3
        assert len(seen) == 1
        assert mark_all_read(uow) == 0
    assert {(note.user_id, note.is_read) for note in told(school)} == {(people[0], True), (people[1], False)}


# -- what happened -------------------------------------------------------------------------------------


def test_what_happened_is_kept_with_the_change_or_not_at_all(school: Educore, world: World) -> None:
    session = lesson(school, world)
    with pytest.raises(ZeroDivisionError), school.work(world.timur) as uow:
        cancel_session(uow, session)
        1 / 0  # noqa: B018 - something goes wrong
    assert jobs(school) == []
    with school.work(world.timur) as uow:
        cancel_session(uow, session)
    (job,) = jobs(school)
    about = {"center_id": session.center_id, "ids": [session.id], "by": world.timur.user_id}
    assert (job.name, json.loads(job.payload), job.status) == (SessionCancelled.__name__, about, JobStatus.WAITING)


def test_a_cancelled_lesson_is_told_to_students_and_teacher_and_written_to_them(
    school: Educore, world: World, clock: FixedClock
) -> None:
    with school.work(ROOT) as uow:
        change_row(uow, uow.get(User, world.sevara.user_id or 0), {"email": "sevara@mail.uz"})
    session = lesson(school, world)
    with school.work(world.dilshod) as uow:
        cancel_session(uow, session)
    work_off(school)
    message = "The Morning lesson on 2024-01-01 at 16:00 is cancelled"
    assert notes_by_name(school, world) == {name: [message] for name in ("sardor", "sevara", "timur")}
    assert {note.type for note in told(school)} == {NotificationType.LESSON_CANCELLED}
    (letter,) = letters(school)
    assert (letter.address, letter.subject, letter.status) == ("sevara@mail.uz", "Lesson Cancelled", "sent")
    assert letter.text == f"{message}\n\nTashkent Academy"
    work_off(school)
    assert len(told(school)) == 3


def test_who_cancels_is_not_told_and_without_a_carrier_nothing_is_written(
    school_in_memory: Educore, world: World
) -> None:
    school = Educore(school_in_memory.store, replace(school_in_memory.ports, mail=NO_SENDER))
    with school.work(ROOT) as uow:
        change_row(uow, uow.get(User, world.sevara.user_id or 0), {"email": "sevara@mail.uz"})
    session = lesson(school, world)
    with school.work(world.timur) as uow:
        cancel_session(uow, session)
    work_off(school)
    assert set(notes_by_name(school, world)) == {"sardor", "sevara"}
    assert letters(school) == []


def test_nobody_is_told_of_lessons_that_are_over_or_take_place_again(
    school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    past, restored = lesson(school_in_memory, world), lesson(school_in_memory, world, TODAY + timedelta(days=4))
    clock.advance(days=3)
    with school_in_memory.work(world.dilshod) as uow:
        cancel_session(uow, restored)
        cancel_session(uow, past)
        perform(uow, Session, "update", restored.id, {"is_cancelled": False})
    work_off(school_in_memory)
    assert told(school_in_memory) == []


def test_a_series_cancelled_at_once_is_told_once(school: Educore, world: World) -> None:
    days = {"weekdays": "tue thu", "first_date": TODAY, "last_date": TODAY + timedelta(days=13)}
    with school.work(world.dilshod) as uow:
        series = schedule_series(uow, group_id=world.tashkent.morning.id, **HOURS, **days)
        first = uow.find(Session, where(series_id=series.id), order=("date",), limit=1)[0]
        perform(uow, Session, "cancel_rest", first.id)
    assert len(jobs(school)) == 1
    work_off(school)
    message = "4 lessons of Morning from 2024-01-02 to 2024-01-11 are cancelled"
    assert notes_by_name(school, world) == {name: [message] for name in ("sardor", "sevara", "timur")}


def test_work_and_exams_are_told_to_the_group(school: Educore, world: World) -> None:
    group = world.tashkent.morning.id
    with school.work(world.timur) as uow:
        give_assignment(uow, group_id=group, title="Essay", due_date=date(2024, 1, 20))
        plan_exam(
            uow, group_id=group, title="Final", exam_date=date(2024, 2, 15), **HOURS, total_points=100, passing_score=60
        )
    work_off(school)
    messages = ["Essay (Morning) is due on 2024-01-20", "Final (Morning) is on 2024-02-15 at 16:00"]
    assert notes_by_name(school, world) == {"sardor": messages, "sevara": messages}
    assert [note.type.value for note in told(school)][::2] == ["assignment_created", "exam_scheduled"]


def test_each_result_is_told_to_its_student_and_again_when_corrected(
    school: Educore, world: World, clock: FixedClock
) -> None:
    with school.work(world.timur) as uow:
        exam = plan_exam(
            uow,
            group_id=world.tashkent.morning.id,
            title="Quiz",
            exam_date=TODAY,
            **HOURS,
            total_points=100,
            passing_score=60,
        )
        scores = [
            {"student_id": world.sardor.student_id, "score": 80},
            {"student_id": world.sevara.student_id, "score": Decimal("7.5")},
        ]
        record_results(uow, exam, results=scores)
    work_off(school)
    quiz = {name: notes[1:] for name, notes in notes_by_name(school, world).items()}
    assert quiz == {
        "sardor": ["You reached 80 of 100 points in Quiz"],
        "sevara": ["You reached 7.5 of 100 points in Quiz"],
    }
    clock.advance(minutes=5)
    with school.work(world.timur) as uow:
        (result,) = uow.find(ExamResult, where(student_id=world.sardor.student_id))
        perform(uow, ExamResult, "update", result.id, {"score": 85})
    work_off(school)
    assert notes_by_name(school, world)["sardor"][-1] == "You reached 85 of 100 points in Quiz"
    assert len(told(school)) == 5


def test_a_grade_without_a_score_is_told_and_one_taken_back_is_not(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.timur) as uow:
        points = {"total_points": 10, "passing_score": 6}
        exam = plan_exam(uow, group_id=world.tashkent.morning.id, title="Oral", exam_date=TODAY, **HOURS, **points)
        enter_result(uow, exam_id=exam.id, student_id=world.sardor.student_id, grade="B")
        gone = enter_result(uow, exam_id=exam.id, student_id=world.sevara.student_id, score=9)
        perform(uow, ExamResult, "update", gone.id, {"score": None})
    work_off(school_in_memory)
    said = notes_by_name(school_in_memory, world)
    assert (said["sardor"][1:], said["sevara"][1:]) == (["Your grade in Oral is B"], [])


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("ru", "Урок «Morning» 2024-01-01 в 16:00 отменён"),
        ("uz", "Morning darsi 2024-01-01 kuni soat 16:00 da bo‘lmaydi"),
    ],
)
def test_people_are_told_in_the_language_of_the_platform(
    language: str, message: str, school_in_memory: Educore, world: World
) -> None:
    school = Educore(school_in_memory.store, replace(school_in_memory.ports, language=language))
    session = lesson(school, world)
    with school.work(world.dilshod) as uow:
        cancel_session(uow, session)
    work_off(school)
    assert notes_by_name(school, world)["sardor"] == [message]
