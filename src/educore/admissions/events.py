"""What happened to leads and contracts."""

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
    """Somebody found a contract to be in order."""

    center_id: int
    contract_id: int
