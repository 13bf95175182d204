"""Every call to another computer ends in time as a whole: in looking up, connecting, encrypting, asking and listening.

The stand-ins are real sockets that send a little again and again, so that no timeout between two bytes ever ends them.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any

import boto3
import pytest
from botocore.config import Config

from educore import Unavailable, Undelivered
from educore.adapters.connections import connection
from educore.adapters.http_sms import HttpSms
from educore.adapters.s3 import S3Files
from educore.adapters.smtp import SmtpMail
from educore.kernel.background import run_in_background
from support.stand_in_servers import (
    HANDSHAKE,
    SHORTLY,
    Talk,
    answer_until,
    keep_silent,
    run_stand_in,
    send_endlessly,
    send_slowly,
)

LIMIT = 0.4
"""Seconds a call may take."""
AT_MOST = 3.0
"""Seconds until we are sure that it took no longer; this machine may be busy."""


@contextmanager
def in_time() -> Iterator[None]:
    """Whatever happens within ends in time."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < AT_MOST


def send_letter(port: int, *, scheme: str = "smtp", text: str = "Hi") -> None:
    mail = SmtpMail(f"{scheme}://127.0.0.1:{port}", sender="info@ziyo.uz", timeout=LIMIT)
    mail.send(to="aziza@ziyo.uz", subject="Hi", text=text, key="1")


def send_text(port: int, *, scheme: str = "http") -> None:
    sms = HttpSms(f"{scheme}://127.0.0.1:{port}/", token="secret", timeout=LIMIT)
    sms.send(to="+998901234567", text="Hi", key="1")


def listen_then(then: Talk) -> Talk:
    """Read a request over HTTP, at least its beginning, and then talk."""

    def talk(line: socket.socket) -> None:
        line.recv(1)
        then(line)

    return talk


HELD_UP: dict[str, tuple[Talk, Callable[[int], None]]] = {
    "greeting": (answer_until("", partial(send_slowly, piece=b"220-wait\r\n")), send_letter),
    "half a greeting": (answer_until("", partial(send_slowly, piece=b"2")), send_letter),
    **{
        f"answer to {word}": (answer_until(word, partial(send_slowly, piece=b"250-wait\r\n")), send_letter)
        for word in ("EHLO", "MAIL", "RCPT", "DATA", "LETTER")
    },
    "encryption offered": (
        answer_until("STARTTLS", partial(send_slowly, piece=b"\0", first=b"220 go\r\n" + HANDSHAKE), offers="STARTTLS"),
        send_letter,
    ),
    "encryption first": (partial(send_slowly, piece=b"\0", first=HANDSHAKE), partial(send_letter, scheme="smtps")),
    "a letter nobody reads": (
        answer_until("DATA", partial(send_slowly, piece=b"250-wait\r\n", first=b"354 go on\r\n")),
        partial(send_letter, text="x" * 5_000_000),
    ),
    "a gateway's encryption": (partial(send_slowly, piece=b"\0", first=HANDSHAKE), partial(send_text, scheme="https")),
    "a gateway's status": (listen_then(partial(send_slowly, piece=b"H")), send_text),
    "a gateway that tells to go on": (
        listen_then(partial(send_slowly, piece=b"HTTP/1.1 100 Continue\r\n\r\n")),
        send_text,
    ),
    "a gateway's headers": (
        listen_then(partial(send_slowly, piece=b"X", first=b"HTTP/1.1 200 OK\r\nX-Slow: ")),
        send_text,
    ),
    "a gateway's body": (
        listen_then(partial(send_slowly, piece=b" ", first=b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")),
        send_text,
    ),
    "silence": (keep_silent, send_letter),
    "a silent gateway": (keep_silent, send_text),
}


@pytest.mark.parametrize("what", HELD_UP)
def test_who_is_held_up_hangs_up_in_time(what: str) -> None:
    talk, send = HELD_UP[what]
    with run_stand_in(talk) as port, in_time(), pytest.raises(Undelivered) as refused:
        send(port)
    assert not refused.value.is_permanent


@pytest.mark.parametrize("limit", [0.2, 1.0])
def test_what_holds_us_up_is_waited_for_as_long_as_told(limit: float) -> None:
    """The positive control: it is the limit that ends it, and nothing sooner."""
    begin = time.monotonic()
    with (
        run_stand_in(answer_until("", partial(send_slowly, piece=b"220-wait\r\n"))) as port,
        pytest.raises(Undelivered),
    ):
        SmtpMail(f"smtp://127.0.0.1:{port}", sender="info@ziyo.uz", timeout=limit).send(
            to="aziza@ziyo.uz", subject="Hi", text="Hi", key="1"
        )
    assert limit <= time.monotonic() - begin < limit + AT_MOST


def test_a_letter_that_was_taken_is_sent_although_the_farewell_never_ends() -> None:
    with run_stand_in(answer_until("QUIT", partial(send_slowly, piece=b"221-wait\r\n"))) as port, in_time():
        send_letter(port)


@pytest.mark.parametrize("word", ["", "EHLO", "RCPT"])
def test_of_an_answer_without_end_little_is_kept(word: str) -> None:
    with run_stand_in(answer_until(word, partial(send_endlessly, piece=b"250-more and more\r\n"))) as port:
        mail = SmtpMail(f"smtp://127.0.0.1:{port}", sender="info@ziyo.uz", timeout=60)
        with in_time(), pytest.raises(Undelivered):  # long before the time is over
            mail.send(to="aziza@ziyo.uz", subject="Hi", text="Hi", key="1")


def test_no_name_is_looked_up_for_longer_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answered.wait(60))
    with in_time(), pytest.raises(TimeoutError), connection("far.example", 25, seconds=LIMIT):
        raise AssertionError("it is connected")
    answered.set()


def test_nobody_asks_for_the_name_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*args: object) -> str:
        raise AssertionError("the name service may hang")

    monkeypatch.setattr(socket, "getfqdn", look_up)
    with run_stand_in(answer_until("NEVER", keep_silent)) as port:
        send_letter(port)


