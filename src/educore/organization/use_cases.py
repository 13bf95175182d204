"""Centers, branches and rooms; directors and managers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from educore.identity.entities import Membership
from educore.identity.use_cases import move_member
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Branch, BranchStatus, Center, CenterStatus, Room


@use_case
def create_center(uow: UnitOfWork, /, *, director_id: int | None = None, **fields: Any) -> Center:
    """Create a Center; `director_id` is the membership of a director, who moves to it (center_crm C37).

    Without `country`, `time_zone` or `currency` it has that of the settings.

    Raises: Conflict("taken") on license_number; Invalid("not_a_director") on director_id.
    """
    center = uow.add(Center, asdict(uow.ports.region) | fields)
    return center if director_id is None else appoint_director(uow, center, membership_id=director_id)


@locks_row
@use_case
def change_center(uow: UnitOfWork, center: Center, /, **fields: Any) -> Center:
    """Change a Center; another `director_id` moves that director to it.

    Raises: Conflict("taken") on license_number; Invalid("not_a_director") on director_id.
    """
    director_id = fields.pop("director_id", center.director_id)
    center = uow.change(center, fields)
    if director_id == center.director_id:
        return center
    if director_id is None:
        return uow.change(center, {"director_id": None})
    return appoint_director(uow, center, membership_id=director_id)


@use_case
def appoint_director(uow: UnitOfWork, center: Center, /, *, membership_id: int) -> Center:
    """Make a director the main one of a Center; a director of another Center leaves that one.

    Raises: Invalid("not_a_director") on director_id.
    """
    directors = uow.find(Membership, where(id=membership_id, role=Role.DIRECTOR), limit=1)
    if not directors:
        raise Invalid.because("director_id", "not_a_director", id=membership_id)
    if directors[0].center_id != center.id:
        move_director(uow, directors[0], center_id=center.id)
    return uow.change(uow.get(Center, center.id), {"director_id": membership_id})


@use_case
def move_director(uow: UnitOfWork, director: Membership, /, *, center_id: int) -> Membership:
    """Move a director to another Center, where they become the main one if it has none.

    Raises: Invalid("unknown_id") on center_id.
    """
    moved = move_member(uow, director, center_id=center_id)
    for former in uow.find(Center, where(director_id=director.id)):
        uow.change(former, {"director_id": None})
    appoint_if_vacant(uow, moved)
    return moved


@use_case
def appoint_if_vacant(uow: UnitOfWork, director: Membership, /) -> None:
    """Make a director the main one of their Center if it has none and the actor may change it."""
    for center in uow.find(Center, where(id=director.center_id, director_id__isnull=True), to="update"):
        uow.change(center, {"director_id": director.id})


@locks_row
@use_case
def activate_center(uow: UnitOfWork, center: Center, /) -> Center:
    """Activate a Center, so that its members can sign in."""
    return uow.change(center, {"status": CenterStatus.ACTIVE}, to="activate")


@locks_row
@use_case
def deactivate_center(uow: UnitOfWork, center: Center, /) -> Center:
    """Deactivate a Center: its members cannot sign in, and their tokens stop working at once; its rows stay."""
    return uow.change(center, {"status": CenterStatus.INACTIVE}, to="deactivate")


@use_case
def create_branch(uow: UnitOfWork, /, *, manager_id: int | None = None, **fields: Any) -> Branch:
    """Create a branch. Raises: Invalid("not_a_manager") on manager_id."""
    center_id = uow.actor.center_id or fields.get("center_id")
    if center_id is not None:
        _require_manager(uow, manager_id, center_id=center_id)
    return uow.add(Branch, with_computed(fields, manager_id=manager_id))


@locks_row
@use_case
def change_branch(uow: UnitOfWork, branch: Branch, /, **fields: Any) -> Branch:
    """Change a branch. Raises: Invalid("not_a_manager") on manager_id."""
    if fields.get("manager_id") != branch.manager_id:
        _require_manager(uow, fields.get("manager_id"), center_id=branch.center_id)
    return uow.change(branch, fields)


def _require_manager(uow: UnitOfWork, manager_id: int | None, *, center_id: int) -> None:
    if manager_id is not None and not is_manager(uow, manager_id, center_id=center_id):
        raise Invalid.because("manager_id", "not_a_manager", id=manager_id)


def is_manager(uow: UnitOfWork, user_id: int, *, center_id: int) -> bool:
    """Return whether a user is a manager of a Center."""
    return uow.count(Membership, where(user_id=user_id, center_id=center_id, role=Role.MANAGER)) > 0


@locks_row
@use_case
def open_branch(uow: UnitOfWork, branch: Branch, /) -> Branch:
    """Open a branch for new groups, students and sessions."""
    return uow.change(branch, {"status": BranchStatus.OPEN}, to="open")


@locks_row
@use_case
def close_branch(uow: UnitOfWork, branch: Branch, /) -> Branch:
    """Close a branch for new groups, students and sessions; existing groups continue."""
    return uow.change(branch, {"status": BranchStatus.CLOSED}, to="close")


@use_case
def get_or_create_main_branch(uow: UnitOfWork, /, *, center_id: int) -> Branch:
    """Return the first open branch of a Center; without one, create a branch with the name of the Center."""
    branches = uow.find(Branch, where(center_id=center_id, status=BranchStatus.OPEN), limit=1)
    return (
        branches[0] if branches else uow.add(Branch, {"center_id": center_id, "name": uow.get(Center, center_id).name})
    )


def refuse_closed(branch: Branch, *, field: str = "branch_id") -> None:
    """Refuse a branch that is closed for new groups, students and sessions. Raises: Invalid("branch_closed")."""
    if branch.status is BranchStatus.CLOSED:
        raise Invalid.because(field, "branch_closed", id=branch.id)


def require_open_branch(uow: UnitOfWork, *, branch_id: int, field: str = "branch_id") -> None:
    """Refuse a closed branch for a new group, student or session. Raises: Invalid("branch_closed") on the field."""
    if uow.count(Branch, where(id=branch_id, status=BranchStatus.CLOSED)):
        raise Invalid.because(field, "branch_closed", id=branch_id)


@locks_row
@use_case
def toggle_room(uow: UnitOfWork, room: Room, /) -> Room:
    """Make an available room unavailable or the reverse; sessions planned in it stay (center_crm C73)."""
    return uow.change(room, {"is_available": not room.is_available}, to="toggle")
