"""What a connection may take of us, spoken to the protocol itself: its clock and its client are the test's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from resource import RLIM_INFINITY
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from educore_web.runtime.limits import (
    BODY_SECONDS,
    HEAD_SECONDS,
    MOST_AHEAD,
    MOST_HEADER_BYTES,
    MOST_HEADERS,
    SLOWEST_BODY,
    STALL_SECONDS,
)
from educore_web.runtime.protocol import CHECK_SECONDS, PIECE, BoundedHttp, max_connections

GET = b"GET /health HTTP/1.1\r\nhost: x\r\n"
POST = b"POST /login HTTP/1.1\r\nhost: x\r\n"
MOST = 4


class Clock:
    """An event loop whose time passes when a test says so."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.now, self.calls = loop, 1_000.0, list[tuple[float, Callable[[], None], Any]]()

    def time(self) -> float:
        return self.now

    def create_task(self, work: Any, **options: Any) -> Any:
        return self.loop.create_task(work, **options)

    def call_later(self, delay: float, call: Callable[[], None]) -> Any:
        handle = asyncio.TimerHandle(0, call, (), self.loop)
        self.calls.append((self.now + delay, call, handle))
        return handle

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due then is done in its turn."""
        end = self.now + seconds
        while due := sorted((call for call in self.calls if call[0] <= end), key=lambda call: call[0])[:1]:
            self.calls.remove(due[0])
            self.now = due[0][0]
            if not due[0][2].cancelled():
                due[0][1]()
        self.now = end


class Wire(asyncio.Transport):
    """A connection without a network; `unsent` is what the client has not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.sent, self.unsent, self.closed, self.aborted, self.paused = b"", 0, False, False, False
        self.lose: Callable[[], Any] = lambda: None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return None

    def write(self, data: Any) -> None:
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed and not self.unsent:
            self.lose()
        self.closed = True

    def abort(self) -> None:
        self.lose()
        self.closed = self.aborted = True


class Line(BoundedHttp):
    """A connection in a process that bears few of them."""

    most = MOST


class House:
    """A process and its connections; its application reads each body and answers ok."""

    def __init__(self) -> None:
        self.clock, self.state = Clock(asyncio.get_running_loop()), ServerState()
        self.asked: list[dict[str, Any]] = []
        self.config = Config(self.answer, interface="asgi3", lifespan="off", http=Line, proxy_headers=False)
        self.open = asyncio.Event()
        self.open.set()

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope)
        await self.open.wait()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    def connect(self) -> tuple[Line, Wire]:
        line, wire = Line(self.config, self.state, {}, self.clock), Wire()  # type: ignore[arg-type]
        wire.lose = partial(self.clock.loop.call_soon, line.connection_lost, None)
        line.connection_made(wire)
        return line, wire


async def turn() -> None:
    """Let everything happen that can."""
    for _ in range(200):
        await asyncio.sleep(0)


def status(wire: Wire) -> int:
    return int(wire.sent.split()[1]) if wire.sent else 0


def in_a_house(test: Callable[[House], Awaitable[None]]) -> Callable[[], None]:
    """Run a test in a process of its own."""

    def run() -> None:
        async def live() -> None:
            await test(House())

        asyncio.run(live())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


# -- how much ------------------------------------------------------------------------------------------


@in_a_house
async def test_a_whole_request_is_answered_and_the_next_one_too(house: House) -> None:
    line, wire = house.connect()
    for _ in range(3):
        wire.sent = b""
        for byte in GET + b"\r\n":
            line.data_received(bytes([byte]))
        await turn()
        assert (status(wire), wire.closed) == (200, False)
        house.clock.advance(3)


UNFINISHED = {
    "a request line": b"GET /" + b"a" * 200_000,
    "a field": GET + b"x: " + b"a" * 200_000,
    "many fields": GET + b"x: a\r\n" * 40_000,
    "empty lines": b"\r\n" * 100_000,
    "a name of a field": GET + b"a" * 200_000,
    "a trailer": POST + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx: " + b"a" * 200_000,
    "many trailers": POST + b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"x: a\r\n" * 40_000,
    "a chunk extension": POST + b"transfer-encoding: chunked\r\n\r\n2;" + b"a" * 200_000,
}


