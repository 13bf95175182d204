"""What every carrier of texts keeps to, and what the one over HTTP makes of gateways that misbehave.

Another carrier is checked by the first part: give it a fixture that makes a `Line`, and name that in `line`.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from educore import Ports, Undelivered, memory_ports
from educore.adapters.http_sms import HttpSms
from educore.adapters.logging import LogSms
from educore.adapters.memory import FakeSms, SentSms
from educore.kernel.ports import Sms

TOKEN = "a-token-nobody-may-see"
PHONE = "+998901234567"
TAKEN = b'{"id": "7", "status": "waiting", "message": "Waiting for SMS provider"}'


@dataclass(frozen=True)
class Line:
    """A carrier, what arrived through it, and how to make the next texts fail."""

    sms: Sms
    arrived: Callable[[], list[SentSms]]
    break_down: Callable[[], None]


@dataclass(frozen=True)
class Asked:
    """A request that reached the gateway."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Answer = Callable[[BaseHTTPRequestHandler], None]


class Gateway(ThreadingHTTPServer):
    """An SMS gateway that keeps what it was asked, and answers as a test wishes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Clerk)
        self.asked: list[Asked] = []
        self.answer: Answer = says(200, TAKEN)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/send?channel=1"


class Clerk(BaseHTTPRequestHandler):
    """Writes down a request and answers it."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, Gateway)
        self.server.asked.append(Asked(self.path, dict(self.headers), body))
        with suppress(OSError):  # whoever asked may have gone
            self.server.answer(self)

    def log_message(self, *words: object) -> None:
        """Keep the output of tests quiet."""


def says(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    def answer(clerk: BaseHTTPRequestHandler) -> None:
        clerk.send_response(status)
        for name, value in headers.items():
            clerk.send_header(name, value)
        clerk.end_headers()
        clerk.wfile.write(body)

    return answer


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def sms(gateway: Gateway) -> HttpSms:
    return HttpSms(gateway.url, token=TOKEN, sender="4546", timeout=5)


@pytest.fixture
def kept() -> Line:
    sms = FakeSms()

    def break_down() -> None:
        sms.failure = Undelivered("the gateway is gone", is_permanent=False)

    return Line(sms, lambda: sms.sent, break_down)


@pytest.fixture
def over_http(gateway: Gateway, sms: HttpSms) -> Line:
    def arrived() -> list[SentSms]:
        taken = gateway.asked if gateway.answer is first else []
        return [SentSms(f"+{a.body['mobile_phone']}", a.body["message"], a.headers["Idempotency-Key"]) for a in taken]

    def break_down() -> None:
        gateway.answer = says(503)

    first = gateway.answer
    return Line(sms, arrived, break_down)


@pytest.fixture(params=["kept", "over_http"])
def line(request: pytest.FixtureRequest) -> Line:
    """Each carrier in turn."""
    found: Line = request.getfixturevalue(request.param)
    return found


def send(sms: Sms, *, to: str = PHONE, text: str = "Hi", key: str = "1") -> None:
    sms.send(to=to, text=text, key=key)


# -- what all of them keep to --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Your lesson moved to Friday.",
        "Занятие перенесено\nна пятницу",
        "Dars ko‘chirildi, O‘g‘iloy",
        "Дарс кўчирилди",
        "💫" * 70,
        '"quoted"\\',
        "x" * 5000,
        "",
    ],
)
def test_a_text_arrives_as_it_was_written(line: Line, text: str) -> None:
    send(line.sms, text=text, key="note-7")
    assert line.arrived() == [SentSms(PHONE, text, "note-7")]


def test_a_text_sent_twice_can_be_told_from_two_texts(line: Line) -> None:
    for key in ("a", "a", "b"):
        send(line.sms, key=key)
    assert [text.key for text in line.arrived()] == ["a", "a", "b"]


def test_a_carrier_that_fails_says_so_and_nothing_arrives(line: Line) -> None:
    line.break_down()
    with pytest.raises(Undelivered) as refused:
        send(line.sms)
    assert refused.value.reason
    assert not refused.value.is_permanent
    assert line.arrived() == []


# -- over HTTP -----------------------------------------------------------------------------------------


def refusal(sms: Sms, **text: str) -> Undelivered:
    with pytest.raises(Undelivered) as refused:
        send(sms, **text)
    return refused.value


def test_a_gateway_is_asked_once_in_its_own_words(gateway: Gateway, sms: HttpSms) -> None:
    send(sms, text="Hi", key="note:7\r\nX-Evil: 1")
    (asked,) = gateway.asked
    assert asked.path == "/api/send?channel=1"
    assert asked.body == {"mobile_phone": "998901234567", "message": "Hi", "from": "4546"}
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Idempotency-Key"] == "note%3A7%0D%0AX-Evil%3A%201"


def test_a_gateway_is_told_no_sender_where_there_is_none(gateway: Gateway) -> None:
    send(HttpSms(gateway.url, token=TOKEN))
    assert "from" not in gateway.asked[0].body


