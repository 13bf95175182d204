"""Which branch, group or student a table means by a name: looked up all at once, in the Center it is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from educore.groups.entities import Group
from educore.identity.entities import User
from educore.imports.columns import as_type, phone, same_name
from educore.imports.sheet import Line, Sheet
from educore.kernel.conditions import where
from educore.kernel.entity import Entity
from educore.kernel.errors import Invalid
from educore.organization.entities import Branch
from educore.people.entities import Student
from educore.values import Phone

Ids = dict[int, int]
"""The ids that lines mean, by the number of the line."""

_as_phone = as_type(Phone, told=phone)


def groups_of(sheet: Sheet) -> Ids:
    """The groups that the column `group` names; unknown names are refused."""
    return _by_name(sheet, "group", sheet.uow.find(Group, where(center_id=sheet.center_id)))


def branches_of(sheet: Sheet) -> Ids:
    """The branches that the column `branch` names; unknown names are refused."""
    return _by_name(sheet, "branch", sheet.uow.find(Branch, where(center_id=sheet.center_id)))


def students_of(sheet: Sheet) -> Ids:
    """The students that the column `student` names by user name or phone; unknown ones are refused."""
    given = {line.values["student"] for line in sheet.lines if "student" in line.values}
    phones = {text: found for text in given if (found := _phone_in(text))}
    here = where(Student__has=where(center_id=sheet.center_id))
    named = where(username__in={text.lower() for text in given}) | where(phone__in=set(phones.values()))
    users = sheet.uow.find(User, here & named)
    whose = where(center_id=sheet.center_id, user_id__in={user.id for user in users})
    students = {student.user_id: student.id for student in sheet.uow.find(Student, whose)}
    known = {user.phone: students[user.id] for user in users if user.phone and user.id in students}
    known |= {user.username: students[user.id] for user in users if user.id in students}

    def meant(text: str) -> list[int]:
        found = known.get(text.lower()) or known.get(phones.get(text, ""))
        return [found] if found else []

    return _resolved(sheet, "student", meant)


def _by_name(sheet: Sheet, column: str, rows: Iterable[Entity]) -> Ids:
    """By name, and by number where no name fits: only a number tells namesakes apart."""
    ids: defaultdict[str, list[int]] = defaultdict(list)
    numbers: dict[str, list[int]] = {}
    for row in rows:
        ids[same_name(str(row.name))].append(row.id)  # type: ignore[attr-defined]  # branches and groups have names
        numbers[str(row.id)] = [row.id]
    return _resolved(sheet, column, lambda text: ids.get(same_name(text)) or numbers.get(text.lstrip("#"), []))


def _resolved(sheet: Sheet, column: str, meant: Callable[[str], list[int]]) -> Ids:
    found: Ids = {}
    for line in sheet.lines:
        if (text := line.values.get(column)) is None:
            continue
        ids = meant(text)
        if len(ids) == 1:
            found[line.number] = ids[0]
        else:
            _refuse(sheet, line, column, text, ids)
    return found


def _refuse(sheet: Sheet, line: Line, column: str, text: str, ids: list[int]) -> None:
    if ids:
        sheet.refuse(line, column, "several_so_named", name=text, numbers=", ".join(map(str, sorted(ids))))
    else:
        sheet.refuse(line, column, "unknown_name", name=text)


def _phone_in(text: str) -> str | None:
    try:
        return str(_as_phone(text))
    except Invalid:
        return None
