"""The three stores let the same things happen: random histories end the same way, step by step.

Rows are spoken of by their number in the history ("the third group"), never by id, because a write that
fails may use up an id in one store and not in another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from educore import (
    EDUCATION,
    Actor,
    Educore,
    EducoreError,
    Entity,
    Invalid,
    Role,
    UnitOfWork,
    everything,
    memory_ports,
    perform,
    where,
)
from educore.adapters.memory import MemoryStore
from educore.adapters.sql import Database
from educore.assessment import (
    Assignment,
    Exam,
    ExamResult,
    Submission,
    enter_result,
    give_assignment,
    plan_exam,
    submit_assignment,
)
from educore.attendance import Attendance, AttendanceStatus, mark_attendance
from educore.courses import Course
from educore.groups import Enrollment, Group, enroll_student, leave_group, register_student
from educore.identity import Membership, User
from educore.kernel.entity import references
from educore.kernel.store import Store
from educore.organization import Branch, Center, Room
from educore.people import Student, StudentStatus, Teacher, register_teacher
from educore.timetable import Session, open_register, schedule_series, schedule_session
from educore.values import DEFAULT_REGION
from support.cast import KINDS, ROOT, account
from support.plain_rows import change_row, plain, remove_row
from support.raw_rows import delete_all_rows


@dataclass(frozen=True)
class Nth:
    """The nth row of a kind; beyond the last one, an id that is unknown."""

    kind: type[Entity]
    number: int


@dataclass(frozen=True)
class Step:
    """Somebody does something: a name from DEEDS with its parameters."""

    who: Nth | None
    deed: str
    fields: dict[str, Any] = field(default_factory=dict)


# -- what can be done ----------------------------------------------------------------------------------


def _add(uow: UnitOfWork, *, kind: type[Entity], **fields: Any) -> Any:
    return plain(uow, kind).add(kind, fields)


def _change(uow: UnitOfWork, *, row: Any, kind: type[Entity], **fields: Any) -> Any:
    return change_row(uow, uow.get(kind, row), fields)


def _remove(uow: UnitOfWork, *, row: Any, kind: type[Entity]) -> Any:
    return remove_row(uow, uow.get(kind, row))


def _do(uow: UnitOfWork, *, row: Any, kind: type[Entity], action: str, **fields: Any) -> Any:
    return perform(uow, kind, action, row, fields)


def _change_all(uow: UnitOfWork, *, kind: type[Entity], **fields: Any) -> Any:
    return plain(uow, kind, "update").change_all(kind, where(id__gte=1), fields)


def _two_at_once(uow: UnitOfWork, *, kind: type[Entity], first: dict[str, Any], then: dict[str, Any]) -> Any:
    view = plain(uow, kind)
    return [view.add(kind, first), view.add(kind, then)]


def _add_all(uow: UnitOfWork, *, kind: type[Entity], rows: list[dict[str, Any]]) -> Any:
    return plain(uow, kind).add_all(kind, rows)


def _change_each(uow: UnitOfWork, *, kind: type[Entity], changes: dict[int, dict[str, Any]]) -> Any:
    return plain(uow, kind, "update").change_each(kind, changes)


DEEDS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "change": _change,
    "remove": _remove,
    "do": _do,
    "change all": _change_all,
    "two at once": _two_at_once,
    "enroll": enroll_student,
    "leave": leave_group,
    "register": register_student,
    "take on": register_teacher,
    "add all": _add_all,
    "change each": _change_each,
    "plan": schedule_session,
    "open": open_register,
    "plan series": schedule_series,
    "mark one": mark_attendance,
    "give": give_assignment,
    "hand in": submit_assignment,
    "examine": plan_exam,
    "enter": enter_result,
}

# -- random histories ----------------------------------------------------------------------------------

numbers = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4])
names = st.sampled_from(["A", "B", "Ё", "", "x" * 201])
days = st.sampled_from([date(2024, 1, 1), date(2024, 2, 1), "2024-13-01"])


def nth(kind: type[Entity]) -> st.SearchStrategy[Nth]:
    return st.builds(Nth, st.just(kind), numbers)


STAMPS = ("created_at", "marked_at", "submitted_at")
REGION = {name: st.just(value) for name, value in asdict(DEFAULT_REGION).items()}
FIELDS: dict[type[Entity], dict[str, st.SearchStrategy[Any]]] = {
    Center: {**REGION, "name": names, "license_number": st.sampled_from([None, "L1", "L2"])},
    Branch: {"name": names, "manager_id": st.none() | nth(User), "status": st.sampled_from(["open", "closed", "odd"])},
    Room: {
        "name": names,
        "branch_id": nth(Branch),
        "capacity": st.sampled_from([0, 5, "many"]),
        "equipment": st.sampled_from(["", "a, b", ["a"], [""], {"root": []}]),
    },
    Course: {"name": names, "created_at": st.just("2024-01-01T00:00:00Z")},
    Group: {
        "name": names,
        "branch_id": nth(Branch),
        "course_id": nth(Course),
        "teacher_id": st.none() | nth(Teacher),
        "capacity": st.sampled_from([1, 2, 0, None]),
        "start_date": days,
        "end_date": days,
        "status": st.sampled_from(["active", "inactive"]),
    },
    Student: {
        "branch_id": nth(Branch),
        "user_id": nth(User),
        "status": st.sampled_from([*StudentStatus, "odd"]),
        "enrollment_date": days,
        "group_id": st.none() | nth(Group),
    },
    Teacher: {"branch_id": nth(Branch), "user_id": nth(User), "hourly_rate": st.sampled_from([None, "1.50", "x"])},
    User: {"username": st.sampled_from(["u1", "u2", "two words"]), "phone": st.sampled_from([None, "+998901112233"])},
    Membership: {"user_id": nth(User), "role": st.sampled_from([*Role, "odd"]), "is_blocked": st.booleans()},
    Enrollment: {
        "group_id": nth(Group),
        "student_id": nth(Student),
        "enrolled_on": days,
        "left_on": st.just(date(2024, 3, 1)),
    },
    Attendance: {
        "session_id": nth(Session),
        "student_id": nth(Student),
        "status": st.sampled_from([*AttendanceStatus, "odd"]),
        "marked_at": st.just("2024-01-01T00:00:00Z"),
    },
    Submission: {
        "assignment_id": nth(Assignment),
        "student_id": nth(Student),
        "submitted_at": st.just("2024-01-01T00:00:00Z"),
        "grade": st.sampled_from([None, 0, 100, 101]),
    },
}
CHANGEABLE = {kind: {n: s for n, s in fields.items() if n not in STAMPS} for kind, fields in FIELDS.items()}
centers = {"center_id": nth(Center)}


sessions_on = st.sampled_from([date(2024, 1, 1), date(2023, 12, 31), date(2024, 1, 8), date(2024, 1, 10)])
begins = st.sampled_from([time(8), time(9), time(9, 30), time(10), time(14)])
ends = st.sampled_from([time(10), time(10, 30), time(15), time(16)])
statuses = st.sampled_from([*AttendanceStatus, *AttendanceStatus, "odd"])
scores = st.sampled_from([None, 0, Decimal("49.5"), 60, 85, 100, 101])
slots = {"date": sessions_on, "start_time": begins, "end_time": ends}
taken = {"group_id": nth(Group), "teacher_id": st.none() | nth(Teacher), "room_id": st.none() | nth(Room)}
week = {"weekdays": st.sampled_from(["mon", "mon wed", "sun"]), "first_date": sessions_on}
week |= {"last_date": st.sampled_from([date(2024, 1, 8), date(2024, 1, 17), date(2023, 1, 1)])}
marks = st.fixed_dictionaries({"student_id": nth(Student), "status": statuses})
results = st.fixed_dictionaries({"student_id": nth(Student), "score": scores})


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={**fields, **centers})


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Something somebody does."""
    who = draw(st.none() | st.none() | nth(Membership))
    deed = draw(st.sampled_from([*DEEDS, "add", "change", "remove", "enroll", "add all", "plan", *["do"] * 12]))
    kind = draw(st.sampled_from(list(FIELDS)))
    row = draw(nth(kind))
    if deed == "add":
        return Step(who, deed, {"kind": kind, **draw(st.fixed_dictionaries(FIELDS[kind], optional=centers))})
    if deed == "two at once":
        rows = st.fixed_dictionaries(FIELDS[kind], optional=centers)
        return Step(who, deed, {"kind": kind, "first": draw(rows), "then": draw(rows)})
    if deed == "change":
        return Step(who, deed, {"kind": kind, "row": row, **draw(some(CHANGEABLE[kind]))})
    if deed == "remove":
        return Step(who, deed, {"kind": kind, "row": row})
    if deed == "change all":
        kind = draw(st.sampled_from([Room, Branch, Membership]))
        changed = {Room: {"is_available": False}, Branch: {"address": "x"}, Membership: {"is_blocked": True}}
        return Step(who, deed, {"kind": kind, **changed[kind]})
    if deed in ("enroll", "leave"):
        return Step(who, deed, {"group_id": draw(nth(Group)), "student_id": draw(nth(Student))})
    if deed in ("register", "take on"):
        person = account(draw(st.sampled_from(["Ann", "Ben", "Cem"])))
        place = {"group_id": draw(st.none() | nth(Group))} if deed == "register" else {}
        return Step(who, deed, {"account": person, "branch_id": draw(nth(Branch)), **place})
    if deed == "add all":
        one = st.fixed_dictionaries({**FIELDS[kind], "center_id": home})
        return Step(who, deed, {"kind": kind, "rows": draw(st.lists(one, max_size=4))})
    if deed == "change each":
        change = st.fixed_dictionaries({}, optional=CHANGEABLE[kind])
        return Step(who, deed, {"kind": kind, "changes": draw(st.dictionaries(nth(kind), change, max_size=3))})
    if deed in TEACHING:
        needed, more = TEACHING[deed]
        return Step(who, deed, draw(st.fixed_dictionaries(needed, optional=more)))
    kind, action, needed, more = draw(st.sampled_from([(*known, {}) for known in ACTIONS] + LESSON_ACTIONS))
    fields = draw(st.fixed_dictionaries(needed, optional=more))
    return Step(who, "do", {"kind": kind, "action": action, "row": draw(nth(kind)), **fields})


