"""The three stores answer every question alike: random worlds, random people, random conditions.

The memory store is short enough to be believed; SQLite and PostgreSQL must agree with it on what is found,
counted, tallied, added up, shown and allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from educore import (
    EDUCATION,
    Actor,
    Aggregate,
    Computed,
    Count,
    Each,
    Educore,
    EducoreError,
    Entity,
    From,
    Joined,
    NameOf,
    Role,
    Shape,
    Sum,
    Where,
    actor,
    everything,
    memory_ports,
    nothing,
    where,
)
from educore.adapters.memory import MemoryStore
from educore.adapters.sql import Database, statements
from educore.assessment import Assignment, Exam, ExamResult, Grade, Submission
from educore.attendance import Attendance, AttendanceCorrection, AttendanceStatus
from educore.courses import Course
from educore.groups import Enrollment, Group
from educore.identity import CalendarFeed, Membership, User
from educore.kernel.entity import Hidden, is_archivable, is_marked, references, value_type
from educore.kernel.shape_compiler import compile_shape
from educore.kernel.store import Store
from educore.organization import Branch, BranchStatus, Center, Room
from educore.people import Student, StudentStatus, Teacher, TeacherRating
from educore.timetable import Series, Session
from educore.values import DEFAULT_REGION, Texts, Value, is_storable
from support.cast import KINDS
from support.raw_rows import delete_all_rows, insert_rows

WHEN = datetime(2024, 3, 1, 12, tzinfo=UTC)
NAMES = ["Анвар", "анвар", "ANVAR", "Anvar_2", "50% off", "a\\b", "a%b", "Ёлка", "é", "x'; --", "/", ""]
NAMES += ["Yoʻldosh", "yo‘ldosh’", "YO`L", "G'anı", "O´ktam ʼ"]
PARTS = ["анв", "АНВАР", "nva", "%", "_", "\\", "", "\0", "Ё", "É", "e\u0301", "/", "\ud83d"]
PARTS += ["'", "‘", "’", "ʻ", "ʼ", "`", "´", "YOʼL", "o'l"]
DAYS = [date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 29)]
CLOCK = [time(9), time(10, 30), time(23, 59, 59)]
AMOUNTS = [Decimal("0"), Decimal("0.01"), Decimal("10.00"), Decimal("999999999999.99")]
STRANGE: dict[type, list[Any]] = {
    int: [-1, 0, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**30],
    str: ["\0", "a\0b", "\ud83d", "%", "_", "\\", "/", "''"],
    Decimal: [Decimal("10.001"), Decimal("9.999"), Decimal("-1"), Decimal("1e30"), Decimal("-1e30"), Decimal("0.005")],
    date: [date(1, 1, 1), date(9999, 12, 31)],
    datetime: [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)],
    time: [time(0), time(9, 0, 1), time(9, 0, 0, 1), time(23, 59, 59, 999999)],
    bool: [],
}
ACTOR_ATTRIBUTES = ["user_id", "membership_id", "center_id", "student_id", "teacher_id"]

STAMPS = ("created_at", "updated_at", "rated_at", "marked_at", "corrected_at", "submitted_at")

# -- random worlds -------------------------------------------------------------------------------------

some_name = st.sampled_from(NAMES)
a_name = st.sampled_from([name for name in NAMES if name])


@st.composite
def worlds(draw: st.DrawFn) -> list[Entity]:
    """Rows in an order in which each refers only to earlier ones; ids count up from 1 per kind."""
    rows: list[Entity] = []
    made: dict[type[Entity], list[int]] = {kind: [] for kind in KINDS}

    def add(kind: type[Entity], **fields: Any) -> None:
        stamps: dict[str, datetime | None] = {name: WHEN for name in STAMPS if name in kind.model_fields}
        if is_archivable(kind):
            stamps["archived_at"] = draw(st.sampled_from([None, None, WHEN]))
        made[kind].append(len(made[kind]) + 1)
        rows.append(kind.model_validate({"id": 0, **stamps, **fields}))

    def one(kind: type[Entity]) -> int:
        return draw(st.sampled_from(made[kind]))

    def maybe(kind: type[Entity]) -> int | None:
        return draw(st.none() | st.sampled_from(made[kind])) if made[kind] else None

    def times(most: int) -> range:
        return range(draw(st.integers(0, most)))

    for _ in range(2):
        add(Center, name=draw(a_name), address=draw(some_name), **asdict(DEFAULT_REGION))
    for number in range(draw(st.integers(1, 4))):
        add(
            User,
            username=f"u{number}",
            center_id=maybe(Center),
            first_name=draw(some_name),
            last_name=draw(some_name),
            passport_number=draw(st.sampled_from([None, "AA12345"])),
            birthday=draw(st.none() | st.sampled_from(DAYS)),
        )
    seen = set()
    for _ in times(4):
        key = maybe(Center), one(User), draw(st.sampled_from([Role.DIRECTOR, Role.STUDENT, Role.TEACHER]))
        if key not in seen:
            seen.add(key)
            add(Membership, center_id=key[0], user_id=key[1], role=key[2], is_blocked=draw(st.booleans()))
    for number in range(draw(st.integers(1, 3))):
        add(
            Branch,
            center_id=one(Center),
            name=draw(a_name),
            manager_id=maybe(User),
            status=draw(st.sampled_from(BranchStatus)),
        )
        add(
            Room,
            center_id=one(Center),
            branch_id=number + 1,
            name=draw(a_name),
            capacity=draw(st.integers(1, 3)),
            equipment=draw(st.lists(a_name, max_size=2)),
        )
        add(
            Course,
            center_id=one(Center),
            name=f"{draw(a_name)}{number}",
            price=draw(st.sampled_from(AMOUNTS)),
            duration_months=draw(st.none() | st.integers(1, 3)),
            is_active=draw(st.booleans()),
        )
    people = [(c, u) for c in made[Center] for u in made[User]]
    for center, user in draw(st.lists(st.sampled_from(people), unique=True, max_size=3)):
        add(
            Teacher,
            center_id=center,
            user_id=user,
            branch_id=one(Branch),
            hourly_rate=draw(st.none() | st.sampled_from(AMOUNTS)),
            specialization=draw(some_name),
            hire_date=draw(st.none() | st.sampled_from(DAYS)),
        )
    for _ in times(3):
        add(
            Group,
            center_id=one(Center),
            branch_id=one(Branch),
            course_id=one(Course),
            teacher_id=maybe(Teacher),
            name=draw(a_name),
            capacity=draw(st.none() | st.integers(1, 3)),
            start_date=draw(st.none() | st.sampled_from(DAYS)),
        )
    for center, user in draw(st.lists(st.sampled_from(people), unique=True, max_size=4)):
        add(
            Student,
            center_id=center,
            user_id=user,
            branch_id=one(Branch),
            group_id=maybe(Group),
            status=draw(st.sampled_from(StudentStatus)),
            parent_name=draw(some_name),
            enrollment_date=draw(st.sampled_from(DAYS)),
        )
    if made[Group] and made[Student]:
        taken: set[tuple[int, int]] = set()
        for _ in times(5):
            place = one(Group), one(Student)
            left = draw(st.none() | st.sampled_from(DAYS)) if place not in taken else DAYS[-1]
            taken |= {place} if left is None else set()
            add(
                Enrollment,
                center_id=one(Center),
                group_id=place[0],
                student_id=place[1],
                enrolled_on=draw(st.sampled_from(DAYS)),
                left_on=left,
            )
    if made[Teacher]:
        for _ in times(2):
            add(
                TeacherRating,
                center_id=one(Center),
                teacher_id=one(Teacher),
                rated_by_id=maybe(User),
                rating=draw(st.sampled_from([Decimal("4.5"), Decimal("0")])),
                previous_rating=Decimal(0),
            )
    if made[Group]:
        for _ in times(2):
            add(
                Series,
                center_id=one(Center),
                group_id=one(Group),
                teacher_id=maybe(Teacher),
                weekdays=draw(st.sampled_from(["mon", "mon fri"])),
                first_date=DAYS[0],
                last_date=draw(st.sampled_from(DAYS)),
                start_time=CLOCK[0],
                end_time=draw(st.sampled_from(CLOCK[1:])),
            )
        days_marked: set[tuple[int, date]] = set()
        for number in range(draw(st.integers(0, 5))):
            day, group, untimed = draw(st.sampled_from(DAYS)), one(Group), draw(st.booleans())
            starts_at = datetime.combine(day, time(), UTC) + timedelta(hours=2 * number)  # nothing overlaps
            timing = {"start_time": CLOCK[0], "end_time": draw(st.sampled_from(CLOCK[1:])), "minutes": number + 1}
            timing |= {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
            add(
                Session,
                center_id=one(Center),
                group_id=group,
                teacher_id=maybe(Teacher),
                room_id=maybe(Room),
                series_id=maybe(Series),
                date=day,
                topic=draw(some_name),
                online_link=draw(st.sampled_from([None, "https://meet.example/1"])),
                is_cancelled=draw(st.booleans()) or (untimed and (group, day) in days_marked),
                **({} if untimed else timing),
            )
            days_marked |= {(group, day)} if untimed else set()
        for _ in times(2):
            add(
                Assignment,
                center_id=one(Center),
                group_id=one(Group),
                teacher_id=maybe(Teacher),
                title=draw(a_name),
                due_date=draw(st.sampled_from(DAYS)),
                status=draw(st.sampled_from(["assigned", "closed"])),
            )
            add(
                Exam,
                center_id=one(Center),
                group_id=one(Group),
                teacher_id=maybe(Teacher),
                title=draw(a_name),
                exam_date=draw(st.sampled_from(DAYS)),
                start_time=CLOCK[0],
                end_time=draw(st.sampled_from(CLOCK[1:])),
                total_points=draw(st.integers(2, 3)),
                passing_score=draw(st.integers(0, 2)),
            )

    def pairs(kind: type[Entity], most: int) -> list[tuple[int, int]]:
        both = [(id, student) for id in made[kind] for student in made[Student]]
        return draw(st.lists(st.sampled_from(both), unique=True, max_size=most)) if both else []

    statuses = st.sampled_from(AttendanceStatus)
    for session, student in pairs(Session, 5):
        whose = {"center_id": one(Center), "session_id": session, "student_id": student}
        add(Attendance, **whose, status=draw(statuses), notes=draw(some_name), marker_id=maybe(User))
        if draw(st.booleans()):
            after = draw(st.none() | statuses)
            add(AttendanceCorrection, **whose, status_before=draw(statuses), status_after=after)
    for assignment, student in pairs(Assignment, 3):
        whose = {"center_id": one(Center), "assignment_id": assignment, "student_id": student}
        grade = draw(st.none() | st.sampled_from([Decimal(0), Decimal("99.99")]))
        add(Submission, **whose, grade=grade, graded_at=grade and WHEN, file=draw(st.sampled_from([None, "a/b.pdf"])))
    for exam, student in pairs(Exam, 3):
        whose = {"center_id": one(Center), "exam_id": exam, "student_id": student}
        score = draw(st.none() | st.sampled_from([Decimal(0), Decimal("1.25")]))
        add(ExamResult, **whose, score=score, grade=draw(st.none() | st.sampled_from(Grade)))
    for number in times(2) if made[Membership] else ():
        whose = {"user_id": one(User), "membership_id": one(Membership), "student_id": maybe(Student)}
        add(CalendarFeed, center_id=one(Center), **whose, token_digest=str(number))
    return rows


# -- random questions ----------------------------------------------------------------------------------


def fields_of(kind: type[Entity]) -> list[str]:
    """The fields that anybody may name and by which rows are ordered, which no structured value is but a list."""
    open_fields = [name for name in kind.model_fields if not is_marked(kind, name, Hidden)]
    return [name for name in open_fields if not is_opaque(value_type(kind, name)[0])]


def is_opaque(python: type) -> bool:
    return issubclass(python, Value) and not python.reads_as_text


def values_for(kind: type[Entity], field: str) -> st.SearchStrategy[Any]:
    """Values of the right type that a row of the random worlds may have in a field, or none can have."""
    python, _ = value_type(kind, field)
    if issubclass(python, Enum):
        return st.sampled_from([*python, *(member.value for member in python)])
    usual: dict[type, list[Any]] = {
        int: [1, 2, 3],
        str: NAMES,
        bool: [True, False],
        Decimal: AMOUNTS,
        date: DAYS,
        time: CLOCK,
        datetime: [WHEN, datetime(2024, 1, 1, 4, tzinfo=UTC)],
    }
    return st.sampled_from(usual[python] * 2 + STRANGE[python])


@st.composite
def field_tests(draw: st.DrawFn, kind: type[Entity], prefix: str = "") -> Where:
    """One comparison of one field, straight or along a path."""
    field = draw(st.sampled_from(fields_of(kind)))
    python, _ = value_type(kind, field)
    operators = ["isnull"] if issubclass(python, Value) else ["eq", "in", "isnull"]
    if not issubclass(python, Enum | bool | Value):
        operators += ["gte", "lte"]
    if python in (str, Texts):
        operators += ["icontains", "icontains"]
    operator = draw(st.sampled_from(operators))
    if operator == "isnull":
        value: Any = draw(st.booleans())
    elif operator == "in":
        value = draw(st.lists(st.none() | values_for(kind, field), max_size=3))
    elif operator == "icontains":
        value = draw(st.sampled_from(PARTS))
    elif (field == "id" or field.endswith("_id")) and python is int and draw(st.booleans()):
        value = getattr(actor, draw(st.sampled_from(ACTOR_ATTRIBUTES)))
    else:
        value = draw(st.none() | values_for(kind, field)) if operator == "eq" else draw(values_for(kind, field))
        if operator in ("gte", "lte") and python is str and not is_storable(value):
            value = "a"  # what comes before and after texts that cannot exist is nobody's question
    return where(**{f"{prefix}{field}__{operator}": value})


def steps_from(kind: type[Entity]) -> list[tuple[str, type[Entity]]]:
    """Where one step can lead: along references, and back to the kinds that point here once."""
    forward = [
        (name.removesuffix("_id"), EDUCATION.target(kind, name.removesuffix("_id"))[1]) for name in references(kind)
    ]
    pointing = [other for other, _, _ in EDUCATION.referrers(kind)]
    return forward + [(other.__name__, other) for other in pointing if pointing.count(other) == 1]


@st.composite
def conditions(draw: st.DrawFn, kind: type[Entity], depth: int = 2) -> Where:
    """Anything the language can say about a kind."""
    form = draw(st.sampled_from(["field", "field", "path", "has", "lacks", "and", "or", "all", "none"]))
    steps = steps_from(kind)
    if depth == 0 or form == "field" or (not steps and form in ("path", "has", "lacks")):
        return draw(field_tests(kind))
    if form == "path":
        path = ""
        for _ in range(draw(st.integers(1, 2))):
            if not (steps := steps_from(kind)):
                break
            step, kind = draw(st.sampled_from(steps))
            path += f"{step}__"
        return draw(field_tests(kind, path))
    if form in ("has", "lacks"):
        step, other = draw(st.sampled_from(steps))
        return where(**{f"{step}__{form}": draw(conditions(other, depth - 1))})
    if form == "all":
        return everything
    if form == "none":
        return nothing
    one, other_one = draw(conditions(kind, depth - 1)), draw(conditions(kind, depth - 1))
    return one & other_one if form == "and" else one | other_one


ids = st.none() | st.integers(1, 3)
actors = st.builds(
    Actor,
    st.sampled_from([*Role, Role.SUPERADMIN, Role.SUPERADMIN, Role.DIRECTOR, Role.TEACHER, Role.STUDENT]),
    ids,
    ids,
    st.integers(1, 2) | st.none(),
    ids,
    ids,
)


@dataclass(frozen=True)
class Question:
    """What somebody wants to know."""

    kind: type[Entity]
    condition: Where
    action: str
    order: tuple[str, ...]
    order_along_paths: tuple[str, ...]
    limit: int | None
    offset: int
    field: str
    path: str
    number: str
    id: int


@st.composite
def paths(draw: st.DrawFn, kind: type[Entity], *, ordered: bool = False) -> str:
    """A field behind up to two references: "session.group.name"; if `ordered`, one whose values have an order."""
    steps = []
    for _ in range(draw(st.integers(0, 2))):
        if known := sorted(references(kind)):
            steps.append(draw(st.sampled_from(known)).removesuffix("_id"))
            _, kind = EDUCATION.target(kind, steps[-1])
    fields = [name for name in fields_of(kind) if not ordered or is_ordered(kind, name)]
    return ".".join([*steps, draw(st.sampled_from(fields))])


def is_ordered(kind: type[Entity], field: str) -> bool:
    """Whether the values can be compared in every database alike."""
    return value_type(kind, field)[0] in (int, Decimal, date, datetime, time)


def value_at(kind: type[Entity], path: str) -> type:
    """The type at the end of a dotted path."""
    return value_type(*EDUCATION.field_at(kind, tuple(path.split("."))))[0]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Something to ask of a world."""
    kind = draw(st.sampled_from([*KINDS, *(shape.of for shape in SHAPES)]))
    fields = fields_of(kind)
    order = draw(st.lists(st.sampled_from(fields + [f"-{field}" for field in fields]), max_size=2))
    return Question(
        kind,
        draw(conditions(kind)),
        draw(st.sampled_from(EDUCATION.policy(kind).actions())),
        tuple(order),
        tuple(draw(st.lists(st.builds(str.__add__, st.sampled_from(["", "-"]), paths(kind)), max_size=2))),
        draw(st.none() | st.integers(0, 4)),
        draw(st.integers(0, 2)),
        draw(st.sampled_from(fields)),
        draw(paths(kind)),
        draw(paths(kind, ordered=True)),
        draw(st.sampled_from([1, 2, 3, 99, 2**70])),
    )


