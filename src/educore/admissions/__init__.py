"""Admissions: leads, their conversion to students, and contracts."""

from educore.admissions.context import CONTEXT
from educore.admissions.contracts import change_contract, create_contract, remove_contract, verify_contract
from educore.admissions.conversion import convert_lead
from educore.admissions.entities import Contract, Lead, LeadStatus
from educore.admissions.events import ContractVerified, LeadConverted
from educore.admissions.leads import change_lead, create_lead, remove_lead
from educore.admissions.queries import LeadFunnel, LeadStatistics, lead_funnel, lead_statistics

__all__ = [
    "CONTEXT",
    "Contract",
    "ContractVerified",
    "Lead",
    "LeadConverted",
    "LeadFunnel",
    "LeadStatistics",
    "LeadStatus",
    "change_contract",
    "change_lead",
    "convert_lead",
    "create_contract",
    "create_lead",
    "lead_funnel",
    "lead_statistics",
    "remove_contract",
    "remove_lead",
    "verify_contract",
]