home = st.sampled_from([Nth(Center, 0), Nth(Center, 0), Nth(Center, 0), Nth(Center, 1)])
Fields = dict[str, st.SearchStrategy[Any]]
TEACHING: dict[str, tuple[Fields, Fields]] = {
    "plan": ({"group_id": nth(Group), **slots}, {"teacher_id": nth(Teacher), "room_id": nth(Room)}),
    "open": ({"group_id": nth(Group), "date": sessions_on}, {"topic": names}),
    "plan series": (
        {"group_id": nth(Group), **week, "start_time": begins, "end_time": ends},
        {"teacher_id": nth(Teacher), "room_id": nth(Room)},
    ),
    "mark one": ({"session_id": nth(Session), "student_id": nth(Student), "status": statuses}, {}),
    "give": ({"group_id": nth(Group), "title": names, "due_date": sessions_on}, {"teacher_id": nth(Teacher)}),
    "hand in": ({"assignment_id": nth(Assignment)}, {"student_id": nth(Student), "file": st.just("work/1/a.pdf")}),
    "examine": (
        {"group_id": nth(Group), "title": names, "exam_date": sessions_on, "start_time": begins, "end_time": ends}
        | {"total_points": st.sampled_from([0, 85, 100]), "passing_score": st.sampled_from([50, 90])},
        {},
    ),
    "enter": ({"exam_id": nth(Exam)}, {"student_id": nth(Student), "score": scores}),
}
"""What each deed of teaching needs, and what may be said besides."""