# -- shapes --------------------------------------------------------------------------------------------


class UserOut(Shape, of=User):
    """A person; the passport number is for few."""

    full_name: Annotated[str, NameOf()]
    names: Annotated[str | None, Joined("first_name", "last_name")]
    passport_number: str | None
    birthday: date | None
    center_name: Annotated[str | None, From("center.name")]
    is_member: Annotated[bool, Count("Membership", where(is_blocked=False))]


class RatingLine(Shape, of=TeacherRating):
    """A rating, and who gave it."""

    rating: int
    rated_by: Annotated[str | None, NameOf("rated_by")]


class TeacherOut(Shape, of=Teacher):
    """A teacher; the hourly rate is for few."""

    id: int
    user: UserOut
    hourly_rate: Decimal | None
    groups: Annotated[int, Count("Group", where(Enrollment__has=where(left_on__isnull=True)))]
    ratings: Annotated[Decimal, Sum("TeacherRating", "rating", where(rated_by__username="u0"))]
    all_ratings: Annotated[list[RatingLine], Each("TeacherRating", order=("-rating", "rated_by.birthday"))]


class SeatLine(Shape, of=Enrollment):
    """A place in a group, with the marks of who has it."""

    student: Annotated[str, NameOf("student")]
    passport_number: Annotated[str | None, From("student.user.passport_number")]
    until: Annotated[date | None, From("left_on")]
    center_name: Annotated[str, From("group.center.name")]


