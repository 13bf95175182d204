"""What every carrier of letters keeps to, and what the one over SMTP says of servers that do not do their work.

Another carrier is checked by the first part: give it a fixture that makes a `Post`, and name that in `post`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from educore import Ports, Undelivered, memory_ports
from educore.adapters.logging import LogMail
from educore.adapters.memory import FakeMail, SentMail
from educore.adapters.smtp import SmtpMail
from educore.kernel.ports import Mail

SENDER = "Ziyo markazi <info@ziyo.uz>"
pytestmark = pytest.mark.filterwarnings(
    "ignore:Requiring AUTH while not requiring TLS"
)  # as servers on one's own machine
USER, PASSWORD = b"ziyo", b"very-secret"


@dataclass(frozen=True)
class Post:
    """A carrier, what arrived through it, and how to make the next letters fail."""

    mail: Mail
    arrived: Callable[[], list[SentMail]]
    break_down: Callable[[], None]


class Mailbox:
    """A mail server's own part: keeps what arrives and answers the rest as a test wishes."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer_to_recipient = "250 OK"
        self.answer_to_letter = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, to: str, options: Any) -> str:  # noqa: N802 - aiosmtpd calls it
        if self.answer_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.answer_to_recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd calls it
        if self.answer_to_letter.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer_to_letter

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(envelope.original_content, policy=default) for envelope in self.envelopes]

    def letters(self) -> list[SentMail]:
        return [
            SentMail(
                message["To"], message["Subject"], message.get_content().replace("\r\n", "\n").strip(), key_of(message)
            )
            for message in self.messages()
        ]


def key_of(message: EmailMessage) -> str:
    return message["Message-ID"].strip("<>").partition("@")[0]


Serve = Callable[..., int]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox: Mailbox) -> Iterator[Serve]:
    """Starts a mail server and gives its port; options go to aiosmtpd."""
    running: list[Controller] = []

    def start(**options: Any) -> int:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        running.append(Controller(mailbox, hostname="127.0.0.1", port=port, **options))
        running[-1].start()
        return port

    yield start
    for server in running:
        asyncio.run_coroutine_threadsafe(quiet(), server.loop).result(timeout=5)
        server.stop()


async def quiet() -> None:
    """Wait until every connection of this loop has ended."""
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0.01)


@pytest.fixture
def kept() -> Post:
    mail = FakeMail()

    def break_down() -> None:
        mail.failure = Undelivered("the server is gone", is_permanent=False)

    return Post(mail, lambda: mail.sent, break_down)


@pytest.fixture
def over_smtp(serve: Serve, mailbox: Mailbox) -> Post:
    mail = SmtpMail(f"smtp://127.0.0.1:{serve()}", sender=SENDER, timeout=5)

    def break_down() -> None:
        mailbox.answer_to_recipient = "451 Try again later"

    return Post(mail, mailbox.letters, break_down)


@pytest.fixture(params=["kept", "over_smtp"])
def post(request: pytest.FixtureRequest) -> Post:
    """Each carrier in turn."""
    found: Post = request.getfixturevalue(request.param)
    return found


def send(mail: Mail, *, to: str = "aziza@ziyo.uz", subject: str = "Hi", text: str = "Hi", key: str = "1") -> None:
    mail.send(to=to, subject=subject, text=text, key=key)


# -- what all of them keep to --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Your lesson moved", "It is on Friday."),
        ("Занятие перенесено", "Теперь в пятницу.\n\nЗиё"),
        ("Dars ko‘chirildi", "Endi jumada, O‘g‘iloy bilan."),
        ("Дарс кўчирилди", "Энди жумада: ғ, қ, ҳ"),
        ("💫" * 30, "x" * 5000),
        ("A long subject " * 20 + "end", "Строка " * 500 + "end"),
    ],
)
def test_a_letter_arrives_as_it_was_written(post: Post, subject: str, text: str) -> None:
    send(post.mail, subject=subject, text=text, key="note-7")
    assert post.arrived() == [SentMail("aziza@ziyo.uz", subject, text, "note-7")]


