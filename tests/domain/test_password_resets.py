"""A forgotten password: who gets a link, what the link does, and what nobody learns from asking."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from educore import Conflict, Educore, FixedClock, Invalid, Role, TooManyAttempts, Unauthenticated, perform, where
from educore.adapters.memory import FakeMail
from educore.identity import OneTimeCode, User, reset_password
from educore.kernel.ports import Undelivered
from educore.messaging import Delivery, DeliveryStatus, Job, Worker, ask_password_reset
from educore.organization import CenterKind
from educore.people import authenticate, sign_in
from support.cast import PASSWORD, ROOT, World
from support.concurrency import run_concurrently
from support.plain_rows import change_row

ADDRESS, NEW = "family@example.com", "a new 1 for me"


@pytest.fixture
def family(school: Educore, world: World) -> World:
    """Sardor, a pupil, and Timur, who teaches him, share one address."""
    with school.work(ROOT) as uow:
        for person in (world.sardor, world.timur):
            change_row(uow, uow.get(User, person.user_id or 0), {"email": ADDRESS})
    return world


def mails(school: Educore) -> list[str]:
    """Let the worker do what there is to do, and return the texts that the mail server got since."""
    mail = school.ports.mail
    assert isinstance(mail, FakeMail)
    before = len(mail.sent)
    worker = Worker(school)
    while worker.run_once():
        pass
    return [sent.text for sent in mail.sent[before:]]


def token_in(text: str) -> str:
    link = next(word for word in text.split() if word.startswith("http"))
    return parse_qs(urlsplit(link).query)["token"][0]


def ask(school: Educore, address: str = ADDRESS, **among: object) -> list[str]:
    ask_password_reset(school, email=address, host="10.0.0.1", **among)  # type: ignore[arg-type]
    return mails(school)


def test_a_link_gives_a_new_password_once_and_ends_what_was_open(school: Educore, family: World) -> None:
    before = sign_in(school, username="sardor", password=PASSWORD)
    (text,) = ask(school, roles=(Role.STUDENT,))
    assert "sardor" in text
    assert reset_password(school, token=token_in(text), password=NEW).username == "sardor"
    with school.work(ROOT) as uow, pytest.raises(Unauthenticated):
        authenticate(uow, token=before.access)
    with pytest.raises(Unauthenticated):
        sign_in(school, username="sardor", password=PASSWORD)
    assert sign_in(school, username="sardor", password=NEW)
    with pytest.raises(Invalid, match="has expired or was used"):
        reset_password(school, token=token_in(text), password=NEW)


def test_everybody_with_the_address_gets_a_link_and_only_those_whom_the_caller_speaks_to(
    school: Educore, family: World
) -> None:
    assert [name in text for name, text in zip(("timur", "sardor"), sorted(ask(school), reverse=True), strict=True)]
    assert len(ask(school, roles=(Role.TEACHER,))) == 1
    assert ask(school, roles=(Role.PARENT,)) == []
    assert len(ask(school, center_kind=CenterKind.CENTER)) == 2
    assert ask(school, center_kind=CenterKind.SCHOOL) == []


def test_an_unknown_address_costs_the_same_and_gets_nothing(school: Educore, family: World) -> None:
    ask_password_reset(school, email="nobody@example.com", host="10.0.0.1")
    ask_password_reset(school, email=f"  {ADDRESS.upper()} ", host="10.0.0.1")
    with school.work(ROOT, read_only=True) as uow:
        assert uow.count(Job, where(name="send_password_resets")) == 2, "one job for each, whoever it is about"
        assert uow.count(OneTimeCode) == 0, "nothing is looked up before the answer"
    assert len(mails(school)) == 2


def test_a_newer_link_ends_the_older_one_and_an_hour_ends_both(
    school: Educore, family: World, clock: FixedClock
) -> None:
    (first,), (second,) = (ask(school, roles=(Role.STUDENT,)) for _ in range(2))
    with pytest.raises(Invalid, match="has expired or was used"):
        reset_password(school, token=token_in(first), password=NEW)
    clock.advance(minutes=59, seconds=59)
    with school.work(ROOT, read_only=True) as uow:
        assert uow.count(OneTimeCode, where(used_at__isnull=True)) == 1
    clock.advance(seconds=1)
    with pytest.raises(Invalid, match="has expired or was used"):
        reset_password(school, token=token_in(second), password=NEW)


@pytest.mark.parametrize("token", ["", "x", "A" * 5000, "\0", "\ud800", "' OR 1=1 --"])
def test_a_made_up_link_does_nothing(school: Educore, family: World, token: str) -> None:
    ask(school)
    with pytest.raises(Invalid, match="has expired or was used"):
        reset_password(school, token=token, password=NEW)


def test_the_secret_is_stored_nowhere_once_it_was_sent(school: Educore, family: World) -> None:
    texts = ask(school)
    with school.work(ROOT, read_only=True) as uow:
        deliveries = uow.find(Delivery, where(is_secret=True))
        codes = uow.find(OneTimeCode)
    assert [(row.status, row.text, row.center_id) for row in deliveries] == 2 * [(DeliveryStatus.SENT, "", None)]
    assert all(token_in(text) not in repr(row.__dict__) for row in (*codes, *deliveries) for text in texts)
    with school.work(family.dilshod, read_only=True) as uow:
        assert uow.count(Delivery, where(is_secret=True)) == 0, "the office sees no letter to a member"


def test_a_secret_that_could_not_be_sent_is_removed_and_not_sent_again(school: Educore, family: World) -> None:
    mail = school.ports.mail
    assert isinstance(mail, FakeMail)
    mail.failure = Undelivered("no such box", is_permanent=True)
    assert ask(school, roles=(Role.STUDENT,)) == []
    with school.work(ROOT) as uow:
        (row,) = uow.find(Delivery, where(is_secret=True))
        assert (row.status, row.text) == (DeliveryStatus.FAILED, "")
        with pytest.raises(Conflict, match="secret message"):
            perform(uow, Delivery, "requeue", row.id)


def test_asking_again_and_again_has_to_wait_whether_the_address_is_known_or_not(school: Educore, family: World) -> None:
    for address in (ADDRESS, "nobody@example.com"):
        for _ in range(5):
            ask_password_reset(school, email=address, host="10.0.0.1")
        with pytest.raises(TooManyAttempts):
            ask_password_reset(school, email=address, host="10.0.0.1")


def test_the_mail_is_in_the_language_of_its_reader(school: Educore, family: World) -> None:
    with school.work(ROOT) as uow:
        change_row(uow, uow.get(User, family.sardor.user_id or 0), {"language": "ru"})
    (text,) = ask(school, roles=(Role.STUDENT,))
    assert "в течение часа" in text


def test_a_link_works_once_however_many_follow_it_at_the_same_time(school: Educore, family: World) -> None:
    (text,) = ask(school, roles=(Role.STUDENT,))
    endings = run_concurrently(*[partial(reset_password, school, token=token_in(text), password=NEW)] * 4)
    assert sorted(endings) == ["code_invalid"] * 3 + ["done"]


def test_links_lead_to_the_page_of_the_settings(school: Educore, family: World) -> None:
    there = Educore(school.store, replace(school.ports, reset_url="https://school.example/new"))
    ask_password_reset(there, email=ADDRESS, roles=(Role.STUDENT,))
    (text,) = mails(there)
    assert "https://school.example/new?token=" in text
