"""Running Centers, branches and rooms."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from educore.identity.entities import Membership, User
from educore.kernel.conditions import Where, everything, where
from educore.kernel.errors import Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Branch, BranchStatus, Center, CenterStatus, Room


def create_center(uow: UnitOfWork, *, director_id: int | None = None, **fields: Any) -> Center:
    """Open a Center; a director named here moves to it (center_crm C37).

    Raises: Conflict("taken") on license_number; Invalid("not_a_director") on director_id.
    """
    center = uow.add(Center, **fields)
    return center if director_id is None else appoint_director(uow, center, membership_id=director_id)


def change_center(uow: UnitOfWork, center: Center, **fields: Any) -> Center:
    """Change a Center; naming another main director moves that director to it.

    Raises: Conflict("taken") on license_number; Invalid("not_a_director") on director_id.
    """
    director_id = fields.pop("director_id", center.director_id)
    center = uow.change(center, **fields)
    if director_id == center.director_id:
        return center
    if director_id is None:
        return uow.change(center, director_id=None)
    return appoint_director(uow, center, membership_id=director_id)


def appoint_director(uow: UnitOfWork, center: Center, *, membership_id: int) -> Center:
    """Make a director the main one of a Center; coming from another Center, they leave that one.

    Raises: Invalid("not_a_director") on director_id.
    """
    found = uow.find(Membership, where(id=membership_id, role=Role.DIRECTOR), limit=1)
    if not found:
        raise Invalid.because("director_id", "not_a_director", id=membership_id)
    if found[0].center_id != center.id:
        move_director(uow, found[0], center_id=center.id)
    return uow.change(uow.get(Center, center.id), director_id=membership_id)


def move_director(uow: UnitOfWork, director: Membership, *, center_id: int) -> Membership:
    """Move a director to another Center, which gets them as its main one if it has none.

    Raises: Invalid("unknown_id") on center_id.
    """
    moved = uow.change(director, center_id=center_id)
    uow.change(uow.get(User, director.user_id), center_id=center_id)
    for left in uow.find(Center, where(director_id=director.id)):
        uow.change(left, director_id=None)
    appoint_if_vacant(uow, moved)
    return moved


def appoint_if_vacant(uow: UnitOfWork, director: Membership) -> None:
    """Make a director the main one of their Center if it has none and the actor may say so."""
    for center in uow.find(Center, where(id=director.center_id, director_id__isnull=True), to="update"):
        uow.change(center, director_id=director.id)


def activate_center(uow: UnitOfWork, center: Center) -> Center:
    """Let the people of a Center sign in (again)."""
    return uow.change(center, to="activate", status=CenterStatus.ACTIVE)


def deactivate_center(uow: UnitOfWork, center: Center) -> Center:
    """Keep the people of a Center out; its data stays."""
    return uow.change(center, to="deactivate", status=CenterStatus.INACTIVE)


def create_branch(uow: UnitOfWork, *, manager_id: int | None = None, **fields: Any) -> Branch:
    """Open a branch. Raises: Invalid("not_a_manager") on manager_id."""
    branch = uow.add(Branch, **fields)
    return change_branch(uow, branch, manager_id=manager_id)


def change_branch(uow: UnitOfWork, branch: Branch, **fields: Any) -> Branch:
    """Change a branch. Raises: Invalid("not_a_manager") on manager_id."""
    manager_id = fields.get("manager_id")
    if manager_id not in (None, branch.manager_id) and not is_manager(uow, manager_id, center_id=branch.center_id):
        raise Invalid.because("manager_id", "not_a_manager", id=manager_id)
    return uow.change(branch, **fields)


def is_manager(uow: UnitOfWork, user_id: int, *, center_id: int) -> bool:
    """Whether somebody is a manager of a Center."""
    return uow.count(Membership, where(user_id=user_id, center_id=center_id, role=Role.MANAGER)) > 0


def open_branch(uow: UnitOfWork, branch: Branch) -> Branch:
    """Let a branch take new groups and students."""
    return uow.change(branch, to="open", status=BranchStatus.OPEN)


def close_branch(uow: UnitOfWork, branch: Branch) -> Branch:
    """Keep new groups and students out of a branch; running groups go on."""
    return uow.change(branch, to="close", status=BranchStatus.CLOSED)


def get_or_create_main_branch(uow: UnitOfWork, *, center_id: int) -> Branch:
    """The branch of those who name none: the first open one; a Center without any gets one called after itself."""
    opened = uow.find(Branch, where(center_id=center_id, status=BranchStatus.OPEN), limit=1)
    return opened[0] if opened else uow.add(Branch, center_id=center_id, name=uow.get(Center, center_id).name)


def require_open_branch(uow: UnitOfWork, *, branch_id: int, field: str = "branch_id") -> None:
    """Raises: Invalid("branch_closed") on the field, for new groups, students and sessions."""
    if uow.count(Branch, where(id=branch_id, status=BranchStatus.CLOSED)):
        raise Invalid.because(field, "branch_closed", id=branch_id)


def local_today(uow: UnitOfWork, center_id: int) -> date:
    """Today's date on the wall calendar of a Center."""
    return uow.ports.clock.now().astimezone(center_time_zone(uow, center_id)).date()


def local_dates(uow: UnitOfWork, these: Where = everything) -> dict[int, date]:
    """Today's date on the wall calendar of each of these Centers, by id, in one statement."""
    now = uow.ports.clock.now()
    return {center.id: now.astimezone(ZoneInfo(center.time_zone)).date() for center in uow.find(Center, these)}


def center_time_zone(uow: UnitOfWork, center_id: int) -> ZoneInfo:
    """The time zone of a Center."""
    return ZoneInfo(uow.get(Center, center_id).time_zone)


def toggle_room(uow: UnitOfWork, room: Room) -> Room:
    """Make an available room unavailable, and the other way round; booked lessons stay (center_crm C73)."""
    return uow.change(room, to="toggle", is_available=not room.is_available)