class GroupOut(Shape, of=Group):
    """A group, its teacher if it has one, and how many sit in it."""

    id: int
    name: str
    start_date: date | None
    branch_name: Annotated[str, From("branch.name")]
    branch_status: Annotated[BranchStatus, From("branch.status")]
    teacher: TeacherOut | None
    teacher_name: Annotated[str | None, NameOf("teacher")]
    seated: Annotated[int, Count("Enrollment", where(left_on__isnull=True))]
    main_for: Annotated[int, Count("Student", where(status=StudentStatus.ACTIVE) | where(user__birthday__gte=DAYS[1]))]


class ListedGroup(Shape, of=Group):
    """A group and the lists of who has to do with it, as far as they may be read."""

    scoped = True

    teacher: TeacherOut | None
    seats: Annotated[list[SeatLine], Each("Enrollment", order=("-student.user.passport_number", "left_on"))]
    seated: Annotated[list[SeatLine], Each("Enrollment", where(left_on__isnull=True))]
    passports: Annotated[list[str], Each("Enrollment", shows="student.user.passport_number")]
    branches: Annotated[list[BranchStatus | None], Each("Student", order=("-branch.name",), shows="branch.status")]
    active: Annotated[list[date], Each("Student", where(status=StudentStatus.ACTIVE), shows="user.birthday")]


