"""Branches, groups and students that a sheet names: looked up all at once, in the Center of the import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from educore.groups.entities import Group
from educore.identity.entities import User
from educore.imports.columns import normalize_name
from educore.imports.sheet import Sheet, SheetRow
from educore.kernel.conditions import where
from educore.kernel.entity import Entity
from educore.organization.entities import Branch
from educore.people.entities import Student
from educore.values import complete_phone

IdsByRow = dict[int, int]
"""The id that each row of a sheet names, by the number of the row."""


def resolve_groups(sheet: Sheet) -> IdsByRow:
    """Return the groups that the column `group` names; unknown names become problems of the sheet."""
    return _resolve_by_name(sheet, "group", sheet.uow.find(Group, where(center_id=sheet.center_id)))


def resolve_branches(sheet: Sheet) -> IdsByRow:
    """Return the branches that the column `branch` names; unknown names become problems of the sheet."""
    return _resolve_by_name(sheet, "branch", sheet.uow.find(Branch, where(center_id=sheet.center_id)))


def resolve_students(sheet: Sheet) -> IdsByRow:
    """Return the students that the column `student` names, by user name or phone; others become problems."""
    texts = {row.values["student"] for row in sheet.rows if "student" in row.values}
    phones = {text: phone for text in texts if (phone := complete_phone(text, country=sheet.country))}
    of_center = where(Student__has=where(center_id=sheet.center_id))
    is_named = where(username__in={text.lower() for text in texts}) | where(phone__in=set(phones.values()))
    users = sheet.uow.find(User, of_center & is_named)
    of_users = where(center_id=sheet.center_id, user_id__in={user.id for user in users})
    students = {student.user_id: student.id for student in sheet.uow.find(Student, of_users)}
    known = {user.phone: students[user.id] for user in users if user.phone and user.id in students}
    known |= {user.username: students[user.id] for user in users if user.id in students}

    def find(text: str) -> list[int]:
        found = known.get(text.lower()) or known.get(phones.get(text, ""))
        return [found] if found else []

    return _resolve(sheet, "student", find)


def _resolve_by_name(sheet: Sheet, column: str, entities: Iterable[Entity]) -> IdsByRow:
    """Resolve names, and ids where no name matches: only an id tells rows of the same name apart."""
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    by_id: dict[str, list[int]] = {}
    for entity in entities:
        name = str(entity.name)  # type: ignore[attr-defined]  # branches and groups have names
        by_name[normalize_name(name)].append(entity.id)
        by_id[str(entity.id)] = [entity.id]
    return _resolve(sheet, column, lambda text: by_name.get(normalize_name(text)) or by_id.get(text.lstrip("#"), []))


def _resolve(sheet: Sheet, column: str, find: Callable[[str], list[int]]) -> IdsByRow:
    resolved: IdsByRow = {}
    for row in sheet.rows:
        if (text := row.values.get(column)) is None:
            continue
        ids = find(text)
        if len(ids) == 1:
            resolved[row.number] = ids[0]
        else:
            _refuse(sheet, row, column, text, ids)
    return resolved


def _refuse(sheet: Sheet, row: SheetRow, column: str, text: str, ids: list[int]) -> None:
    if ids:
        sheet.refuse(row, column, "several_so_named", name=text, numbers=", ".join(map(str, sorted(ids))))
    else:
        sheet.refuse(row, column, "unknown_name", name=text)
