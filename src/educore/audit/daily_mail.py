"""The daily mail with the heads of all audit chains, a copy that an attacker of the database cannot rewrite."""

from __future__ import annotations

from datetime import timedelta

from educore.audit.entities import AuditHead
from educore.kernel.application import Educore
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict
from educore.kernel.policy import PLATFORM
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, JobStatus
from educore.organization.entities import Center

JOB_NAME = "AuditDigest"
DIGEST_INTERVAL = timedelta(minutes=10)
INTRODUCTION = """\
These are the heads of the audit trail of each Center today. Keep this mail: save it to a file, and
`educore audit verify --against FILE` proves that the trail still contains every line of it.
"""


def digest_lines(uow: UnitOfWork) -> list[str]:
    """Return a line for the head of each chain, in the format that `educore audit verify --against` reads."""
    names = {center.id: center.name for center in uow.find(Center)}
    return [
        digest_line(names.get(head.chain, ""), head.chain, entries=head.number, digest=head.digest)
        for head in uow.find(AuditHead, order=("chain",))
    ]


def digest_line(name: str, chain: int, *, entries: int, digest: str) -> str:
    """Return the line for one chain. Line breaks in the name of the Center are removed."""
    shown = "".join(char if char.isprintable() else " " for char in name)
    return f"{shown or 'No Center'} ({chain}): {entries:,} entries, the last is sealed {digest}."


def mail_digest(school: Educore, *, to: str) -> bool:
    """Send today's mail (UTC) unless it was sent already; return whether it was sent now. Raises: Undelivered.

    The mail is sent between two transactions. Two workers that do this at the same time send the same mail, under the
    same key. A mail that could not be delivered is tried again the next time.
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
            uow.add(Job, {"name": JOB_NAME, "payload": "{}", "key": key, "status": JobStatus.DONE, "created_at": now})
    except Conflict:
        return True  # another worker has recorded it meanwhile
    return True