LESSON_ACTIONS: list[tuple[type[Entity], str, Fields, Fields]] = [
    (Session, "mark", {"marks": st.lists(marks, max_size=2)}, {}),
    (Session, "mark", {"marks": st.lists(marks, max_size=2)}, {}),
    (Session, "update", {}, {**slots, **taken, "is_cancelled": st.booleans(), "topic": names}),
    (Session, "update", {"start_time": st.none() | begins, "end_time": st.none() | ends}, {"date": sessions_on}),
    (Session, "reschedule", {}, {**slots, "teacher_id": nth(Teacher), "room_id": nth(Room)}),
    (Session, "cancel", {}, {}),
    (Session, "cancel_rest", {}, {}),
    (Session, "delete", {}, {}),
    (Attendance, "update", {}, {"status": statuses, "notes": names}),
    (Attendance, "delete", {}, {}),
    (Assignment, "update", {}, {"status": st.sampled_from(["assigned", "closed"]), "teacher_id": nth(Teacher)}),
    (Submission, "update", {}, {"grade": scores, "feedback": names}),
    (Exam, "update", {}, {"total_points": st.sampled_from([50, 85, 100]), "passing_score": st.just(50)}),
    (Exam, "record_results", {"results": st.lists(results, max_size=2)}, {}),
    (ExamResult, "update", {}, {"score": scores, "grade": st.sampled_from([None, "A", "Z"])}),
]