def test_an_address_that_keeps_silent_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the first address is of a network that swallows everything."""
    with run_stand_in(keep_silent) as port:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        found = [(*kind, ("127.0.0.1", 1)), (*kind, ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
        with connection("far.example", 25, seconds=LIMIT) as line:
            assert line.getpeername() == ("127.0.0.1", port)


# -- storage -------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], S3Files]]:
    """Makes a bucket behind a port, with credentials of nobody."""
    clients: list[Any] = []

    def make(port: int) -> S3Files:
        session = boto3.Session(aws_access_key_id="somebody", aws_secret_access_key="secret", region_name="us-east-1")
        config = Config(read_timeout=20, proxies={})
        clients.append(session.client("s3", endpoint_url=f"http://127.0.0.1:{port}", config=config))
        return S3Files("school", client=clients[-1], timeout=LIMIT)

    yield make
    for client in clients:
        client.close()


ACTS: dict[str, Callable[[S3Files], object]] = {
    "save": lambda files: files.save(b"x", folder="logo", name="a.png"),
    "read": lambda files: files.read("logo/1/a.png"),
    "delete": lambda files: files.delete("logo/1/a.png"),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"]
)
def test_storage_that_drips_is_unavailable_in_time(act: str, answer: bytes, bucket: Callable[[int], S3Files]) -> None:
    over = Event()

    def drip_until_over(line: socket.socket) -> None:
        line.recv(1)
        line.sendall(answer)
        while not over.wait(SHORTLY):
            line.sendall(b"x")

    with run_stand_in(drip_until_over) as port, in_time():
        with pytest.raises(Unavailable) as refused:
            ACTS[act](bucket(port))
        over.set()
    assert refused.value.code == "files_unavailable"


def test_storage_that_lets_nobody_go_is_not_asked_more_and_more(
    bucket: Callable[[int], S3Files], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("educore.adapters.s3.MAX_CALLS", 2)
    over, asked = Event(), []

    def hang(line: socket.socket) -> None:
        asked.append(line)
        over.wait(60)

    with run_stand_in(hang) as port:
        files = bucket(port)
        for _ in range(4):
            with in_time(), pytest.raises(Unavailable):
                files.delete("logo/1/a.png")
        over.set()
    assert len(asked) == 2


def test_storage_that_sends_more_than_any_file_has_is_unavailable(
    bucket: Callable[[int], S3Files], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("educore.adapters.s3.LARGEST_FILE", 1_000_000)

    def talk(line: socket.socket) -> None:
        line.recv(65536)
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        send_endlessly(line, b"x" * 1000)

    with run_stand_in(talk) as port, in_time(), pytest.raises(Unavailable):
        bucket(port).read("logo/1/a.png")


# -- in the background ---------------------------------------------------------------------------------


def test_what_runs_in_the_background_gives_its_result_or_its_failure() -> None:
    assert run_in_background(lambda: 7).result(AT_MOST) == 7
    with pytest.raises(ZeroDivisionError):
        run_in_background(lambda: 1 / 0).result(AT_MOST)
