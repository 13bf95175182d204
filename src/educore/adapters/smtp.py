"""E-mail through an SMTP server."""

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

from educore.adapters.connections import MAX_ANSWER_BYTES, MAX_REASON_LENGTH, connection
from educore.kernel.ports import Undelivered

PORTS = {"smtp": 587, "smtps": 465}
LOCALHOST = ("localhost", "127.0.0.1", "::1")


class SmtpMail:
    """Sends e-mail through the server at `smtp://user:password@host:587`, or `smtps://` for TLS from the beginning.

    On `smtp://` the connection is encrypted as soon as the server offers it. A password is sent unencrypted only to
    this computer. The sender is an address with or without a name: `Ziyo <info@ziyo.uz>`. `timeout` is the number of
    seconds for a whole message, from the name lookup to the last answer. `trust` has the trusted certificates, if those
    of the system are not enough. Raises: ValueError for a wrong URL or sender.
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
        """Send the message. Raises: Undelivered."""
        message = self._message(to=to, subject=subject, text=text, key=key)
        with _translate_errors(), self._server() as server:
            server.send_message(message)

    def _message(self, *, to: str, subject: str, text: str, key: str) -> EmailMessage:
        message = EmailMessage(SMTP)
        message["From"] = self._sender
        message["To"] = _address(to)
        message["Subject"] = " ".join(subject.split())
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = f"<{quote(key, safe='', errors='replace')}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # so that out-of-office programs do not answer
        message.set_content(text)
        return message

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """Connect and sign in. An error in the QUIT at the end is ignored: the message has been accepted."""
        with connection(self._host, self._port, seconds=self._timeout) as line, self._session(line) as server:
            if not self._encrypted:
                self._encrypt(server)
            if self._user:
                server.login(self._user, self._password)
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    @contextmanager
    def _session(self, line: socket.socket) -> Iterator[smtplib.SMTP]:
        if self._encrypted:
            line = self._trust.wrap_socket(line, server_hostname=self._host)
        with closing(line), closing(_Session(line, self._host, self._port, name=self._domain)) as server:
            yield server

    def _encrypt(self, server: smtplib.SMTP) -> None:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self._trust)
        elif self._user and self._host not in LOCALHOST:
            raise Undelivered("the mail server offers no encryption for the password", is_permanent=False)


class _Session(smtplib.SMTP):
    """A session over an existing connection.

    It introduces itself by the sender's domain; the library would look up the name of this computer, which may take
    long.
    """

    def __init__(self, line: socket.socket, host: str, port: int, *, name: str) -> None:
        self._line = line
        super().__init__(host, port, local_hostname=name)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line

    def getreply(self) -> tuple[int, bytes]:
        """Return the next answer. Raises: SMTPServerDisconnected if it is too long."""
        if self.sock is not None:
            self.file = self.file or _LimitedFile(self.sock.makefile("rb"))
            self.file.remaining = MAX_ANSWER_BYTES
        return super().getreply()


class _LimitedFile:
    """The lines of an answer; the library itself would read any number of them."""

    def __init__(self, lines: BinaryIO) -> None:
        self._lines, self.remaining = lines, MAX_ANSWER_BYTES
        self.close = lines.close

    def readline(self, most: int) -> bytes:
        """Return the next line. Raises: OSError if the answer is too long."""
        line = self._lines.readline(most)
        self.remaining -= len(line)
        if self.remaining < 0:
            raise OSError("the answer is too long")
        return line


def _address(text: str) -> str:
    """Return the text if it is one address and nothing else. Raises: Undelivered."""
    try:
        return validate_email(text)[1]
    except ValueError:
        raise Undelivered("this is not an e-mail address", is_permanent=True) from None


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Translate errors of smtplib to Undelivered: permanent if the server refuses the message or its recipient."""
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
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return " ".join(f"{code} {text}".split())[:MAX_REASON_LENGTH]
