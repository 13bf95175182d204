"""Branches, groups and students that a sheet names: looked up all at once, in the Center of the import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from educore.groups.entities import Group
from educore.identity.entities import User
from educore.imports.columns import normalize_name
from educore.imports.sheet import Sheet
from educore.kernel.conditions import where
from educore.kernel.entity import Entity
from educore.kernel.errors import Problem
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
    """Return the students that the column `student` names, by user name or phone; others become problems.

    A phone that several students share is a problem too, which lists their user names.
    """
    texts = {row.values["student"] for row in sheet.rows if "student" in row.values}
    phones = {text: phone for text in texts if (phone := complete_phone(text, country=sheet.country))}
    of_center = where(Student__has=where(center_id=sheet.center_id))
    is_named = where(username__in={text.lower() for text in texts}) | where(phone__in=set(phones.values()))
    users = sheet.uow.find(User, of_center & is_named)
    of_users = where(center_id=sheet.center_id, user_id__in={user.id for user in users})
    students = {student.user_id: student.id for student in sheet.uow.find(Student, of_users)}
    by_username = {user.username: students[user.id] for user in users if user.id in students}
    by_phone: defaultdict[str | None, list[int]] = defaultdict(list)
    for user in users:
        by_phone[user.phone] += [students[user.id]] if user.id in students else []
    usernames = {id: username for username, id in by_username.items()}

    def find(text: str) -> list[int]:
        own = by_username.get(text.lower())
        return [own] if own else by_phone[phones[text]] if text in phones else []

    def explain(text: str, ids: list[int]) -> Problem:
        names = ", ".join(sorted(usernames[id] for id in ids))
        return Problem("several_with_phone", {"phone": phones[text], "usernames": names})

    return _resolve(sheet, "student", find, explain)


def _resolve_by_name(sheet: Sheet, column: str, entities: Iterable[Entity]) -> IdsByRow:
    """Resolve names, and ids where no name matches: only an id tells rows of the same name apart."""
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    by_id: dict[str, list[int]] = {}
    for entity in entities:
        name = str(entity.name)  # type: ignore[attr-defined]  # branches and groups have names
        by_name[normalize_name(name)].append(entity.id)
        by_id[str(entity.id)] = [entity.id]
    return _resolve(sheet, column, lambda text: by_name.get(normalize_name(text)) or by_id.get(text.lstrip("#"), []))


def _several_so_named(text: str, ids: list[int]) -> Problem:
    return Problem("several_so_named", {"name": text, "numbers": ", ".join(map(str, sorted(ids)))})


def _resolve(
    sheet: Sheet,
    column: str,
    find: Callable[[str], list[int]],
    explain: Callable[[str, list[int]], Problem] = _several_so_named,
) -> IdsByRow:
    """Return the one id that each row names; `explain` gives the problem of a text that names several."""
    resolved: IdsByRow = {}
    for row in sheet.rows:
        if (text := row.values.get(column)) is None:
            continue
        ids = find(text)
        if len(ids) == 1:
            resolved[row.number] = ids[0]
        else:
            problem = explain(text, ids) if ids else Problem("unknown_name", {"name": text})
            sheet.refuse(row, column, problem.code, **problem.params)
    return resolved