class BranchOut(Shape, of=Branch):
    """A branch with its groups, and so on."""

    groups: Annotated[list[ListedGroup], Each("Group", order=("course.price", "-teacher.hourly_rate"))]
    rooms: Annotated[list[int], Each("Room", where(capacity__gte=2), shows="capacity")]
    teachers: Annotated[list[UserOut], Each("Teacher", order=("-hourly_rate",), shows="user")]
    starts: Annotated[int, Count("Group", where(start_date__isnull=False))]


class CenterOut(Shape, of=Center):
    """A Center and what its teachers cost."""

    name: str
    rates: Annotated[Decimal, Sum("Teacher", "hourly_rate")]
    places: Annotated[int, Sum("Group", "capacity", where(status="active"))]
    people: Annotated[int, Count("Membership")]
    rates_paid: Annotated[list[Decimal], Each("Teacher", where(hourly_rate__gte=1), shows="hourly_rate")]


class StudentOut(Shape, of=Student):
    """A student with their main group, if they have one."""

    user: UserOut
    group: GroupOut | None
    status: StudentStatus


def told(*values: object) -> str:
    """Everything a value is made from, as it came; amounts that are equal are the same."""
    return repr([value.normalize() if isinstance(value, Decimal) else value for value in values])


class SessionOut(Shape, of=Session):
    """A session, and a sentence made of what is around it."""

    group: GroupOut
    start_time: time | None
    said: Annotated[
        str, Computed(told, "date", "start_time", "starts_at", "minutes", "is_cancelled", "teacher.hourly_rate")
    ]
    marks: Annotated[int, Count("Attendance", where(status="present") | where(student__user__first_name="Анвар"))]
    is_marked: Annotated[bool, Count("Attendance")]


