"""The importer of students: each row is a student with an account and, if named, a seat in a group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from educore.groups.entities import Enrollment
from educore.groups.seats import count_seats_left, group_full_error
from educore.groups.students import register_student, remove_student
from educore.identity.entities import User
from educore.imports.columns import ImportColumn, normalize_date, read_text, value_reader
from educore.imports.entities import ImportedRow
from educore.imports.importer import Importer
from educore.imports.lookups import resolve_branches, resolve_groups
from educore.imports.sheet import CellProblem, RowGroup, RowResult, Sheet, SheetRow, refuse_duplicates
from educore.kernel.conditions import where
from educore.kernel.entity import OnDelete
from educore.kernel.errors import Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student
from educore.values import Day, Email, NewPassword, PersonName, Phone, Username

ACCOUNT_FIELDS = ("username", "password", "first_name", "last_name", "email", "phone")
STUDENT_FIELDS = ("parent_name", "parent_phone", "enrollment_date")
UNIQUE_FIELD = "username"
_FIELD_TO_COLUMN = {"branch_id": "branch", "group_id": "group"}

_COLUMNS = (
    ImportColumn(
        "username",
        value_reader(Username),
        required=True,
        aliases=("login", "логин", "имя пользователя", "foydalanuvchi nomi"),
    ),
    ImportColumn("password", value_reader(NewPassword), aliases=("пароль", "parol")),
    ImportColumn("first_name", value_reader(PersonName), aliases=("имя", "ism", "ismi")),
    ImportColumn("last_name", value_reader(PersonName), aliases=("фамилия", "familiya", "familiyasi")),
    ImportColumn(
        "email", value_reader(Email), aliases=("e-mail", "почта", "эл. почта", "электронная почта", "elektron pochta")
    ),
    ImportColumn("phone", value_reader(Phone), aliases=("телефон", "telefon", "telefon raqami")),
    ImportColumn("branch", read_text, required=True, aliases=("филиал", "filial")),
    ImportColumn("group", read_text, aliases=("группа", "guruh")),
    ImportColumn("parent_name", value_reader(PersonName), aliases=("родитель", "имя родителя", "ota-ona", "ota-onasi")),
    ImportColumn(
        "parent_phone", value_reader(Phone), aliases=("телефон родителя", "телефон родителей", "ota-ona telefoni")
    ),
    ImportColumn(
        "enrollment_date",
        value_reader(Day, normalize=normalize_date),
        aliases=("дата зачисления", "дата приёма", "qabul sanasi"),
    ),
)

_EXAMPLES = (
    {
        "username": "nodira", "first_name": "Nodira", "last_name": "Karimova",
        "branch": "Main", "group": "English A1", "parent_name": "Karim Karimov",
        "enrollment_date": "2024-09-01",
    },
    {"username": "jasur", "first_name": "Jasur", "last_name": "Aliyev", "branch": "Main"},
)  # fmt: skip


def _plan_rows(sheet: Sheet) -> list[RowGroup]:
    """Return each row by itself, ordered by group, so that two imports lock groups in the same order."""
    refuse_duplicates(sheet, UNIQUE_FIELD)
    branches, groups = resolve_branches(sheet), resolve_groups(sheet)
    valid = sheet.valid_rows()
    _check_usernames_of_refused_rows(sheet)
    for row in valid:
        row.values |= {"branch_id": branches[row.number], "group_id": groups.get(row.number)}
    sheet.seats = count_seats_left(sheet.uow, set(groups.values()))
    return [[row] for row in sorted(valid, key=lambda row: (row.values["group_id"] or 0, row.number))]


def _lock_rows(uow: UnitOfWork, groups: Sequence[RowGroup]) -> None:
    """Lock nothing: new students have no rows yet, and `register_student` locks the group of each."""


def _import_rows(sheet: Sheet, group: RowGroup) -> None:
    """Register a student. A trial also counts the seats that earlier rows took, because these were rolled back."""
    (row,) = group
    group_id = row.values["group_id"]
    with sheet.collect_errors([row], _FIELD_TO_COLUMN):
        account, own = _select(row, ACCOUNT_FIELDS), _select(row, STUDENT_FIELDS)
        student = register_student(
            sheet.uow, account=account, branch_id=row.values["branch_id"], group_id=group_id, **own
        )
        if sheet.is_trial and sheet.seats.get(group_id, 1) < 1:
            raise group_full_error(sheet.uow, group_id)
        sheet.results.append(RowResult(row.number, student.id))
        if group_id in sheet.seats:
            sheet.seats[group_id] -= 1


def _find_revert_blockers(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Problem]:
    """Return the students that other rows refer to, by row number, and lock all students of the rows.

    Takes one statement for each kind of referring rows. They are read as the platform, because the actor need not be
    allowed to see them.
    """
    numbers = {row.row_id: row.number for row in rows}
    uow.find(Student, where(id__in=numbers), lock=True, order=("id",))
    platform, counts = uow.as_platform(), dict[int, dict[str, int]]()
    for kind, field, reference in uow.domain.referrers(Student):
        if reference.on_delete is OnDelete.REFUSE and kind is not Enrollment:  # these go with the student
            for id, count in platform.count_by(kind, field, where(**{f"{field}__in": numbers.keys()})).items():
                counts.setdefault(numbers[id], {})[kind.__name__] = count
    return {number: Problem("in_use", {"kind": "Student", "by": by}) for number, by in counts.items()}


def _revert_row(uow: UnitOfWork, row: ImportedRow, *, is_unfinished: bool) -> None:
    """Remove the student with the account, unless the student is gone already."""
    for student in uow.find(Student, where(id=row.row_id), to="delete"):
        remove_student(uow, student)


STUDENTS = Importer(_COLUMNS, _EXAMPLES, _plan_rows, _lock_rows, _import_rows, _find_revert_blockers, _revert_row)


def _select(row: SheetRow, names: Sequence[str]) -> dict[str, Any]:
    return {name: row.values[name] for name in names if name in row.values}


def _check_usernames_of_refused_rows(sheet: Sheet) -> None:
    """Check the user names of rows that have other problems, because these rows are not tried."""
    refused: defaultdict[int, set[str]] = defaultdict(set)
    for problem in sheet.problems:
        refused[problem.row].add(problem.column)
    for row in (row for row in sheet.rows if row.number in refused):
        fields = _select(row, () if UNIQUE_FIELD in refused[row.number] else (UNIQUE_FIELD,))
        for name, found in sheet.uow.find_problems(User, fields).items() if fields else ():
            sheet.problems += [CellProblem(row.number, name, problem) for problem in found]
