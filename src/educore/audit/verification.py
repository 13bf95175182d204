"""The verification of audit chains: read a chain and find the first entry that is not as it was written.

Each entry is checked against the digest before it, with the key of its age: keys can be replaced, and entries from
before the first key have digests without one. Then the end is compared with the head and its seal. Others can append
entries meanwhile: an entry that the head does not know yet is a fault only if the head still does not know it when it
is read again.
"""

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

PAGE_SIZE = 1_000
KEYLESS = 0
"""The key age of entries from before there was a key.

Entries sealed with the old keys have the ages 1, 2 and so on, the oldest key first; the highest age is that of the
present key.
"""


class FaultKind(StrEnum):
    """The kinds of faults of a chain.

    * `ALTERED`: an entry does not fit its digest.
    * `MISSING`: an entry is missing.
    * `FORGED`: an entry was put in.
    * `REPLACED`: an entry has another digest than the known one.
    * `CUT`: entries before this one were cut off.
    * `KEYLESS`: an entry is from before there was a key, though none may be.
    * `HEAD`: the head does not fit the last entry or its own seal.
    * `OLD_END`: the head is sealed with an older key than the present one.
    * `GONE`: the whole chain is missing.
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
    """The first fault of a chain: its kind, the number of the entry, and its id if the entry exists."""

    kind: FaultKind
    number: int
    entry_id: int | None = None


@dataclass(frozen=True)
class Verification:
    """The result of reading a chain.

    `entries` is the number of intact entries from the first on, `digest` the digest of the last of them, `keyless`
    how many of them are older than the key. An old copy of the whole database is intact too; only a digest that was
    stored elsewhere shows that it is old.
    """

    chain: int
    entries: int
    digest: str
    fault: Fault | None = None
    keyless: int = 0


class _FaultFound(Exception):
    """Ends the reading of a chain at the first fault."""

    def __init__(self, kind: FaultKind, number: int, entry: AuditEntry | None = None) -> None:
        super().__init__(kind)
        self.fault = Fault(kind, number, None if entry is None else entry.id)


def verify_trail(
    uow: UnitOfWork,
    *,
    chain: int,
    old_seals: Sequence[Seal] = (),
    known_digests: Mapping[int, str] | None = None,
    all_keyed: bool = False,
) -> Verification:
    """Read a chain from its first entry, page by page, until the first fault; others may write to it meanwhile.

    `old_seals` are the seals of the keys used before the present one, the oldest first. `known_digests` are digests of
    the chain that were stored elsewhere, by the number of their entry. With `all_keyed`, an entry from before there
    was a key is a fault.
    """
    reader = _ChainReader(uow, chain, (*old_seals, uow.ports.seal), known_digests or {}, all_keyed)
    try:
        reader.read()
    except _FaultFound as error:
        return Verification(chain, reader.number, reader.digest, error.fault, reader.keyless)
    return Verification(chain, reader.number, reader.digest, None, reader.keyless)


def list_chains(uow: UnitOfWork) -> list[int]:
    """Return the numbers of all chains that exist or should exist, in order.

    There is one for each Center, and chain 0 for entries of no Center if any member belongs to none.
    """
    heads = {head.chain for head in uow.find(AuditHead)}
    platform = {NO_CENTER} if uow.count(Membership, where(center_id__isnull=True)) else set()
    return sorted(heads | platform | uow.count_by(AuditEntry, "chain").keys() | uow.count_by(Center, "id").keys())


def reseal_chains(uow: UnitOfWork, *, old_seals: Sequence[Seal] = ()) -> list[Verification]:
    """Append an entry under the present key to every chain whose head is not sealed with it.

    Return the verification of each such chain as it was before. If one of them has a fault, no chain is changed. The
    actor must be the platform.
    """
    old = [head.chain for head in uow.find(AuditHead, order=("chain",), lock=True) if not is_sealed(uow, head)]
    found = [verify_trail(uow, chain=chain, old_seals=old_seals) for chain in old]
    if all(verification.fault is None or verification.fault.kind is FaultKind.OLD_END for verification in found):
        for verification in found:
            author = {"at": uow.ports.clock.now(), "actor_role": PLATFORM.role.value}
            about = {"kind": AuditHead.__name__, "row_id": verification.chain, "action": AuditAction.CHANGED}
            append_to_chain(uow, verification.chain, [{**author, **about}])
    return found


class _ChainReader:
    """Progress of reading a chain: number and digest of the last entry read, and the age of the key that sealed it."""

    def __init__(
        self, uow: UnitOfWork, chain: int, seals: Sequence[Seal], known_digests: Mapping[int, str], all_keyed: bool
    ) -> None:
        self._uow, self._chain, self._seals, self._all_keyed = uow, chain, seals, all_keyed
        self._known_digests = known_digests
        self.number, self.digest, self.age, self.keyless = 0, "", KEYLESS, 0

    def read(self) -> None:
        """Read to the end of the chain. Raises: _FaultFound."""
        for entry in self._find(where(number__lte=0), limit=1):
            raise _FaultFound(FaultKind.FORGED, entry.number, entry)
        while True:
            head = self._head()
            if head.id == NOT_STORED:
                has_entries = self._uow.count(AuditEntry, where(chain=self._chain))
                raise _FaultFound(FaultKind.HEAD if has_entries else FaultKind.GONE, 0)
            for entry in self._entries(upto=head.number):
                self._check(entry)
            self._check_end(head)
            if not self._uow.count(AuditEntry, self._after(self.number)):
                return

    def _check(self, entry: AuditEntry) -> None:
        if entry.number != self.number + 1:
            raise _FaultFound(FaultKind.MISSING, self.number + 1)
        age, is_adopted = self._key_age(entry)
        if is_adopted and age == self.age or entry.number == 1 and age > KEYLESS and not self._can_begin(entry):
            raise _FaultFound(FaultKind.CUT, entry.number, entry)
        if age == KEYLESS and self._all_keyed:
            raise _FaultFound(FaultKind.KEYLESS, entry.number, entry)
        if self._known_digests.get(entry.number, entry.digest) != entry.digest:
            raise _FaultFound(FaultKind.REPLACED, entry.number, entry)
        self.number, self.digest, self.age = entry.number, entry.digest, age
        self.keyless += age == KEYLESS

    def _key_age(self, entry: AuditEntry) -> tuple[int, bool]:
        """Return the age of the key that sealed an entry, and whether the entry is marked with `ADOPTED`.

        Raises: _FaultFound if no key fits.
        """
        is_old = self.age == KEYLESS and not (entry.row_name or entry.names)  # names came with the key
        if is_old and _same(entry.digest, digest_without_key(entry, self.digest)):
            return KEYLESS, False
        for age in range(max(self.age, 1), len(self._seals) + 1):
            for is_adopted, previous in ((False, self.digest), (True, f"{ADOPTED}{self.digest}")):
                if _same(entry.digest, sign_entry(self._seals[age - 1], entry, previous)):
                    return age, is_adopted
        raise _FaultFound(FaultKind.ALTERED, entry.number, entry)

    def _can_begin(self, entry: AuditEntry) -> bool:
        """Return whether a chain can begin with an entry: the chain of a Center begins with its creation."""
        is_opening = self._chain == NO_CENTER or (entry.kind, entry.row_id) == (Center.__name__, self._chain)
        return is_opening and entry.action is AuditAction.CREATED

    def _check_end(self, head: AuditHead) -> None:
        """Compare the last entry read with the head, and look for an entry after it that the head does not know.

        An entry that others have written meanwhile is no fault. Raises: _FaultFound.
        """
        if self.number < max((head.number, *self._known_digests)):
            raise _FaultFound(FaultKind.MISSING, self.number + 1)
        if self.digest != head.digest or not _same(head.seal, self._expected_seal(head)):
            raise _FaultFound(FaultKind.HEAD, self.number)
        if self.age < len(self._seals):
            raise _FaultFound(FaultKind.OLD_END, self.number)
        for entry in self._find(where(number__gte=self.number + 1), limit=1):
            if self._head().number < entry.number:  # entries and their head are written together
                raise _FaultFound(FaultKind.FORGED, entry.number, entry)

    def _expected_seal(self, head: AuditHead) -> str:
        """Return the seal that the end of the chain must have under the key of the last entry; "" without a key."""
        if self.age == KEYLESS:
            return ""
        return sign_end(self._seals[self.age - 1], chain=self._chain, number=head.number, digest=head.digest)

    def _head(self) -> AuditHead:
        found = self._uow.find(AuditHead, where(chain=self._chain))
        return found[0] if found else AuditHead(id=NOT_STORED, chain=self._chain)

    def _entries(self, *, upto: int) -> Iterator[AuditEntry]:
        while page := self._find(self._after(self.number) & where(number__lte=upto), limit=PAGE_SIZE):
            yield from page

    def _after(self, number: int) -> Where:
        return where(chain=self._chain, number__gte=number + 1)

    def _find(self, condition: Where, *, limit: int) -> list[AuditEntry]:
        return self._uow.find(AuditEntry, where(chain=self._chain) & condition, order=("number",), limit=limit)


def _same(digest: str, expected: str) -> bool:
    return hmac.compare_digest(digest.encode(errors="replace"), expected.encode())
