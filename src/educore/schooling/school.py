"""The settings of a school: names, addresses, its director and its current year."""

from __future__ import annotations

from typing import Any

from educore.identity.entities import Membership
from educore.kernel.actions import locks_row, use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.schooling.entities import AcademicYear
from educore.schooling.years import make_year_current


@locks_row
@use_case
def configure_school(
    uow: UnitOfWork,
    center: Center,
    /,
    *,
    director_user_id: int | None = None,
    current_year_id: int | None = None,
    **fields: Any,
) -> Center:
    """Change what a school says of itself; the director is given by their account, the current year by its id.

    Without `director_user_id` and `current_year_id` these stay.
    Raises: Invalid("not_a_director") on director_user_id for anybody but an active director of the school;
    Invalid("unknown_id") on current_year_id; Forbidden for fields that a school may not change itself.
    """
    if director_user_id is not None:
        fields["director_id"] = _find_director(uow, center, director_user_id)
    center = uow.change(center, fields, to="configure")
    if current_year_id is not None:
        only = where(center_id=center.id)
        make_year_current(uow, uow.reference(AcademicYear, current_year_id, field="current_year_id", only=only))
    return center


def _find_director(uow: UnitOfWork, center: Center, director_user_id: int) -> int:
    """Return the membership of an active director of a school. Raises: Invalid("not_a_director")."""
    directors = where(center_id=center.id, user_id=director_user_id, role=Role.DIRECTOR, is_blocked=False)
    for director in uow.find(Membership, directors, limit=1):
        return director.id
    raise Invalid.because("director_user_id", "not_a_director", id=director_user_id)
