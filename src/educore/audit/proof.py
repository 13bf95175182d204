"""Proving that nobody touched the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from educore.audit.entities import AuditEntry, AuditHead
from educore.audit.trail import seal
from educore.entity import NOT_STORED
from educore.where import Where, where
from educore.work import UnitOfWork

AT_ONCE = 1_000


class FaultKind(StrEnum):
    """What is wrong: an entry differs from what was sealed, is gone, or was put in; or the end of the chain is."""

    ALTERED = "altered"
    MISSING = "missing"
    FORGED = "forged"
    HEAD = "head"


@dataclass(frozen=True)
class Fault:
    """The first entry of a chain that is not as it was written; `entry_id` where there is one."""

    kind: FaultKind
    number: int
    entry_id: int | None = None


@dataclass(frozen=True)
class Proof:
    """How many entries of a chain are intact, and the digest of the last of them.

    Whoever may rewrite a whole database may also seal it anew; a digest kept elsewhere tells.
    """

    chain: int
    entries: int
    digest: str
    fault: Fault | None = None


def verify_trail(uow: UnitOfWork, *, chain: int) -> Proof:
    """Read a chain from its first entry on, a page at a time, until the first fault; others may go on writing to it."""
    for entry in _below_one(uow, chain):
        return Proof(chain, 0, "", Fault(FaultKind.FORGED, entry.number, entry.id))
    number, digest = 0, ""
    while True:
        head = _head(uow, chain)
        if head.id == NOT_STORED:
            return Proof(chain, 0, "", Fault(FaultKind.HEAD, 0))
        for entry in _entries(uow, chain, after=number, upto=head.number):
            if entry.number != number + 1:
                return Proof(chain, number, digest, Fault(FaultKind.MISSING, number + 1))
            if entry.digest != seal(entry, digest):
                return Proof(chain, number, digest, Fault(FaultKind.ALTERED, entry.number, entry.id))
            number, digest = entry.number, entry.digest
        fault = _fault_at_end(uow, head, number, digest)
        if fault or not uow.count(AuditEntry, where(chain=chain, number__gte=number + 1)):
            return Proof(chain, number, digest, fault)


def chains(uow: UnitOfWork) -> list[int]:
    """Every chain there is, by number; also one whose head or whose entries are gone."""
    heads = {head.chain for head in uow.find(AuditHead)}
    return sorted(heads | uow.tally(AuditEntry, "chain").keys())


def _head(uow: UnitOfWork, chain: int) -> AuditHead:
    found = uow.find(AuditHead, where(chain=chain))
    return found[0] if found else AuditHead(id=NOT_STORED, chain=chain)


def _below_one(uow: UnitOfWork, chain: int) -> list[AuditEntry]:
    return uow.find(AuditEntry, where(chain=chain, number__lte=0), order=("number",), limit=1)


def _entries(uow: UnitOfWork, chain: int, *, after: int, upto: int) -> Iterator[AuditEntry]:
    while page := uow.find(AuditEntry, _between(chain, after + 1, upto), order=("number",), limit=AT_ONCE):
        yield from page
        after = page[-1].number


def _between(chain: int, first: int, last: int) -> Where:
    return where(chain=chain, number__gte=first, number__lte=last)


def _fault_at_end(uow: UnitOfWork, head: AuditHead, number: int, digest: str) -> Fault | None:
    """What is wrong between the last entry and the head, if nobody has written a new entry meanwhile."""
    if number < head.number:
        return Fault(FaultKind.MISSING, number + 1)
    if digest != head.digest:
        return Fault(FaultKind.HEAD, number)
    for entry in uow.find(AuditEntry, where(chain=head.chain, number__gte=number + 1), order=("number",), limit=1):
        if _head(uow, head.chain).number < entry.number:  # entries and their head are written together
            return Fault(FaultKind.FORGED, entry.number, entry.id)
    return None