@pytest.mark.parametrize("what", UNFINISHED)
@pytest.mark.parametrize("size", [1_000, 65_536, 1_000_000])
def test_whatever_has_no_end_is_refused_soon(what: str, size: int) -> None:
    @in_a_house
    async def try_it(house: House) -> None:
        line, wire = house.connect()
        fed, raw = 0, UNFINISHED[what]
        parse = line.parser.feed_data

        class Counting:
            def feed_data(self, data: bytes) -> None:
                nonlocal fed
                fed += len(data)
                parse(data)

            def __getattr__(self, name: str) -> Any:
                return getattr(parser, name)

        parser, line.parser = line.parser, Counting()
        for start in range(0, len(raw), size):
            if wire.closed:
                break
            line.data_received(raw[start : start + size])
            await turn()
        assert wire.closed
        assert status(wire) in (400, 431), wire.sent
        assert fed <= MOST_HEADER_BYTES + 2 * PIECE + size % PIECE, "no more than that came to the parser"

    try_it()


@in_a_house
async def test_as_many_fields_come_to_the_application_as_show_that_they_are_too_many(house: House) -> None:
    line, _ = house.connect()
    line.data_received(GET + b"x: a\r\n" * (2 * MOST_HEADERS) + b"\r\n")
    await turn()
    assert len(house.asked[0]["headers"]) == MOST_HEADERS + 1


@in_a_house
async def test_a_large_body_in_small_chunks_is_read(house: House) -> None:
    line, wire = house.connect()
    line.data_received(POST + b"transfer-encoding: chunked\r\n\r\n")
    for _ in range(100):
        line.data_received(b"1\r\na\r\n" * 5_000)
        await turn()
    line.data_received(b"0\r\n\r\n")
    await turn()
    assert (status(wire), wire.closed) == (200, False)


@in_a_house
async def test_a_request_behind_a_large_body_is_answered(house: House) -> None:
    line, wire = house.connect()
    line.data_received(POST + b"content-length: 200000\r\n\r\n" + b"a" * 200_000 + GET + b"\r\n")
    await turn()
    assert wire.sent.count(b"200 OK") == 2


@in_a_house
async def test_some_requests_may_be_sent_ahead_but_not_any_number(house: House) -> None:
    line, wire = house.connect()
    line.data_received((GET + b"\r\n") * MOST_AHEAD)
    await turn()
    assert wire.sent.count(b"200 OK") == MOST_AHEAD
    house.open.clear()
    line.data_received((GET + b"\r\n") * 100_000)
    await turn()
    assert wire.closed
    assert len(house.asked) < MOST_AHEAD + PIECE // len(GET)


@in_a_house
async def test_what_is_no_http_is_refused_as_json(house: House) -> None:
    line, wire = house.connect()
    line.data_received(b"\x16\x03\x01\x02\x00\r\n\r\n")
    head, _, body = wire.sent.partition(b"\r\n\r\n")
    assert (status(wire), json.loads(body)["status_code"], wire.closed) == (400, 400, True)
    assert b"x-content-type-options: nosniff" in head


# -- how long ------------------------------------------------------------------------------------------


@in_a_house
async def test_a_connection_that_says_nothing_is_closed_without_a_word(house: House) -> None:
    _, wire = house.connect()
    house.clock.advance(HEAD_SECONDS - 1)
    assert not wire.closed
    house.clock.advance(2 + CHECK_SECONDS)
    assert (wire.closed, wire.sent) == (True, b"")


@in_a_house
async def test_a_head_that_drips_is_refused(house: House) -> None:
    line, wire = house.connect()
    for byte in GET:
        if not wire.closed:
            line.data_received(bytes([byte]))
            house.clock.advance(2)
    assert status(wire) == 408


@in_a_house
async def test_a_second_head_that_drips_is_refused_too(house: House) -> None:
    line, wire = house.connect()
    line.data_received(GET + b"\r\n" + GET)
    await turn()
    assert status(wire) == 200
    for _ in range(15):
        if not wire.closed:
            line.data_received(b"x")
            house.clock.advance(2)
    assert b" 408 " in wire.sent


