"""Contracts with students: create, change, verify and remove them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from educore.admissions.entities import Contract
from educore.admissions.events import ContractVerified
from educore.groups.entities import Enrollment
from educore.kernel.actions import locks_row, use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork

VERIFIED_FIELDS = frozenset({"student_id", "group_id", "contract_number", "contract_file"})
UNVERIFIED: Mapping[str, Any] = {"is_verified": False, "verified_by_id": None, "verified_at": None}


@use_case
def create_contract(uow: UnitOfWork, /, **fields: Any) -> Contract:
    """Create the contract of a student, for a group that the student is or was in if it names one (center_crm 18.2).

    Raises: Conflict("taken") on contract_number, which is unique in the Center (C36); Invalid("unknown_id");
    Invalid("never_in_group") on group_id; Invalid("only_by_verification") on is_verified.
    """
    _refuse_verification_fields(fields, UNVERIFIED)
    contract = uow.add(Contract, fields)
    _require_enrollment(uow, contract)
    return contract


@locks_row
@use_case
def change_contract(uow: UnitOfWork, contract: Contract, /, **fields: Any) -> Contract:
    """Change a contract; another file, number, student or group clears its verification (C79).

    Raises: what `create_contract` raises.
    """
    before = uow.get(Contract, contract.id, to="update", lock=True)
    _refuse_verification_fields(fields, dict(before))
    after = uow.change(before, fields)
    changed = {name for name in VERIFIED_FIELDS if getattr(before, name) != getattr(after, name)}
    if changed & {"student_id", "group_id"}:
        _require_enrollment(uow, after)
    return uow.change(after, UNVERIFIED) if changed and before.is_verified else after


@locks_row
@use_case
def verify_contract(uow: UnitOfWork, contract: Contract, /) -> Contract:
    """Verify a contract and record the actor and the time; repeating changes nothing (center_crm 18.7)."""
    contract = uow.get(Contract, contract.id, to="verify", lock=True)
    if contract.is_verified:
        return contract
    verification = {"verified_by_id": uow.actor.user_id, "verified_at": uow.ports.clock.now()}
    verified = uow.change(contract, {"is_verified": True, **verification}, to="verify")
    uow.record(ContractVerified(center_id=contract.center_id, contract_id=contract.id))
    return verified


@locks_row
@use_case
def remove_contract(uow: UnitOfWork, contract: Contract, /) -> None:
    """Remove a contract that is not verified, and its file. Raises: Conflict("contract_verified")."""
    if uow.get(Contract, contract.id, to="delete", lock=True).is_verified:
        raise Conflict.because("", "contract_verified")
    uow.remove(contract)


def _require_enrollment(uow: UnitOfWork, contract: Contract) -> None:
    if contract.group_id is not None and not uow.count(
        Enrollment, where(group_id=contract.group_id, student_id=contract.student_id)
    ):
        raise Invalid.because("group_id", "never_in_group")


def _refuse_verification_fields(fields: Mapping[str, Any], present: Mapping[str, Any]) -> None:
    if refused := [name for name in UNVERIFIED if name in fields and fields[name] != present[name]]:
        raise Invalid({name: [Problem("only_by_verification")] for name in refused})
