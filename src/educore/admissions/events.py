"""Events of leads and contracts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LeadConverted:
    """A lead became a student."""

    center_id: int
    lead_id: int
    student_id: int


@dataclass(frozen=True)
class ContractVerified:
    """A contract was verified."""

    center_id: int
    contract_id: int