class MarkOut(Shape, of=Attendance):
    """A mark, two references away from a group."""

    status: AttendanceStatus
    when: Annotated[str, Computed(told, "session.date", "session.end_time", "session.group.name", "student.status")]
    session: SessionOut


class ResultOut(Shape, of=ExamResult):
    """A result and what could be reached."""

    score: Decimal | None
    grade: Grade | None
    of_points: Annotated[int, From("exam.total_points")]
    said: Annotated[
        str, Computed(told, "score", "grade", "exam.exam_date", "exam.start_time", "graded_by.passport_number")
    ]


LEFT = where(left_on__gte=DAYS[1])


class ExamOut(Shape, of=Exam):
    """An exam and its scores."""

    scores: Annotated[Decimal, Sum("ExamResult", "score", where(grade__in=["A", "B"]))]
    free: Annotated[int, Count("ExamResult", where(exam__has=where(group__has=where(Enrollment__has=LEFT))))]


SHAPES: tuple[type[Shape], ...] = (
    UserOut,
    TeacherOut,
    GroupOut,
    ListedGroup,
    BranchOut,
    CenterOut,
    StudentOut,
    SessionOut,
    MarkOut,
    ResultOut,
    ExamOut,
)

# -- asking --------------------------------------------------------------------------------------------


