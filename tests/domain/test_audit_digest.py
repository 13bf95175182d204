"""The daily letter about where the audit trail ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from educore import PLATFORM, Educore, FixedClock, Ports, Undelivered, where
from educore.adapters.memory import FakeMail
from educore.audit import AuditHead, digest_line, digest_lines, mail_digest
from educore.audit.daily_mail import DIGEST_INTERVAL
from educore.kernel.store import Store
from educore.messaging import Worker
from educore.organization import Center
from support.cast import World
from support.plain_rows import change_row

TO = "audit@ziyo.example"


@pytest.fixture
def mail() -> FakeMail:
    return FakeMail()


@pytest.fixture
def school(store: Store, ports: Ports, mail: FakeMail) -> Educore:
    return Educore(store, replace(ports, mail=mail))


def test_one_letter_a_day_says_where_each_chain_ends(
    school: Educore, world: World, mail: FakeMail, clock: FixedClock
) -> None:
    assert mail_digest(school, to=TO)
    assert not mail_digest(school, to=TO)
    (letter,) = mail.sent
    assert (letter.to, letter.subject, letter.key) == (TO, "Audit trail 2024-01-01", "educore-audit-digest-2024-01-01")
    with school.work(PLATFORM, read_only=True) as uow:
        ends = uow.find(AuditHead, order=("chain",))
        assert letter.text.splitlines()[-len(ends) :] == digest_lines(uow)
    town, end = world.tashkent.center, ends[1]
    assert f"{town.name} (1): {end.number} entries, the last is sealed {end.digest}." in letter.text
    clock.advance(hours=24)
    assert mail_digest(school, to=TO)
    assert mail.sent[-1].key == "educore-audit-digest-2024-01-02"


def test_a_letter_nobody_took_is_tried_again(
    school: Educore, mail: FakeMail, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(school, external_tasks={"the digest": (DIGEST_INTERVAL, lambda school: mail_digest(school, to=TO))})
    mail.failure = Undelivered("the server is away", is_permanent=False)
    with caplog.at_level(logging.WARNING):
        worker.run_once()
    assert "the digest was not sent: the server is away" in caplog.text
    mail.failure = None
    clock.advance(minutes=11)
    worker.run_once()
    worker.run_once()
    assert len(mail.sent) == 1


def test_the_letter_goes_out_while_no_transaction_is_open(store: Store, ports: Ports) -> None:
    """A second writer in one thread would wait for itself in memory and in SQLite."""
    written: list[str] = []

    class Writing:
        def send(self, *, to: str, subject: str, text: str, key: str) -> None:
            with school.work(PLATFORM) as uow:
                change_row(uow, uow.get(Center, 1), {"address": "Written meanwhile"})
            written.append(key)

    school = Educore(store, replace(ports, mail=Writing()))
    assert mail_digest(school, to=TO)
    assert len(written) == 1


def test_two_workers_at_once_send_the_same_letter_and_note_it_once(store: Store, ports: Ports) -> None:
    sent: list[str] = []

    class Overtaken:
        def __init__(self, then: Callable[[], object]) -> None:
            self.then = then

        def send(self, *, to: str, subject: str, text: str, key: str) -> None:
            sent.append(key)
            self.then()

    second = Educore(store, replace(ports, mail=Overtaken(lambda: None)))
    first = Educore(store, replace(ports, mail=Overtaken(lambda: mail_digest(second, to=TO))))
    assert mail_digest(first, to=TO)
    assert len(sent) == 2
    assert len(set(sent)) == 1
    with second.work(PLATFORM, read_only=True) as uow:
        assert uow.count(uow.domain.kinds["Job"], where(key="audit-digest:2024-01-01")) == 1


def test_a_name_stays_within_its_line() -> None:
    line = digest_line("Ziyo\n\x1b[2J (9): 5 entries, the last is sealed x.", 3, entries=1200, digest="a" * 64)
    assert line.isprintable()
    assert line.endswith(f" (3): 1,200 entries, the last is sealed {'a' * 64}.")
