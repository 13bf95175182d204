"""The admissions context: its entities, policies, actions and indexes."""

from __future__ import annotations

from educore.admissions.contracts import change_contract, create_contract, remove_contract, verify_contract
from educore.admissions.conversion import convert_lead
from educore.admissions.entities import Contract, Lead
from educore.admissions.leads import change_lead, create_lead, remove_lead
from educore.admissions.policies import POLICIES
from educore.kernel.conditions import nothing
from educore.kernel.context import Context

CONTEXT = Context(
    "admissions",
    entities=(Lead, Contract),
    policies=POLICIES,
    actions={
        (Lead, "create"): create_lead,
        (Lead, "update"): change_lead,
        (Lead, "delete"): remove_lead,
        (Lead, "convert"): convert_lead,
        (Contract, "create"): create_contract,
        (Contract, "update"): change_contract,
        (Contract, "delete"): remove_contract,
        (Contract, "verify"): verify_contract,
    },
    dependants={(Lead, "course_id"): nothing, (Contract, "group_id"): nothing},
)
