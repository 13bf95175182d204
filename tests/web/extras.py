"""What the API tests need beside the cast: telephone numbers, spare rows, and people who may not come in.

Nukus     a center with nobody in it
Khiva     a center that was deactivated after its director Karim had signed in
Bahrom    an admin in Tashkent, blocked after he had signed in
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from educore import (
    Center,
    Course,
    Educore,
    Membership,
    Role,
    Student,
    User,
    block_member,
    create_center,
    deactivate_center,
    register_director,
    register_staff,
    where,
)
from world import ROOT, Town, World, account


@dataclass(frozen=True)
class Extras:
    """The ids of what was added."""

    nukus: int
    khiva: int
    spare_course: dict[int, int]
    bahrom: int
    people: tuple[str, ...] = ("bahrom", "karim")

    def shut_out(self, school: Educore) -> None:
        """Block Bahrom and deactivate Khiva."""
        with school.work(ROOT) as uow:
            block_member(uow, uow.get(Membership, self.bahrom))
            deactivate_center(uow, uow.get(Center, self.khiva))


def add_extras(school: Educore, world: World) -> Extras:
    """Add all of it."""
    with school.work(ROOT) as uow:
        nukus, khiva = (create_center(uow, name=f"{name} School") for name in ("Nukus", "Khiva"))
        register_director(uow, account=account("Karim"), center_id=khiva.id)
        bahrom = register_staff(uow, account=account("Bahrom"), role=Role.ADMIN, center_id=world.tashkent.center.id)
        towns = (world.tashkent, world.samarkand)
        spare = {
            town.center.id: uow.add(Course, center_id=town.center.id, name="Chess", created_at=uow.ports.clock.now()).id
            for town in towns
        }
    for number, town in enumerate(towns, start=1):
        _tell_more(school, town, number)
    return Extras(nukus.id, khiva.id, spare, bahrom.id)


def _tell_more(school: Educore, town: Town, number: int) -> None:
    """Give everybody in a town a telephone, an address and a passport of their own."""
    with school.work(ROOT) as uow:
        place = town.center.name.split()[0].lower()
        uow.change(uow.get(Center, town.center.id), phone=f"+9987{number}0001000", email=f"office@{place}.uz")
        for user in uow.find(User, where(center_id=town.center.id)):
            uow.change(
                user,
                phone=f"+9989{number}{user.id:07}",
                email=f"{user.username}@{place}.uz",
                last_name=f"{user.first_name}{'ov' if number == 1 else 'iy'}",
                passport_number=f"A{number}{user.id:07}",
                birthday=date(1990, number, user.id),
            )
        for student in uow.find(Student, where(center_id=town.center.id)):
            uow.change(
                student, parent_name=f"Parent{place.title()}{student.id}", parent_phone=f"+9983{number}{student.id:07}"
            )