def answers(store: Store, who: Actor, question: Question) -> dict[str, Any]:
    """Everything a store says to a question, refusals included."""
    q, school = question, Educore(store, memory_ports())
    condition = q.condition.bind(who)
    with school.work(who, read_only=True) as uow:
        page = {"order": q.order, "limit": q.limit, "offset": q.offset}
        said: dict[str, Any] = {
            "find": uow.find(q.kind, condition, **page),
            "find to": uow.find(q.kind, condition, to=q.action),
            "count": uow.count(q.kind, condition),
            "tally": uow.count_by(q.kind, q.field, condition),
            "tally along a path": uow.count_by(q.kind, q.path, condition),
            "tally of pairs": uow.count_by(q.kind, (q.field, q.path), condition),
            "tally of most": list(uow.count_by(q.kind, q.path, condition, limit=2).items()),
            "roughly": uow.count(q.kind, condition, cached=True),
            "why": uow.explain(q.action, q.kind.model_construct(id=q.id)),
        }
        ends, adds = (Aggregate("min", q.number), Aggregate("max", q.number)), []
        if value_at(q.kind, q.number) in (int, Decimal):
            said["total"] = typed(uow.sum(q.kind, q.number, condition))
            said["largest totals"] = typed(list(uow.sum_by(q.kind, q.number, q.path, condition, limit=2).items()))
            adds = [Aggregate("sum", q.number)]
        both = uow.aggregate_by(q.kind, (*ends, Aggregate("count"), *adds), (q.field, q.path), condition)
        said["aggregates of pairs"] = typed(both)
        said["aggregates of all"] = typed(
            uow.aggregate_by(q.kind, (Aggregate("count"), *ends), (), condition, to=q.action)
        )
        first = uow.aggregate_by(q.kind, ends[q.limit == 1 :], q.path, condition, limit=2, offset=q.offset)
        said["a page of groups"] = typed(list(first.items()))
        for shape in SHAPES:
            if shape.of is q.kind:
                said[shape.__name__] = typed(uow.select(shape, condition, **page))
                figures = compile_shape(shape, EDUCATION).figures
                orders = q.order_along_paths, *((f"-{name}", *q.order) for name in figures)
                for order in orders:
                    said[f"{shape.__name__} by {order}"] = typed(uow.select(shape, **page | {"order": order}))
        try:
            said["get"] = uow.get(q.kind, q.id, to=q.action, only=condition)
        except EducoreError as error:
            said["get"] = type(error), error.code, error.params
    return said


def typed(value: Any) -> Any:
    """Numbers with their kind, so that 3 and Decimal(3) differ, as they do in JSON."""
    if isinstance(value, dict):
        return {name: typed(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [typed(inner) for inner in value]
    return (type(value).__name__, value) if isinstance(value, int | Decimal | Enum) else value


@pytest.fixture(scope="module")
def few_rows_are_many() -> Iterator[None]:
    """Pages are found in every way there is, however few rows stand before them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "DEEP", 2)
        yield


@pytest.mark.long
@settings(max_examples=36, phases=[Phase.generate])
@given(rows=worlds(), who=actors, asked=st.lists(questions(), min_size=20, max_size=20))
def test_three_stores_answer_alike(
    few_rows_are_many: None, databases: list[Database], rows: list[Entity], who: Actor, asked: list[Question]
) -> None:
    memory = MemoryStore(EDUCATION)
    insert_rows(memory, rows)
    for database in databases:
        delete_all_rows(database)
        insert_rows(database.store, rows)
    for question in asked:
        expected = answers(memory, who, question)
        for database in databases:
            assert answers(database.store, who, question) == expected, f"{database.engine.dialect.name}: {question}"