ACTIONS: list[tuple[type[Entity], str, dict[str, st.SearchStrategy[Any]]]] = [
    (Student, "block", {}),
    (Student, "unblock", {}),
    (Student, "delete", {}),
    (Student, "move", {"group_id": st.none() | nth(Group)}),
    (Student, "update", {"status": st.sampled_from(StudentStatus), "group_id": st.none() | nth(Group)}),
    (Teacher, "delete", {}),
    (Teacher, "rate", {"rating": st.sampled_from([Decimal("4.5"), Decimal("7")])}),
    (Branch, "close", {}),
    (Room, "toggle", {}),
    (Group, "update", {"capacity": st.sampled_from([1, 2, 3])}),
    (Membership, "block", {}),
    (Membership, "delete", {}),
    (Center, "update", {"director_id": nth(Membership)}),
]

HOME = Nth(Center, 0)
NINE = {"start_time": time(9), "end_time": time(10)}
UNTIL = {"last_date": date(2024, 1, 10)}
POINTS = {"total_points": 100, "passing_score": 60}
OLIM = {"student_id": Nth(Student, 0)}

BEGINNING = [
    Step(None, "add", {"kind": Center, "name": "Tashkent", **asdict(DEFAULT_REGION)}),
    Step(None, "add", {"kind": Center, "name": "Samarkand", **asdict(DEFAULT_REGION)}),
    Step(None, "add", {"kind": User, "username": "boss", "center_id": Nth(Center, 0)}),
    Step(None, "add", {"kind": Membership, "user_id": Nth(User, 0), "role": "director", "center_id": Nth(Center, 0)}),
    *(Step(None, "add", {"kind": Branch, "name": "B", "center_id": Nth(Center, n)}) for n in (0, 0, 1)),
    Step(None, "add", {"kind": Course, "name": "C", "center_id": Nth(Center, 0), "created_at": "2024-01-01T00:00:00Z"}),
    *(
        Step(
            None,
            "add",
            {
                "kind": Group,
                "name": n,
                "branch_id": Nth(Branch, 0),
                "course_id": Nth(Course, 0),
                "center_id": Nth(Center, 0),
                "capacity": 1,
            },
        )
        for n in ("G", "H")
    ),
    Step(None, "register", {"account": account("Olim"), "branch_id": Nth(Branch, 0), "group_id": Nth(Group, 0)}),
    Step(None, "register", {"account": account("Zafar"), "branch_id": Nth(Branch, 0)}),
    Step(None, "enroll", {"group_id": Nth(Group, 1), "student_id": Nth(Student, 1)}),
    Step(None, "take on", {"account": account("Umida"), "branch_id": Nth(Branch, 0)}),
    Step(None, "change", {"kind": Group, "row": Nth(Group, 0), "teacher_id": Nth(Teacher, 0)}),
    Step(None, "add", {"kind": Room, "name": "1", "branch_id": Nth(Branch, 0), "capacity": 9, "center_id": HOME}),
    Step(None, "plan", {"group_id": Nth(Group, 0), "date": date(2024, 1, 1), **NINE}),
    Step(
        None,
        "plan series",
        {"group_id": Nth(Group, 1), "weekdays": "mon wed", "first_date": date(2023, 12, 31), **UNTIL, **NINE},
    ),
    Step(None, "give", {"group_id": Nth(Group, 0), "title": "Essay", "due_date": date(2024, 1, 8)}),
    Step(
        None, "examine", {"group_id": Nth(Group, 0), "title": "Final", "exam_date": date(2024, 1, 1), **NINE, **POINTS}
    ),
    Step(
        None, "do", {"kind": Session, "action": "mark", "row": Nth(Session, 0), "marks": [OLIM | {"status": "absent"}]}
    ),
    Step(Nth(Membership, 1), "hand in", {"assignment_id": Nth(Assignment, 0), "file": "work/1/a.pdf"}),
    Step(None, "enter", {"exam_id": Nth(Exam, 0), "score": 50, **OLIM}),
]
"""Enough of a school that most of what follows can succeed."""


