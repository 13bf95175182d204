"""Proving that nobody touched the audit trail."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from educore.audit.entities import AuditAction, AuditEntry, AuditHead
from educore.audit.sealing import ADOPTED, digest_without_key, sign_end, sign_entry
from educore.audit.trail import NO_CENTER, append_to_chain, is_sealed
from educore.identity.entities import Membership
from educore.kernel.conditions import Where, where
from educore.kernel.entity import NOT_STORED
from educore.kernel.policy import PLATFORM
from educore.kernel.ports import Seal
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center

AT_ONCE = 1_000
KEYLESS = 0
"""Key age of entries written before there was a key.

Entries sealed with the old keys have the ages 1, 2 and so on, the oldest key first; the highest age is that of the
present key.
"""


class FaultKind(StrEnum):
    """The ways in which a chain can be wrong.

    * `ALTERED`: an entry differs from what was sealed.
    * `MISSING`: an entry is gone.
    * `FORGED`: an entry was put in.
    * `REPLACED`: an entry is not the one whose digest was kept elsewhere.
    * `CUT`: entries before this one were cut off.
    * `KEYLESS`: an entry is from before there was a key, though none may be.
    * `HEAD`: the end of the chain differs from what was sealed.
    * `OLD_END`: the end of the chain is sealed with a key older than the present one.
    * `GONE`: the whole chain is gone.
    """

    ALTERED = "altered"
    MISSING = "missing"
    FORGED = "forged"
    REPLACED = "replaced"
    CUT = "cut"
    KEYLESS = "keyless"
    HEAD = "head"
    OLD_END = "old_end"
    GONE = "gone"


@dataclass(frozen=True)
class Fault:
    """The first entry of a chain that is not as it was written; `entry_id` where there is one."""

    kind: FaultKind
    number: int
    entry_id: int | None = None


@dataclass(frozen=True)
class Verification:
    """The result of reading a chain.

    `entries` is the number of intact entries from the first on, `digest` the digest of the last of them, `keyless`
    how many of them are older than the key. An old copy of the whole database is intact too; only a digest kept
    elsewhere shows that it is old.
    """

    chain: int
    entries: int
    digest: str
    fault: Fault | None = None
    keyless: int = 0


class _Touched(Exception):
    """Ends the reading of a chain at the first fault."""

    def __init__(self, kind: FaultKind, number: int, entry: AuditEntry | None = None) -> None:
        super().__init__(kind)
        self.fault = Fault(kind, number, None if entry is None else entry.id)


def verify_trail(
    uow: UnitOfWork,
    *,
    chain: int,
    old_seals: Sequence[Seal] = (),
    kept: Mapping[int, str] | None = None,
    all_keyed: bool = False,
) -> Verification:
    """Read a chain from its first entry, a page at a time, until the first fault; others may go on writing to it.

    `old_seals` are the seals of the keys used before the present one, the oldest first; `kept` are digests of the
    chain that were kept elsewhere, by the number of their entry. With `all_keyed` an entry from before there was a
    key is a fault.
    """
    reading = _Reading(uow, chain, (*old_seals, uow.ports.seal), kept or {}, all_keyed)
    try:
        reading.read()
    except _Touched as touched:
        return Verification(chain, reading.number, reading.digest, touched.fault, reading.keyless)
    return Verification(chain, reading.number, reading.digest, None, reading.keyless)


def list_chains(uow: UnitOfWork) -> list[int]:
    """Return the numbers of all chains that exist or should exist, in order.

    There is one for each Center, and chain 0 for entries of no Center if any member belongs to none.
    """
    heads = {head.chain for head in uow.find(AuditHead)}
    platform = {NO_CENTER} if uow.count(Membership, where(center_id__isnull=True)) else set()
    return sorted(heads | platform | uow.count_by(AuditEntry, "chain").keys() | uow.count_by(Center, "id").keys())


def reseal_chains(uow: UnitOfWork, *, old_seals: Sequence[Seal] = ()) -> list[Verification]:
    """Continue every chain whose end is not sealed with the present key, by adding an entry that is.

    Return the proof of each such chain as it was before. If one of them was tampered with, no chain is changed. The
    unit of work acts as the platform.
    """
    old = [head.chain for head in uow.find(AuditHead, order=("chain",), lock=True) if not is_sealed(uow, head)]
    proofs = [verify_trail(uow, chain=chain, old_seals=old_seals) for chain in old]
    if all(proof.fault is None or proof.fault.kind is FaultKind.OLD_END for proof in proofs):
        for proof in proofs:
            author = {"at": uow.ports.clock.now(), "actor_role": PLATFORM.role.value}
            about = {"kind": AuditHead.__name__, "row_id": proof.chain, "action": AuditAction.CHANGED}
            append_to_chain(uow, proof.chain, [{**author, **about}])
    return proofs


class _Reading:
    """Progress of reading a chain: number and digest of the last entry read, and the age of the key that sealed it."""

    def __init__(
        self, uow: UnitOfWork, chain: int, seals: Sequence[Seal], kept: Mapping[int, str], all_keyed: bool
    ) -> None:
        self._uow, self._chain, self._seals, self._kept, self._all_keyed = uow, chain, seals, kept, all_keyed
        self.number, self.digest, self.age, self.keyless = 0, "", KEYLESS, 0

    def read(self) -> None:
        """Read to the end of the chain. Raises: _Touched."""
        for entry in self._find(where(number__lte=0), limit=1):
            raise _Touched(FaultKind.FORGED, entry.number, entry)
        while True:
            head = self._head()
            if head.id == NOT_STORED:
                there = self._uow.count(AuditEntry, where(chain=self._chain))
                raise _Touched(FaultKind.HEAD if there else FaultKind.GONE, 0)
            for entry in self._entries(upto=head.number):
                self._check(entry)
            self._check_end(head)
            if not self._uow.count(AuditEntry, self._after(self.number)):
                return

    def _check(self, entry: AuditEntry) -> None:
        if entry.number != self.number + 1:
            raise _Touched(FaultKind.MISSING, self.number + 1)
        age, is_adopted = self._sealed_by(entry)
        if is_adopted and age == self.age or entry.number == 1 and age > KEYLESS and not self._begins(entry):
            raise _Touched(FaultKind.CUT, entry.number, entry)
        if age == KEYLESS and self._all_keyed:
            raise _Touched(FaultKind.KEYLESS, entry.number, entry)
        if self._kept.get(entry.number, entry.digest) != entry.digest:
            raise _Touched(FaultKind.REPLACED, entry.number, entry)
        self.number, self.digest, self.age = entry.number, entry.digest, age
        self.keyless += age == KEYLESS

    def _sealed_by(self, entry: AuditEntry) -> tuple[int, bool]:
        """Return the age of the key that sealed an entry, and whether the entry is marked with `ADOPTED`.

        Raises: _Touched if no key fits.
        """
        is_old = self.age == KEYLESS and not (entry.row_name or entry.names)  # names came with the key
        if is_old and _same(entry.digest, digest_without_key(entry, self.digest)):
            return KEYLESS, False
        for age in range(max(self.age, 1), len(self._seals) + 1):
            for is_adopted, previous in ((False, self.digest), (True, f"{ADOPTED}{self.digest}")):
                if _same(entry.digest, sign_entry(self._seals[age - 1], entry, previous)):
                    return age, is_adopted
        raise _Touched(FaultKind.ALTERED, entry.number, entry)

    def _begins(self, entry: AuditEntry) -> bool:
        """Return whether a chain can begin with an entry: the chain of a Center begins with its creation."""
        opened = self._chain == NO_CENTER or (entry.kind, entry.row_id) == (Center.__name__, self._chain)
        return opened and entry.action is AuditAction.CREATED

    def _check_end(self, head: AuditHead) -> None:
        """Compare the last entry read with the head, and look for an entry after it that the head does not know.

        An entry that others have written meanwhile is no fault. Raises: _Touched.
        """
        if self.number < max((head.number, *self._kept)):
            raise _Touched(FaultKind.MISSING, self.number + 1)
        if self.digest != head.digest or not _same(head.seal, self._sealed_end(head)):
            raise _Touched(FaultKind.HEAD, self.number)
        if self.age < len(self._seals):
            raise _Touched(FaultKind.OLD_END, self.number)
        for entry in self._find(where(number__gte=self.number + 1), limit=1):
            if self._head().number < entry.number:  # entries and their head are written together
                raise _Touched(FaultKind.FORGED, entry.number, entry)

    def _sealed_end(self, head: AuditHead) -> str:
        """Return the seal that the end of the chain must have under the key of the last entry; "" without a key."""
        if self.age == KEYLESS:
            return ""
        return sign_end(self._seals[self.age - 1], chain=self._chain, number=head.number, digest=head.digest)

    def _head(self) -> AuditHead:
        found = self._uow.find(AuditHead, where(chain=self._chain))
        return found[0] if found else AuditHead(id=NOT_STORED, chain=self._chain)

    def _entries(self, *, upto: int) -> Iterator[AuditEntry]:
        while page := self._find(self._after(self.number) & where(number__lte=upto), limit=AT_ONCE):
            yield from page

    def _after(self, number: int) -> Where:
        return where(chain=self._chain, number__gte=number + 1)

    def _find(self, condition: Where, *, limit: int) -> list[AuditEntry]:
        return self._uow.find(AuditEntry, where(chain=self._chain) & condition, order=("number",), limit=limit)


def _same(digest: str, expected: str) -> bool:
    return hmac.compare_digest(digest.encode(errors="replace"), expected.encode())
