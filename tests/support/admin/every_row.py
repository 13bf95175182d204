"""Rows for every screen of the admin in both Centers of the town, each Center's with its name in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Any

from educore import Role, UnitOfWork, perform, where
from educore.admissions import Lead
from educore.identity import Membership
from educore.imports import Import
from educore.messaging import NotificationType, notify
from educore.organization import Center, CenterKind
from educore.people import Teacher, register_staff, sign_in
from educore.timetable import Series
from support.admin.lessons import add_lessons
from support.admin.office import add_office_rows
from support.admin.structure import (
    add_structure,
    archive_rows,
    flag_absence,
    miss_lesson,
    reward,
    save_report,
    set_homework,
    write_lesson,
)
from support.admin.town import PASSWORD, Place, World, build_town


def build_full_town() -> World:
    """Return a town in which every screen has a row of Registon and a row of Zukko."""
    world = build_town(kind=CenterKind.SCHOOL)
    archive_rows(world, add_structure(world))
    add_lessons(world)
    add_office_rows(world)
    for place, word in ((world.registon, "Registon"), (world.zukko, "Zukko")):
        with world.as_boss() as uow:
            manager = _add_staff(uow, place, word)
            _add_series(uow, place)
            flag_absence(uow, place, word)
            miss_lesson(uow, place)
            save_report(uow, place, word)
            set_homework(uow, place, word)
            write_lesson(uow, place, word)
            reward(uow, place.center, place.student, word)
            perform(uow, Teacher, "rate", place.teacher, {"rating": 4})
            director = uow.get(Membership, place.director).user_id or 0
            _add_lead(uow, place, word, manager)
            uow.add(
                Import,
                {
                    "center_id": place.center,
                    "made_by_id": director,
                    "kind": "students",
                    "file_name": f"{word}.csv",
                    "rows": 1,
                },
            )
            notify(
                uow,
                [uow.get(Teacher, place.teacher).user_id],
                center_id=place.center,
                kind=NotificationType.GENERAL,
                title=f"{word} news",
                message="Come at nine",
            )
        sign_in(world.school, username=f"dilnoza-{word[0].lower()}", password=PASSWORD)
    return world


def rows_of_center(world: World, screen: Any, center_id: int) -> list[int]:
    """Return the ids of the rows of a screen that belong to a Center, whoever may see them."""
    owner = "id" if screen.kind is Center else "center_id"
    transaction = world.database.store.begin(read_only=True)
    try:
        return [row.id for row in transaction.find(screen.kind, where(**{owner: center_id}) & screen.only)]
    finally:
        transaction.rollback()


def references_of(screen: Any) -> Iterator[tuple[str, Any]]:
    """Return every question of the screen that names a row, with the name of the form that asks it."""
    forms = {"create": screen.create, "edit": screen.edit} | {a.name: a.questions for a in screen.all_actions()}
    for form, questions in forms.items():
        for question in questions:
            if question.target:
                yield form, question


def _add_staff(uow: UnitOfWork, place: Place, word: str) -> int | None:
    """Add an admin and a manager; return the account of the manager."""
    members = [
        register_staff(
            uow,
            account={"username": f"{role}-{word.lower()}", "first_name": "Munira", "last_name": word},
            role=role,
            center_id=place.center,
        )
        for role in (Role.ADMIN, Role.MANAGER)
    ]
    return members[-1].user_id


def _add_series(uow: UnitOfWork, place: Place) -> None:
    days = {"first_date": date(2024, 3, 4), "last_date": date(2024, 3, 10), "weekdays": "mon"}
    hours = {"start_time": time(16), "end_time": time(17)}
    perform(uow, Series, "create", fields={"group_id": place.group, "room_id": place.room, **days, **hours})


def _add_lead(uow: UnitOfWork, place: Place, word: str, manager: int | None) -> None:
    links = {"branch_id": place.branch, "course_id": place.course, "assigned_to_id": manager}
    perform(uow, Lead, "create", fields={"name": f"{word} friend", "phone": "+998911112233", **links})