def done(kind: type[Entity], action: str, row: int, **fields: Any) -> Step:
    return Step(None, "do", {"kind": kind, "action": action, "row": Nth(kind, row), **fields})


SECOND = {"student_id": Nth(Student, 1)}
ROOMS = [{"name": n, "branch_id": Nth(Branch, 0), "capacity": 5, "center_id": HOME} for n in ("2", "3", "4")]
A_GOOD_WEEK = [
    Step(None, "mark one", {"session_id": Nth(Session, 1), "status": "late", **SECOND}),
    done(Session, "mark", 0, marks=[OLIM | {"status": "excused", "notes": "ill"}]),
    done(Attendance, "update", 0, status="present"),
    done(Attendance, "delete", 1),
    done(Session, "reschedule", 2, start_time=time(14), end_time=time(15), room_id=Nth(Room, 0)),
    done(Session, "update", 3, date=date(2024, 1, 9)),
    done(Session, "cancel", 3),
    done(Session, "update", 3, is_cancelled=False),
    done(Session, "cancel_rest", 2),
    Step(None, "open", {"group_id": Nth(Group, 0), "date": date(2024, 1, 10)}),
    Step(Nth(Membership, 1), "hand in", {"assignment_id": Nth(Assignment, 0), "file": "work/2/b.pdf"}),
    done(Submission, "update", 0, grade=90, feedback="Good"),
    done(Assignment, "update", 0, status="closed"),
    done(Exam, "record_results", 0, results=[OLIM | {"score": 85}]),
    done(ExamResult, "update", 0, score=Decimal("49.5")),
    done(Exam, "update", 0, total_points=85),
    Step(None, "add all", {"kind": Room, "rows": ROOMS}),
    Step(None, "change each", {"kind": Room, "changes": {Nth(Room, n): {"capacity": n + 7} for n in (3, 1)}}),
]
"""Every deed of teaching once, with success."""

# -- living through a history --------------------------------------------------------------------------


