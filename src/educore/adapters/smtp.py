"""Mail through a server that speaks SMTP."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

from pydantic.networks import validate_email

from educore.adapters.connections import connection
from educore.kernel.ports import Undelivered

PORTS = {"smtp": 587, "smtps": 465}
OWN_COMPUTER = ("localhost", "127.0.0.1", "::1")
LONGEST_REASON = 200
LONGEST_ANSWER = 64 * 1024
"""In bytes; servers say what they can do in less than one thousand."""


class SmtpMail:
    """Letters through the server at `smtp://user:password@host:587`, or `smtps://` where encryption comes first.

    On `smtp://` the connection is encrypted as soon as the server offers it. A password is sent unencrypted to this
    computer only. The sender is an address with or without a name: `Ziyo <info@ziyo.uz>`. `timeout` is how many seconds
    a letter may take as a whole, from looking up the server to its last word. `trust` says which certificates are good,
    when those of the system are not enough. Raises: ValueError for a wrong URL or sender.
    """

    def __init__(self, url: str, *, sender: str, timeout: float = 20, trust: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("a mail server is named like smtp://host or smtps://host")
        self._encrypted, self._host = parts.scheme == "smtps", parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        domain = validate_email(sender)[1].rpartition("@")[2]
        self._sender, self._domain = sender, domain.encode("idna").decode()
        self._timeout, self._trust = timeout, trust or ssl.create_default_context()

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Hand the letter to the server. Raises: Undelivered."""
        letter = self._letter(to=to, subject=subject, text=text, key=key)
        with _explained(), self._server() as server:
            server.send_message(letter)

    def _letter(self, *, to: str, subject: str, text: str, key: str) -> EmailMessage:
        letter = EmailMessage(SMTP)
        letter["From"] = self._sender
        letter["To"] = _address(to)
        letter["Subject"] = " ".join(subject.split())
        letter["Date"] = formatdate(usegmt=True)
        letter["Message-ID"] = f"<{quote(key, safe='', errors='replace')}@{self._domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday notice answers
        letter.set_content(text)
        return letter

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """The server, ready for a letter. A farewell that goes wrong does not undo what it took."""
        with connection(self._host, self._port, seconds=self._timeout) as line, self._greeted(line) as server:
            if not self._encrypted:
                self._encrypt(server)
            if self._user:
                server.login(self._user, self._password)
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    @contextmanager
    def _greeted(self, line: socket.socket) -> Iterator[smtplib.SMTP]:
        if self._encrypted:
            line = self._trust.wrap_socket(line, server_hostname=self._host)
        with closing(line), closing(_Session(line, self._host, self._port, name=self._domain)) as server:
            yield server

    def _encrypt(self, server: smtplib.SMTP) -> None:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self._trust)
        elif self._user and self._host not in OWN_COMPUTER:
            raise Undelivered("the mail server offers no encryption for the password", is_permanent=False)


class _Session(smtplib.SMTP):
    """A session over a connection that is there already.

    It says whom it speaks for in the sender's domain; the library would ask the name service for this computer's name,
    for as long as that takes.
    """

    def __init__(self, line: socket.socket, host: str, port: int, *, name: str) -> None:
        self._line = line
        super().__init__(host, port, local_hostname=name)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line

    def getreply(self) -> tuple[int, bytes]:
        """The next answer. Raises: SMTPServerDisconnected when it has no end."""
        if self.sock is not None:
            self.file = self.file or _Answers(self.sock.makefile("rb"))
            self.file.room = LONGEST_ANSWER
        return super().getreply()


class _Answers:
    """The lines a server answers, of which the library would keep as many as come."""

    def __init__(self, lines: BinaryIO) -> None:
        self._lines, self.room = lines, LONGEST_ANSWER
        self.close = lines.close

    def readline(self, most: int) -> bytes:
        """The next line. Raises: OSError when there is no room for it."""
        line = self._lines.readline(most)
        self.room -= len(line)
        if self.room < 0:
            raise OSError("the answer is too long")
        return line


def _address(text: str) -> str:
    """The text, if it is one address and nothing else. Raises: Undelivered."""
    try:
        return validate_email(text)[1]
    except ValueError:
        raise Undelivered("this is not an e-mail address", is_permanent=True) from None


@contextmanager
def _explained() -> Iterator[None]:
    """Tell a letter that nobody will ever take from one to try again, as when the server has something against us."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        ((code, words),) = error.recipients.values()
        raise Undelivered(_reason(code, words), is_permanent=code >= 500) from error
    except smtplib.SMTPDataError as error:
        raise Undelivered(_reason(error.smtp_code, error.smtp_error), is_permanent=error.smtp_code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise Undelivered(_reason(error.smtp_code, error.smtp_error), is_permanent=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered(f"the mail server did not take it: {error}", is_permanent=False) from error


def _reason(code: int, words: bytes | str) -> str:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    return " ".join(f"{code} {said}".split())[:LONGEST_REASON]
