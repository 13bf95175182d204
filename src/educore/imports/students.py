"""Students from a table: each with an account and, if named, a place in a group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from educore.groups.entities import Enrollment
from educore.groups.seats import count_seats_left, group_full_error
from educore.groups.students import register_student, remove_student
from educore.identity.entities import User
from educore.imports.columns import Column, as_text, as_type, day, phone
from educore.imports.entities import ImportedRow
from educore.imports.names import branches_of, groups_of
from educore.imports.sheet import CellProblem, Line, Made, Piece, Sheet, refuse_twice
from educore.kernel.conditions import where
from educore.kernel.entity import OnDelete
from educore.kernel.errors import Problem
from educore.kernel.policy import PLATFORM
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student
from educore.values import Day, Email, NewPassword, PersonName, Phone, Username

ACCOUNT = ("username", "password", "first_name", "last_name", "email", "phone")
OWN = ("parent_name", "parent_phone", "enrollment_date")
UNIQUE = ("username", "email", "phone")
PLACES = {"branch_id": "branch", "group_id": "group"}

COLUMNS = (
    Column(
        "username",
        as_type(Username),
        required=True,
        also=("login", "логин", "имя пользователя", "foydalanuvchi nomi"),
    ),
    Column("password", as_type(NewPassword), also=("пароль", "parol")),
    Column("first_name", as_type(PersonName), also=("имя", "ism", "ismi")),
    Column("last_name", as_type(PersonName), also=("фамилия", "familiya", "familiyasi")),
    Column("email", as_type(Email), also=("e-mail", "почта", "эл. почта", "электронная почта", "elektron pochta")),
    Column("phone", as_type(Phone, told=phone), also=("телефон", "telefon", "telefon raqami")),
    Column("branch", as_text, required=True, also=("филиал", "filial")),
    Column("group", as_text, also=("группа", "guruh")),
    Column("parent_name", as_type(PersonName), also=("родитель", "имя родителя", "ota-ona", "ota-onasi")),
    Column(
        "parent_phone", as_type(Phone, told=phone), also=("телефон родителя", "телефон родителей", "ota-ona telefoni")
    ),
    Column("enrollment_date", as_type(Day, told=day), also=("дата зачисления", "дата приёма", "qabul sanasi")),
)  # fmt: skip

EXAMPLES = (
    {
        "username": "nodira", "first_name": "Nodira", "last_name": "Karimova", "phone": "+998901112233",
        "branch": "Main", "group": "English A1", "parent_name": "Karim Karimov", "parent_phone": "+998901112244",
        "enrollment_date": "2024-09-01",
    },
    {"username": "jasur", "first_name": "Jasur", "last_name": "Aliyev", "branch": "Main"},
)  # fmt: skip


def plan(sheet: Sheet) -> list[Piece]:
    """Every line by itself. Whoever fills groups takes them in order, so that two never wait in a ring."""
    for column in UNIQUE:
        refuse_twice(sheet, column)
    branches, groups = branches_of(sheet), groups_of(sheet)
    clean = sheet.clean()
    _refuse_taken(sheet)
    for line in clean:
        line.values |= {"branch_id": branches[line.number], "group_id": groups.get(line.number)}
    sheet.seats = count_seats_left(sheet.uow, set(groups.values()))
    return [[line] for line in sorted(clean, key=lambda line: (line.values["group_id"] or 0, line.number))]


def hold(uow: UnitOfWork, pieces: Sequence[Piece]) -> None:
    """Nothing: new students are nobody else's yet, and each group is held when its turn comes."""


def take_in(sheet: Sheet, piece: Piece) -> None:
    """Register a student; in a trial, those before them who were given up by now still have their seats."""
    (line,) = piece
    group_id = line.values["group_id"]
    with sheet.trying([line], PLACES):
        account, own = _some(line, ACCOUNT), _some(line, OWN)
        student = register_student(
            sheet.uow, account=account, branch_id=line.values["branch_id"], group_id=group_id, **own
        )
        if sheet.is_trial and sheet.seats.get(group_id, 1) < 1:
            raise group_full_error(sheet.uow, group_id)
        sheet.made.append(Made(line.number, student.id))
        if group_id in sheet.seats:
            sheet.seats[group_id] -= 1


def in_the_way(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Problem]:
    """What depends on students by now, by the number of their line: one statement for each kind that may.

    The platform looks: what keeps a student here need not be the actor's to see. The rest is held from now on.
    """
    numbers = {row.row_id: row.number for row in rows}
    uow.find(Student, where(id__in=numbers), lock=True, order=("id",))
    platform, depending = uow.as_actor(PLATFORM), dict[int, dict[str, int]]()
    for kind, field, reference in uow.domain.referrers(Student):
        if reference.on_delete is OnDelete.REFUSE and kind is not Enrollment:  # a student's places go with them
            for id, count in platform.count_by(kind, field, where(**{f"{field}__in": numbers.keys()})).items():
                depending.setdefault(numbers[id], {})[kind.__name__] = count
    return {number: Problem("in_use", {"kind": "Student", "by": by}) for number, by in depending.items()}


def take_back(uow: UnitOfWork, row: ImportedRow, *, is_unfinished: bool) -> None:
    """Remove the student, if they are still there, with their account."""
    for student in uow.find(Student, where(id=row.row_id), to="delete"):
        remove_student(uow, student)


def _some(line: Line, names: Sequence[str]) -> dict[str, Any]:
    return {name: line.values[name] for name in names if name in line.values}


def _refuse_taken(sheet: Sheet) -> None:
    """Of lines that are wrong anyway, and so are not tried, say at least which of their names others have."""
    told: defaultdict[int, set[str]] = defaultdict(set)
    for problem in sheet.problems:
        told[problem.row].add(problem.column)
    for line in (line for line in sheet.lines if line.number in told):
        given = {name: value for name, value in _some(line, UNIQUE).items() if name not in told[line.number]}
        for name, found in sheet.uow.find_problems(User, given).items() if given else ():
            sheet.problems += [CellProblem(line.number, name, problem) for problem in found]