def test_a_letter_sent_twice_can_be_told_from_two_letters(post: Post) -> None:
    for key in ("a", "a", "b"):
        send(post.mail, key=key)
    assert [letter.key for letter in post.arrived()] == ["a", "a", "b"]


def test_a_carrier_that_fails_says_so_and_nothing_arrives(post: Post) -> None:
    post.break_down()
    with pytest.raises(Undelivered) as refused:
        send(post.mail)
    assert refused.value.reason
    assert not refused.value.is_permanent
    assert post.arrived() == []


# -- over SMTP -----------------------------------------------------------------------------------------


def refusal(mail: Mail, **letter: str) -> Undelivered:
    with pytest.raises(Undelivered) as refused:
        send(mail, **letter)
    return refused.value


def test_a_letter_names_its_sender_its_day_and_that_a_machine_wrote_it(over_smtp: Post, mailbox: Mailbox) -> None:
    send(over_smtp.mail)
    (message,) = mailbox.messages()
    assert message["From"] == SENDER
    assert message["Date"].datetime.tzinfo is not None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<1@ziyo.uz>"


@pytest.mark.parametrize("key", ["a b", "x>\r\nBcc: eve@evil.uz", "ключ", "a@b", "k" * 300])
def test_a_message_id_is_one_whatever_the_key(over_smtp: Post, mailbox: Mailbox, key: str) -> None:
    send(over_smtp.mail, key=key)
    (message,) = mailbox.messages()
    assert message["Message-ID"].startswith("<")
    assert message["Message-ID"].endswith("@ziyo.uz>")
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "subject", ["Hi\r\nBcc: eve@evil.uz", "Hi\nBcc: eve@evil.uz", "Hi\rBcc: eve@evil.uz", "\x85\u2028Hi"]
)
def test_a_subject_stays_on_its_line(over_smtp: Post, mailbox: Mailbox, subject: str) -> None:
    send(over_smtp.mail, subject=subject)
    (message,) = mailbox.messages()
    assert message["Bcc"] is None
    assert message["Subject"] == " ".join(subject.split())
    assert mailbox.envelopes[0].rcpt_tos == ["aziza@ziyo.uz"]


@pytest.mark.parametrize(
    "to",
    [
        "aziza@ziyo.uz\r\nBcc: eve@evil.uz",
        "aziza@ziyo.uz\nRCPT TO:<eve@evil.uz>",
        "aziza@ziyo.uz, eve@evil.uz",
        "aziza@ziyo.uz> NOTIFY=NEVER",
        "aziza",
        "",
        "\ud83d@ziyo.uz",
    ],
)
def test_what_is_not_one_address_gets_no_letter(over_smtp: Post, to: str) -> None:
    assert refusal(over_smtp.mail, to=to).is_permanent
    assert over_smtp.arrived() == []


@pytest.mark.parametrize("answer", ["550 No such mailbox", "553 Not here"])
def test_a_mailbox_that_does_not_exist_is_not_tried_again(over_smtp: Post, mailbox: Mailbox, answer: str) -> None:
    mailbox.answer_to_recipient = answer
    refused = refusal(over_smtp.mail)
    assert (refused.reason, refused.is_permanent) == (answer, True)


@pytest.mark.parametrize(("answer", "is_permanent"), [("554 Spam", True), ("452 Disk full", False)])
def test_a_letter_may_be_refused_once_it_was_read(
    over_smtp: Post, mailbox: Mailbox, answer: str, is_permanent: bool
) -> None:
    mailbox.answer_to_letter = answer
    refused = refusal(over_smtp.mail)
    assert (refused.reason, refused.is_permanent) == (answer, is_permanent)


def test_a_reason_is_one_short_line(over_smtp: Post, mailbox: Mailbox) -> None:
    mailbox.answer_to_recipient = "550-Go\r\n550 " + "away " * 90
    reason = refusal(over_smtp.mail).reason
    assert reason.startswith("550 Go away away")
    assert len(reason) <= 200


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        refused = refusal(SmtpMail(f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender=SENDER, timeout=0.3))
    assert not refused.is_permanent


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_is_gone_is_tried_again(scheme: str) -> None:
    assert not refusal(SmtpMail(f"{scheme}://127.0.0.1:1", sender=SENDER, timeout=1)).is_permanent