@pytest.mark.parametrize("to", ["", "aziza@ziyo.uz", "+99890", "+998901234567\r\n", "998 90 123 45 67", "+٩٩٨٩٠١٢٣٤"])
def test_what_is_no_number_gets_no_text(gateway: Gateway, sms: HttpSms, to: str) -> None:
    assert refusal(sms, to=to).is_permanent
    assert gateway.asked == []


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_text_the_gateway_finds_wrong_is_not_sent_again(gateway: Gateway, sms: HttpSms, status: int) -> None:
    gateway.answer = says(status, b'{"message": "Wrong\\nnumber", "status": "error"}')
    refused = refusal(sms)
    assert (refused.reason, refused.is_permanent) == (f"{status} Wrong number", True)


@pytest.mark.parametrize("status", [401, 402, 408, 409, 425, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(gateway: Gateway, sms: HttpSms, status: int) -> None:
    gateway.answer = says(status, b"<h1>Sorry</h1>")
    refused = refusal(sms)
    assert (refused.reason, refused.is_permanent) == (str(status), False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>OK</html>",
        b"OK",
        b"[]",
        b"null",
        b"{}",
        b'{"status": null}',
        b'{"status": 1}',
        b'{"status": "error", "message": "No money"}',
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"status": "waiting", "more": "' + b"x" * 70_000 + b'"}',
    ],
    ids=lambda body: ascii(body[:40]),
)
def test_an_answer_that_is_none_is_no_success(gateway: Gateway, sms: HttpSms, body: bytes) -> None:
    gateway.answer = says(200, body)
    assert not refusal(sms).is_permanent


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_sent_elsewhere_with_the_token(gateway: Gateway, sms: HttpSms, status: int) -> None:
    gateway.answer = says(status, TAKEN, Location=gateway.url)
    assert not refusal(sms).is_permanent
    assert len(gateway.asked) == 1


def test_of_an_endless_answer_only_the_beginning_is_read(gateway: Gateway, sms: HttpSms) -> None:
    pieces = iter(range(100_000))

    def endless(clerk: BaseHTTPRequestHandler) -> None:
        says(200, b"")(clerk)
        for _ in pieces:
            clerk.wfile.write(b"x" * 1024)

    gateway.answer = endless
    assert not refusal(sms).is_permanent
    assert next(pieces, None) is not None, "all of it was taken"


def test_a_gateway_that_says_nothing_is_waited_for_no_longer_than_told(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert not refusal(HttpSms(url, token=TOKEN, timeout=0.3)).is_permanent


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_gateway_that_drips_is_waited_for_no_longer_either(gateway: Gateway, beginning: bytes) -> None:
    def drip(clerk: BaseHTTPRequestHandler) -> None:
        clerk.wfile.write(beginning)
        for _ in range(100):
            clerk.wfile.write(b"x")
            time.sleep(0.05)

    gateway.answer = drip
    start = time.monotonic()
    assert not refusal(HttpSms(gateway.url, token=TOKEN, timeout=0.5)).is_permanent
    assert time.monotonic() - start < 2


def test_a_gateway_that_is_gone_is_tried_again() -> None:
    assert not refusal(HttpSms("http://127.0.0.1:1/", token=TOKEN, timeout=1)).is_permanent
    assert not refusal(HttpSms("https://no-such-host.invalid/", token=TOKEN, timeout=1)).is_permanent


def test_a_gateway_that_speaks_no_tls_gets_no_token(gateway: Gateway) -> None:
    url = gateway.url.replace("http:", "https:")
    assert not refusal(HttpSms(url, token=TOKEN, timeout=1)).is_permanent
    assert gateway.asked == []


# -- the token -----------------------------------------------------------------------------------------


def echo(clerk: BaseHTTPRequestHandler) -> None:
    says(400, json.dumps({"message": f"bad {clerk.headers['Authorization']}"}).encode())(clerk)


def nonsense(clerk: BaseHTTPRequestHandler) -> None:
    clerk.wfile.write(f"Authorization: {clerk.headers['Authorization']}\r\n\r\n".encode())


@pytest.mark.parametrize("answer", [echo, nonsense, says(500, TOKEN.encode())])
def test_nobody_reads_the_token_in_what_went_wrong(
    gateway: Gateway, sms: HttpSms, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.answer = answer
    with caplog.at_level(logging.DEBUG):
        refused = refusal(sms)
        logging.getLogger("educore").error("not sent by %r", sms, exc_info=refused)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("token", ["secret\r\nX-Evil: 1", "сeкрет", "secret\0"])
def test_a_token_that_fits_no_header_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(ValueError, match="token") as refused:
        HttpSms("https://gateway.example", token=token)
    assert token not in str(refused.value)


@pytest.mark.parametrize("url", ["ftp://gateway.example", "gateway.example", "https://", ""])
def test_only_a_web_address_is_a_gateway(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        HttpSms(url, token=TOKEN)


# -- to the log, and to nowhere ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "masked"), [(PHONE, "+998*******67"), ("+12025550", "+120***50"), ("1234567", "*******"), ("", "")]
)
def test_the_log_learns_of_a_text_and_neither_whom_it_was_for_nor_what_it_said(
    caplog: pytest.LogCaptureFixture, phone: str, masked: str
) -> None:
    with caplog.at_level(logging.INFO, logger="educore"):
        send(LogSms(), to=phone, text="Your code is 7391")
    (line,) = caplog.messages
    assert f"'{masked}'" in line
    assert "17 characters" in line
    assert "7391" not in caplog.text


def test_without_a_carrier_a_text_is_refused_for_good() -> None:
    made = memory_ports()
    assert refusal(Ports(made.clock, made.passwords, made.tokens, made.files).sms).is_permanent
