"""What an answer shows can be sent back: GET, edit one field, PUT, for every row, whoever made it.

A row is sent back exactly as it is shown: nested objects, computed keys, nulls, addresses of files. Unchanged it
changes nothing at all in the database; of a field that is edited, exactly that one changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from educore import Entity, FixedClock
from educore.attendance import AttendanceStatus, mark_class
from educore.billing import Invoice, Payment
from educore.identity import User
from educore.kernel.entity import value_type
from educore.people import sign_in
from educore.timetable import Session
from educore_web.app import compose
from educore_web.demo import list_accounts
from educore_web.rest.body_fields import domain_path
from support.parametrize import each
from support.small_demo import load_small_demo
from support.web.client import ApiResponse, AsgiConnection, Client
from support.web.recipes import Place, call_operation, recipe_body
from support.web.running_platform import RunningPlatform, disable_fsync, open_test_platform, without_limits
from support.web.system import Op, System
from support.web.systems import CENTER_CRM, EDUMASTER, MADRASTI, OPS

UPDATES = [op for op in OPS if op.verb == "update"]
OLD_TEXT = "x" * 2_500
"""Longer than any text of one line may be: an older version has written it."""
PEOPLE = {"director": "director1", "superadmin": "superadmin"}
"""The user names of those who may do most with the rows of a center, the director first, who may not read all."""

OF_SYSTEM: dict[System, dict[str, str]] = {
    CENTER_CRM: PEOPLE,
    EDUMASTER: PEOPLE,
    MADRASTI: PEOPLE | {"director": "admin@madrasti.ma"},
}
"""The user names of the people who call each API, by role."""

Row = dict[str, Any]


class Demo:
    """The demo data of a small center and two small schools, behind every API."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock()
        self.path = folder / "school.db"
        self.platform = open_test_platform(f"sqlite:///{self.path}", folder / "files", self.clock)
        disable_fsync(self.platform.database)
        self.platform.database.create_all()
        load_small_demo(self.platform.school)
        self.wire = AsgiConnection(compose(self.platform, apis=without_limits()))
        self.tokens = {
            name: sign_in(self.platform.school, username=name, password=password).access
            for name, password in list_accounts()
            if any(name in people.values() for people in OF_SYSTEM.values())
        }
        self._watch = sqlite3.connect(self.path, check_same_thread=False)
        self.loaded = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(self.path)) as driver:
            driver.backup(self.loaded)

    def reset(self) -> None:
        """Make everything as it was when it was loaded."""
        with closing(sqlite3.connect(self.path)) as driver:
            self.loaded.backup(driver)

    def clients(self, op: Op) -> list[Client]:
        """The clients who may call an operation, the director first."""
        names = [name for role, name in OF_SYSTEM[op.system].items() if role in op.who]
        return [Client(self.wire, self.tokens[name], op.system) for name in names]

    def rows(self, op: Op) -> list[Row]:
        """The rows that a list shows, page by page, or the only row that there is for everybody."""
        if not op.has_path_id:
            return [self.show(op, {"id": None})]
        listed, rows, number = op.sibling("list"), list[Row](), 1
        while True:
            page = call_operation(self.clients(op)[0], listed, query={"page_size": 100, "page": number}).expect(200)
            rows += page.results
            if page["next"] is None:
                return rows
            number += 1

    def put(self, op: Op, row: Row) -> ApiResponse:
        """Send a row by somebody who may change it."""
        answers = (call_operation(client, op, id=row["id"], body=row) for client in self.clients(op))
        answer = next(answers)
        return next(answers, answer) if answer.status == 403 else answer

    def show(self, op: Op, row: Row) -> Row:
        """The row as it is shown now."""
        shown: Row = call_operation(self.clients(op)[0], op.sibling("retrieve"), id=row["id"]).expect(200).body
        return shown

    @property
    def writes(self) -> int:
        """A number that another one takes the place of whenever anybody commits a change."""
        ((version,),) = self._watch.execute("PRAGMA data_version").fetchall()
        return int(version)

    def write(self, kind: type[Entity], id: int, field: str, value: Any) -> bool:
        """Write a value past all rules, and return whether the table takes it."""
        table = self.platform.database.tables.tables[kind.__name__].name
        with closing(sqlite3.connect(self.path)) as driver:
            try:
                driver.execute(f'UPDATE "{table}" SET "{field}" = ? WHERE id = ?', (value, id))
            except sqlite3.IntegrityError:
                return False
            driver.commit()
        return True

    def close(self) -> None:
        """Let go of everything."""
        self.wire.close()
        self.loaded.close()
        self._watch.close()
        self.platform.database.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, loaded once for all tests here."""
    opened = Demo(tmp_path_factory.mktemp("demo"))
    yield opened
    opened.close()


@each("op", UPDATES)
def test_every_row_of_the_demo_comes_back_unchanged(op: Op, demo: Demo) -> None:
    rows = [row for row in demo.rows(op) if not _is_final(op, row)]
    assert rows or op.section == "notifications"
    demo.clock.advance(seconds=5)
    assert [what for row in rows for what in _not_as_before(op, row, demo)] == []


@each("op", [op for op in UPDATES if op.section != "notifications"])
def test_one_edited_field_is_all_that_changes(op: Op, demo: Demo) -> None:
    edit, rows = _edit(op), [row for row in demo.rows(op) if not _is_final(op, row)]
    accepted = 0
    for row in rows:
        row = demo.show(op, row)
        answer = demo.put(op, row | edit)
        if answer.status == 400:
            assert set(answer.fields()) <= {*edit, "non_field_errors", ""}, answer.text  # the edit itself is refused
            continue
        accepted += 1
        after, sent = answer.expect(200).body, set(op.body.model_fields) - {"user"}
        assert {name: after[name] for name in edit if name in after}.items() <= edit.items()
        kept = (sent - edit.keys()) & row.keys() - DERIVED.get(op.section, set())
        assert {name: _plain(after[name]) for name in kept} == {name: _plain(row[name]) for name in kept}
    assert accepted


DERIVED = {
    "exam_results": {"grade"},
    "attendance": {"marked_by"},
    "attendance.records": {"marked_by"},
    "homework.submissions": {"status"},
}


def _edit(op: Op) -> Row:
    """The change of one field that the recipes make by PATCH."""
    edits: dict[str, Row] = {"groups": {"name": "Boshqa"}, "lessons": {"online_link": "https://meet.example.com/abc"}}
    if op.section in ("payroll", "exam_results"):
        return {"payroll": {"bonus": 1}, "exam_results": {"score": 1}}[op.section]
    body: Row = edits.get(op.section) or op.system.bodies[f"{op.section}.partial_update"](None)  # type: ignore[arg-type]
    return body


def _plain(value: Any) -> Any:
    """An address of a file without its signature."""
    return value.split("?")[0] if isinstance(value, str) and "/files/" in value else value


@each("op", UPDATES)
def test_whatever_a_row_holds_comes_back(op: Op, demo: Demo) -> None:
    """Nulls, empty and older texts, every member of an enumeration: another API, the admin or a version wrote them."""
    demo.reset()
    row = next((row for row in demo.rows(op) if not _is_final(op, row)), None)
    wrong = []
    for name in op.body.model_fields.keys() - {"educational_center", "role"} if row else ():
        *structure, field = (domain_path(op.body, name) or "").split(".")
        kind = User if structure else op.body.of
        if name not in row or field not in kind.model_fields:
            continue
        for value in _values(kind, field):
            demo.reset()
            if not demo.write(kind, _stored_id(demo, op, row, of_user=kind is User), field, value):
                continue
            shown = call_operation(demo.clients(op)[0], op.sibling("retrieve"), id=row["id"])
            if shown.status == 200:
                wrong += [f"{field} {str(value)[:20]!r}: {what}" for what in _not_as_before(op, shown.body, demo)]
    assert wrong == []


def _values(kind: type[Entity], field: str) -> list[Any]:
    stored, nullable = value_type(kind, field)
    values: list[Any] = [None] if nullable else []
    if issubclass(stored, Enum):
        values += [member.value for member in stored]
    elif issubclass(stored, str) and kind not in (Payment, Invoice):  # those are validated before they are allocated
        values += ["", OLD_TEXT] if kind is not User else [OLD_TEXT]
    return values


def _stored_id(demo: Demo, op: Op, row: Row, *, of_user: bool) -> int:
    """The id of the stored row, which EduMaster calls by the account, or of its account."""
    if of_user:
        return int(row["user"]["id"] if "user" in row else row["id"])
    if op.operation.lookup_field == "id":
        return int(row["id"])
    with closing(sqlite3.connect(demo.path)) as driver:
        ((id,),) = driver.execute("SELECT id FROM membership WHERE user_id = ?", (row["id"],)).fetchall()
        return int(id)


def _is_final(op: Op, row: Row) -> bool:
    """Whether a row no longer changes: a salary that is paid (C75)."""
    return op.section == "payroll" and bool(row["is_paid"])


def _not_as_before(op: Op, row: Row, demo: Demo) -> Iterator[str]:
    """Send a row back as it is shown, and tell if it is refused or if anything is written."""
    before = demo.writes
    answer = demo.put(op, row)
    if answer.status != 200:
        yield f"{op} {row['id']} is refused: {answer.status} {answer.text[:300]}"
    elif demo.writes != before:
        yield f"{op} {row['id']} is written: {row}"


# -- words that stand for several facts -----------------------------------------------------------------


@each("status", AttendanceStatus)
def test_a_class_that_is_sent_as_it_is_shown_stays_as_it_was_marked(
    status: AttendanceStatus, site: RunningPlatform
) -> None:
    """By either API: an excused mark is Absent in Center CRM, and EduMaster has no reason for who came."""
    at = Place(site, site.world.tashkent)
    _mark(site, status)
    site.clock.advance(minutes=1)
    before = site.rows()
    lesson = site.extras.register[at.center]
    crm, edu = site.client("timur"), site.client("timur").of(EDUMASTER)
    shown = crm.get("/attendance/", lesson=lesson).results
    assert shown
    marks = [{"student_id": row["student"], "status": row["status"], "notes": row["notes"]} for row in shown]
    crm.post("/attendance/bulk-mark/", {"lesson_id": lesson, "attendance_data": marks}).expect(200)
    for row in shown:
        crm.put(f"/attendance/{row['id']}/", row).expect(200)
        crm.patch(f"/attendance/{row['id']}/", {"status": row["status"]}).expect(200)
    session = f"/attendance/sessions/{lesson}/"
    edu.post(f"{session}mark_attendance/", {"attendance_data": edu.get(session)["attendance"]}).expect(200)
    assert [name for name, rows in site.rows().items() if rows != before[name]] == []


def test_another_word_is_another_fact_and_another_marker(site: RunningPlatform) -> None:
    at = Place(site, site.world.tashkent)
    lesson = site.extras.register[at.center]
    for word, status in (("Present", "present"), ("Late", "late"), ("Absent", "excused")):
        site.reset()
        _mark(site, AttendanceStatus.EXCUSED)
        student = at.town.student
        mark = {"student_id": student.student_id, "status": word, "notes": "Bus"}
        dilshod = site.client("dilshod")
        dilshod.post("/attendance/bulk-mark/", {"lesson_id": lesson, "attendance_data": [mark]}).expect(200)
        (shown,) = dilshod.get("/attendance/", lesson=lesson, student=student.student_id).results
        assert (shown["status"], shown["notes"], shown["marked_by"]) == (word, "Bus", None)
        marks = dilshod.of(EDUMASTER).get(f"/attendance/sessions/{lesson}/")["attendance"]
        assert {"student_id": student.user_id, "status": status, "reason": "Bus"} in marks


def _mark(site: RunningPlatform, status: AttendanceStatus) -> None:
    """Mark the class of the first day: both with this status, and both with notes."""
    town = site.world.tashkent
    entries = [
        {"student_id": who.student_id, "status": status, "notes": "Shifokor"} for who in (town.student, town.classmate)
    ]
    with site.platform.school.work(site.world.dilshod) as uow:
        session = uow.get(Session, site.extras.register[town.center.id])
        mark_class(uow, session, marks=entries)


def test_a_clerk_of_the_other_document_stays_one(site: RunningPlatform) -> None:
    rustam = site.client("rustam").of(EDUMASTER)
    for who in (site.world.tashkent.admin, site.world.tashkent.manager):
        row = rustam.get(f"/accounts/users/{who.user_id}/").expect(200).body
        assert row["role"] == "manager"
        rustam.put(f"/accounts/users/{who.user_id}/", row).expect(200)
        assert rustam.put(f"/accounts/users/{who.user_id}/", row | {"role": "teacher"}).fields() == {"role"}
    assert site.changed() == []


# -- rows that another API or the admin made ------------------------------------------------------------


def test_a_row_of_one_api_comes_back_through_the_other(site: RunningPlatform) -> None:
    at = Place(site, site.world.tashkent)
    crm, edu = site.client("dilshod"), site.client("dilshod").of(EDUMASTER)
    session = edu.post("/attendance/sessions/", {"group": at.town.morning.id, "date": "2024-01-20"}).expect(201)
    unlimited = recipe_body(EDUMASTER["groups.create"], at) | {"max_students": None}
    group = edu.post("/groups/", unlimited).expect(201)
    subject = crm.post("/subjects/", {"name": "Backgammon"}).expect(201)
    nameless = {"user": {"username": "nodira", "password": "Student@123"}, "branch": at.town.branch.id}
    student = crm.post("/students/", nameless).expect(201)
    without_teacher = {**recipe_body(CENTER_CRM["groups.create"], at), "name": "Chess", "teacher": None}
    orphan = crm.post("/groups/", without_teacher).expect(201)
    for client, path, edit in (
        (crm, f"/lessons/{session['id']}/", {"online_link": "https://meet.example.com/abc"}),
        (crm, f"/groups/{group['id']}/", {"name": "Boshqa"}),
        (edu, f"/courses/{subject['id']}/", {"description": "Shaxmat"}),
        (edu, f"/accounts/users/{student['user']['id']}/", {"first_name": "Nodira"}),
        (edu, f"/groups/{orphan['id']}/", {"name": "Boshqa"}),
        (site.client("rustam"), f"/directors/{site.world.dilshod.membership_id}/", {"phone": "+998901112233"}),
    ):
        shown, before = client.get(path).expect(200).body, site.rows()
        assert None in shown.values() or "user" in shown
        client.put(path, shown).expect(200)
        assert site.rows() == before, path
        after = client.put(path, shown | edit).expect(200)
        assert {name: after[name] for name in edit} == edit


def test_a_null_is_refused_where_the_row_has_a_value(site: RunningPlatform) -> None:
    lesson = site.client("dilshod").get(f"/lessons/{Place(site, site.world.tashkent).taught.lesson}/").body
    assert lesson["start_time"]
    refused = site.client("dilshod").put(f"/lessons/{lesson['id']}/", lesson | {"start_time": None})
    assert (refused.status, refused.fields()) == (400, {"start_time"})


def test_the_account_of_a_director_may_be_edited_where_it_is_shown(site: RunningPlatform) -> None:
    path = f"/directors/{site.world.dilshod.membership_id}/"
    shown = site.client("rustam").get(path).body
    edited = shown | {"user": shown["user"] | {"last_name": "Yangi"}}
    assert site.client("rustam").put(path, edited).expect(200)["user"]["last_name"] == "Yangi"


def test_who_may_not_read_a_value_does_not_clear_it(site: RunningPlatform) -> None:
    """A director is shown null in place of the passport numbers of staff."""
    path = f"/staff/{site.world.aziza.membership_id}/"
    site.client("rustam").patch(path, {"passport_number": "AA0123456"}).expect(200)
    shown = site.client("dilshod").get(path).expect(200).body
    assert shown["passport_number"] is None
    site.client("dilshod").put(path, shown).expect(200)
    assert site.client("rustam").get(path)["passport_number"] == "AA0123456"


def test_a_grade_that_is_sent_again_is_not_given_again(site: RunningPlatform) -> None:
    at, dilshod = Place(site, site.world.tashkent), site.client("dilshod")
    path = f"/submissions/{at.taught.work}/"
    graded = dilshod.put(path, {"grade": 95, "feedback": ""}).expect(200).body
    site.clock.advance(minutes=5)
    assert dilshod.put(path, graded).expect(200).body == graded
    assert dilshod.put(path, graded | {"grade": 90})["graded_at"] != graded["graded_at"]