@in_a_house
async def test_a_body_that_does_not_come_is_refused(house: House) -> None:
    line, wire = house.connect()
    line.data_received(POST + b"content-length: 50000\r\n\r\n" + b"a" * 1000)
    await turn()
    house.clock.advance(BODY_SECONDS + 1000 / SLOWEST_BODY - 1)
    assert not wire.closed
    house.clock.advance(2 + CHECK_SECONDS)
    await turn()
    assert (status(wire), wire.closed) == (408, True)


@in_a_house
async def test_a_body_over_a_poor_line_is_waited_for(house: House) -> None:
    line, wire = house.connect()
    line.data_received(POST + b"content-length: 100000\r\n\r\n")
    for _ in range(100):
        line.data_received(b"a" * 1000)
        await turn()
        house.clock.advance(1)
    assert status(wire) == 200


@in_a_house
async def test_a_body_nobody_reads_yet_is_not_late(house: House) -> None:
    house.open.clear()
    line, wire = house.connect()
    line.data_received(POST + b"content-length: 200000\r\n\r\n" + b"a" * 100_000)
    await turn()
    assert wire.paused, "the application has enough to read"
    house.clock.advance(1_000)
    assert not wire.closed
    house.open.set()
    await turn()
    line.data_received(b"a" * 100_000)
    await turn()
    assert status(wire) == 200


@in_a_house
async def test_the_rest_of_a_body_that_was_refused_has_its_time_too(house: House) -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    line, wire = house.connect()
    line.app = refuse
    line.data_received(POST + b"content-length: 200000\r\n\r\n" + b"a" * 1000)
    await turn()
    for _ in range(40):
        if not wire.closed:
            line.data_received(b"a")
            house.clock.advance(2)
    assert (status(wire), wire.closed) == (401, True)


@in_a_house
async def test_an_answer_that_nobody_takes_is_not_kept(house: House) -> None:
    line, wire = house.connect()
    line.data_received(GET + b"\r\n")
    await turn()
    line.data_received(b"GET")  # so that it is not closed as idle
    for unsent in (9_000, 8_000, 7_000):
        wire.unsent = unsent
        line.head_since = house.clock.now
        house.clock.advance(STALL_SECONDS / 2)
        assert not wire.aborted
    wire.closed = True  # with what is still to be sent
    house.clock.advance(STALL_SECONDS + 2 * CHECK_SECONDS)
    assert wire.aborted


# -- how many ------------------------------------------------------------------------------------------


@in_a_house
async def test_the_connection_that_has_said_nothing_for_longest_makes_room(house: House) -> None:
    wires = []
    for _ in range(MOST + 2):
        wires.append(house.connect()[1])
        house.clock.advance(1)
        await turn()
    assert [wire.aborted for wire in wires] == [True, True] + [False] * MOST


@in_a_house
async def test_where_everybody_is_being_answered_a_new_one_is_told_to_come_back(house: House) -> None:
    house.open.clear()
    lines = [house.connect() for _ in range(MOST)]
    for line, _ in lines:
        line.data_received(GET + b"\r\n")
    late, wire = house.connect()
    late.data_received(GET + b"\r\n")
    await turn()
    assert (status(wire), wire.closed) == (503, True)
    assert b"retry-after: " in wire.sent
    gathered = []
    for _ in range(3 * MOST):
        crowd, wire = house.connect()
        crowd.data_received(POST + b"content-length: 9\r\n\r\n")
        gathered.append(wire)
        await turn()
    assert len(house.state.connections) <= 2 * MOST, "nor do they gather at the door"
    assert not any(wire.aborted for _, wire in lines)
    house.open.set()
    await turn()
    assert {status(wire) for _, wire in lines} == {200}


@pytest.mark.parametrize(
    ("descriptors", "most"), [(20, 10), (10, 8), (1024, 512), (10**6, 1000), (RLIM_INFINITY, 1000)]
)
def test_half_of_the_descriptors_are_for_connections(
    descriptors: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda which: (descriptors, descriptors))
    assert max_connections() == most
