"""Leads: create, change and remove them; `conversion` makes students of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from educore.admissions.entities import Lead, LeadStatus
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Branch, BranchStatus
from educore.organization.use_cases import is_manager


@use_case
def create_lead(uow: UnitOfWork, /, *, branch_id: int, **fields: Any) -> Lead:
    """Create a lead at an open branch and in its Center (center_crm 19.2, C20).

    Raises: Invalid("unknown_id"); Invalid("branch_closed") on branch_id, ("not_a_manager") on assigned_to_id,
    ("only_by_conversion") on status.
    """
    center_id = uow.reference(Branch, branch_id, field="branch_id").center_id
    lead = uow.add(Lead, with_computed(fields, center_id=center_id, branch_id=branch_id))
    _require_valid(uow, lead, Lead.model_fields)
    return lead


@locks_row
@use_case
def change_lead(uow: UnitOfWork, lead: Lead, /, **fields: Any) -> Lead:
    """Change a lead; only the notes if it was converted (center_crm 19.4, C82).

    Raises: Conflict("lead_converted"); what `create_lead` raises.
    """
    before = uow.get(Lead, lead.id, to="update", lock=True)
    after = uow.change(before, fields)
    changed = {name for name in fields if getattr(before, name) != getattr(after, name)}
    if changed - {"notes"}:
        refuse_converted(before)
        _require_valid(uow, after, changed)
    return after


@locks_row
@use_case
def remove_lead(uow: UnitOfWork, lead: Lead, /) -> None:
    """Remove a lead that was not converted (C82). Raises: Conflict("lead_converted")."""
    refuse_converted(uow.get(Lead, lead.id, to="delete", lock=True))
    uow.remove(lead)


def refuse_converted(lead: Lead) -> None:
    """Refuse a lead that was converted. Raises: Conflict("lead_converted")."""
    if lead.status is LeadStatus.CONVERTED:
        raise Conflict.because("", "lead_converted")


def _require_valid(uow: UnitOfWork, lead: Lead, changed: Collection[str]) -> None:
    """Refuse changed fields that a lead cannot have. Raises: Invalid."""
    refused = [name for name in ("student_id", "converted_at") if getattr(lead, name) is not None]
    refused += ["status"] if lead.status is LeadStatus.CONVERTED else []
    problems = {name: [Problem("only_by_conversion")] for name in refused if name in changed}
    if "branch_id" in changed and uow.count(Branch, where(id=lead.branch_id, status=BranchStatus.CLOSED)):
        problems["branch_id"] = [Problem("branch_closed", {"id": lead.branch_id})]
    if "assigned_to_id" in changed and not _has_valid_manager(uow, lead):
        problems["assigned_to_id"] = [Problem("not_a_manager", {"id": lead.assigned_to_id})]
    if problems:
        raise Invalid(problems)


def _has_valid_manager(uow: UnitOfWork, lead: Lead) -> bool:
    """Return whether the lead is assigned to a manager of its Center, or to no user."""
    return lead.assigned_to_id is None or is_manager(uow, lead.assigned_to_id, center_id=lead.center_id)