def test_a_server_that_is_none_is_tried_again() -> None:
    assert not refusal(SmtpMail("smtp://no-such-host.invalid", sender=SENDER, timeout=1)).is_permanent


# -- who we are, and encryption ------------------------------------------------------------------------


def knows_us(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD))


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certified(authority: trustme.CA) -> ssl.SSLContext:
    """What a server called localhost proves itself with."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_encryption_is_used_where_it_is_offered(
    serve: Serve, mailbox: Mailbox, certified: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    port = serve(tls_context=certified, require_starttls=True, authenticator=knows_us, auth_required=True)
    send(SmtpMail(f"smtp://ziyo:very-secret@127.0.0.1:{port}", sender=SENDER, timeout=5, trust=trust))
    assert len(mailbox.envelopes) == 1


def test_encryption_comes_first_where_the_scheme_says_so(
    serve: Serve, mailbox: Mailbox, certified: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    port = serve(ssl_context=certified)
    send(SmtpMail(f"smtps://127.0.0.1:{port}", sender=SENDER, timeout=5, trust=trust))
    assert len(mailbox.envelopes) == 1


def test_a_server_nobody_vouches_for_gets_no_letter(serve: Serve, mailbox: Mailbox, certified: ssl.SSLContext) -> None:
    port = serve(tls_context=certified)
    assert not refusal(SmtpMail(f"smtp://127.0.0.1:{port}", sender=SENDER, timeout=5)).is_permanent
    assert mailbox.envelopes == []


def test_a_password_is_percent_decoded(serve: Serve, mailbox: Mailbox) -> None:
    port = serve(authenticator=knows_us, auth_required=True, auth_require_tls=False)
    send(SmtpMail(f"smtp://ziyo:very%2Dsecret@127.0.0.1:{port}", sender=SENDER, timeout=5))
    assert len(mailbox.envelopes) == 1


@pytest.mark.parametrize("account", ["", "ziyo:wrong-word@"])
def test_a_server_that_does_not_know_us_has_nothing_against_the_letter(serve: Serve, account: str) -> None:
    port = serve(authenticator=knows_us, auth_required=True, auth_require_tls=False)
    refused = refusal(SmtpMail(f"smtp://{account}127.0.0.1:{port}", sender=SENDER, timeout=5))
    assert not refused.is_permanent
    assert "wrong-word" not in refused.reason


def test_a_password_never_travels_unencrypted(serve: Serve, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educore.adapters.smtp.LOCALHOST", ())
    port = serve(authenticator=knows_us, auth_required=True, auth_require_tls=False)
    refused = refusal(SmtpMail(f"smtp://ziyo:very-secret@127.0.0.1:{port}", sender=SENDER, timeout=5))
    assert "encryption" in refused.reason
    assert mailbox.envelopes == []


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:25", "smtp://", ""])
def test_only_an_address_of_a_mail_server_is_taken(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        SmtpMail(url, sender=SENDER)


def test_only_an_address_can_send() -> None:
    with pytest.raises(ValueError, match="email"):
        SmtpMail("smtp://127.0.0.1", sender="ziyo\r\nBcc: eve@evil.uz")


# -- to the log, and to nowhere ------------------------------------------------------------------------


def test_the_log_learns_of_a_letter_and_not_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="educore"):
        send(LogMail(), subject="New password\r\nforged line", text="It is gullola2024")
    (line,) = caplog.messages
    assert "aziza@ziyo.uz" in line
    assert "New password" in line
    assert "\n" not in line
    assert "gullola2024" not in caplog.text


def test_without_a_carrier_a_letter_is_refused_for_good() -> None:
    made = memory_ports()
    assert refusal(Ports(made.clock, made.passwords, made.tokens, made.files).mail).is_permanent
