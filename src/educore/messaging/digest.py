"""The daily letter about the audit trail: what its chains end in, to be kept where nobody can rewrite it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from educore.audit.entities import AuditHead
from educore.errors import Conflict
from educore.messaging.entities import Job, JobStatus
from educore.organization.entities import Center
from educore.policy import PLATFORM
from educore.where import where
from educore.work import UnitOfWork

if TYPE_CHECKING:
    from educore.education import Educore

NAME = "AuditDigest"
LOOK_EVERY = timedelta(minutes=10)
INTRODUCTION = """\
This is where the audit trail of each Center ends today. Keep this letter: put it into a file, and
`educore audit verify --against FILE` proves that the trail still passes through every line of it.
"""


def digest_lines(uow: UnitOfWork) -> list[str]:
    """Where each chain ends, one line each, in the words that `educore audit verify --against` reads."""
    names = {center.id: center.name for center in uow.find(Center)}
    return [
        kept_line(names.get(head.chain, ""), head.chain, entries=head.number, digest=head.digest)
        for head in uow.find(AuditHead, order=("chain",))
    ]


def kept_line(name: str, chain: int, *, entries: int, digest: str) -> str:
    """One line about a chain; whatever a Center is called, it stays one line and its numbers stand at the end."""
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    return f"{shown or 'No Center'} ({chain}): {entries:,} entries, the last is sealed {digest}."


def mail_digest(school: Educore, *, to: str) -> bool:
    """Send the letter of today (UTC) unless somebody did; says whether it was sent now. Raises: Undelivered.

    The letter goes out between two transactions. Two workers that come at the same moment send the same one, under the
    same key; one whose letter nobody took tries again the next time.
    """
    day = f"{school.ports.clock.now():%Y-%m-%d}"
    with school.work(PLATFORM, read_only=True) as uow:
        if uow.count(Job, where(key=f"audit-digest:{day}")):
            return False
        lines = digest_lines(uow)
    text = "\n".join([INTRODUCTION, *(lines or ["Nothing has been entered yet."])])
    school.ports.mail.send(to=to, subject=f"Audit trail {day}", text=text, key=f"educore-audit-digest-{day}")
    try:
        with school.work(PLATFORM) as uow:
            now, key = uow.ports.clock.now(), f"audit-digest:{day}"
            uow.add(Job, name=NAME, payload="{}", key=key, status=JobStatus.DONE, created_at=now)
    except Conflict:
        return True  # another worker noted it meanwhile
    return True