class History:
    """What happened in one store. After each step only the kinds are read that somebody asks for."""

    def __init__(self, store: Store) -> None:
        self.school = Educore(store, memory_ports())
        self.store = store
        self.rows: dict[type[Entity], list[Any]] = {}
        self.ids: dict[type[Entity], list[int]] = {kind: [] for kind in KINDS}

    def live(self, step: Step) -> Any:
        """Do one step and tell how it ended."""
        try:
            with self.school.work(self._actor(step.who)) as uow:
                result = DEEDS[step.deed](uow, **self._meant(step.fields))
        except Invalid as error:
            told = {p: [(f.code, self._named(f.params)) for f in found] for p, found in error.fields.items()}
            return type(error).__name__, told
        except (EducoreError, TypeError, IndexError) as error:
            return type(error).__name__, getattr(error, "code", "")
        finally:
            self.rows.clear()
        return self._told(result)

    def state(self) -> dict[str, list[Any]]:
        """Every row, with numbers in place of ids; what is sealed with its ids is left to the tests of the trail."""
        sealed = ("AuditEntry", "AuditHead", "Job")
        shown = [kind for kind in KINDS if kind.__name__ not in sealed]
        return {kind.__name__: [self._told(row) for row in self._rows_of(kind)] for kind in shown}

    def _actor(self, who: Nth | None) -> Actor:
        members = {member.id: member for member in self._rows_of(Membership)} if who else {}
        member = members.get(self._meant(who))
        if member is None:
            return ROOT
        student, teacher = (self._profile(kind, member) for kind in (Student, Teacher))
        return Actor(member.role, member.user_id, member.id, member.center_id, student, teacher)

    def _profile(self, kind: type[Entity], member: Any) -> int | None:
        """What a member is as a student or as a teacher, if that is what they are."""
        person = member.user_id, member.center_id
        me = [row.id for row in self._rows_of(kind) if (row.user_id, row.center_id) == person]
        return me[0] if me and member.role == kind.__name__.lower() else None

    def _meant(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._meant(name): self._meant(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._meant(inner) for inner in value]
        if not isinstance(value, Nth):
            return value
        known = self._ids_of(value.kind)
        return known[value.number] if value.number < len(known) else 10**6 + value.number

    def _rows_of(self, kind: type[Entity]) -> list[Any]:
        if kind not in self.rows:
            transaction = self.store.begin(read_only=True)
            self.rows[kind] = list(transaction.find(kind, everything))
            transaction.rollback()
            known = self.ids[kind]
            known += [row.id for row in self.rows[kind] if row.id not in known]
        return self.rows[kind]

    def _ids_of(self, kind: type[Entity]) -> list[int]:
        self._rows_of(kind)
        return self.ids[kind]

    def _number(self, kind: type[Entity], id: int | None) -> Any:
        known = [] if id is None else self._ids_of(kind)
        return known.index(id) if id in known else id

    def _told(self, result: Any) -> Any:
        if isinstance(result, list):
            return [self._told(one) for one in result]
        if not isinstance(result, Entity):
            return result
        kind = type(result)
        targets = {name: EDUCATION.kinds[reference.target] for name, reference in references(kind).items()}
        targets["id"] = kind
        return {n: self._number(targets[n], v) if n in targets else v for n, v in dict(result).items()}

    def _named(self, params: Any) -> Any:
        told = {name: value for name, value in params.items() if name != "id"}
        return told | {"session_id": self._number(Session, told["session_id"])} if "session_id" in told else told


@pytest.mark.long
@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])
@example(history=A_GOOD_WEEK)
@given(history=st.lists(steps(), min_size=5, max_size=20))
def test_three_stores_live_through_the_same_history(databases: list[Database], history: list[Step]) -> None:
    for database in databases:
        delete_all_rows(database)
    lives = [History(MemoryStore(EDUCATION)), *(History(database.store) for database in databases)]
    for step in BEGINNING + history:
        endings = [life.live(step) for life in lives]
        assert endings[1:] == [endings[0], endings[0]], step
    states = [life.state() for life in lives]
    assert states[1:] == [states[0], states[0]]


def test_what_is_meant_to_succeed_succeeds() -> None:
    life = History(MemoryStore(EDUCATION))
    for step in [*BEGINNING, *A_GOOD_WEEK]:
        ending = life.live(step)
        assert not isinstance(ending, tuple), (step, ending)
