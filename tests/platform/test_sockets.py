"""One socket: its silence, its pace, and its end if the client takes nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import Any

import pytest
import uvicorn
from websockets.sync.client import connect

from educore.people import SignInProof
from educore_web.apis.madrasti.live import LIVE
from educore_web.live.connection import LiveConnection
from educore_web.live.handshake import find_credential, is_foreign
from educore_web.live.limits import LiveLimits
from educore_web.runtime import websockets
from educore_web.runtime.protocol import BoundedHttp
from educore_web.runtime.websockets import LiveWebSocket

PATIENCE = 30
Message = dict[str, Any]


def run_socket(
    limits: LiveLimits, *, says: list[str], offers: dict[int, Any] | None = None, seen: tuple[int, ...] = ()
) -> tuple[int | None, list[Any]]:
    """Serve a socket whose client says this and then nothing; gives the code of its end, and what it was sent."""
    sent: list[Any] = []

    async def serve() -> int | None:
        connection = LiveConnection(LIVE, token="t", proof=SignInProof(1, 2, "k"), seen=seen, limits=limits)
        incoming: asyncio.Queue[Message] = asyncio.Queue()
        for text in says:
            incoming.put_nowait({"type": "websocket.disconnect"} if text == "bye" else {"text": text, "type": "x"})

        async def send(message: Any) -> None:
            sent.append(json.loads(message["text"]))

        connection.offer(offers or {})
        return await asyncio.wait_for(connection.run(incoming.get, send), PATIENCE)

    return asyncio.run(serve()), sent


def test_silence_ends_a_socket_and_a_heartbeat_is_answered() -> None:
    code, sent = run_socket(LiveLimits(silence=0.05), says=['{"type": "heartbeat"}', "{}"])
    assert (code, sent) == (4408, [{"type": "heartbeat"}])


def test_a_client_who_hangs_up_needs_no_code() -> None:
    assert run_socket(LiveLimits(), says=["bye"]) == (None, [])


def test_a_burst_is_allowed_and_more_is_not() -> None:
    limits = LiveLimits(frames_a_second=0.001, burst=5)
    assert run_socket(limits, says=["{}"] * 5 + ["bye"])[0] is None
    assert run_socket(limits, says=["{}"] * 6 + ["bye"])[0] == 4429


def test_each_frame_is_sent_once_and_too_many_end_the_socket() -> None:
    frames = {number: {"number": number} for number in range(4)}
    limits = LiveLimits(waiting=3, silence=0.2)
    assert run_socket(limits, says=[], offers=frames, seen=(2,))[1] == [{"number": n} for n in (0, 1, 3)]
    assert run_socket(LiveLimits(waiting=3), says=[], offers=frames)[0] == 4408


@pytest.mark.parametrize(
    ("headers", "subprotocols", "query", "found"),
    [
        ([(b"authorization", b"Bearer one")], ["bearer", "two"], b"token=three", ("one", None)),
        ([(b"authorization", b"Basic one")], ["bearer", "two"], b"token=three", ("two", "bearer")),
        ([], ["chat"], b"token=three", ("three", None)),
        ([(b"cookie", b"token=one")], [], b"", None),
    ],
)
def test_the_first_token_counts(headers: Any, subprotocols: Any, query: bytes, found: Any) -> None:
    assert find_credential({"headers": headers, "subprotocols": subprotocols, "query_string": query}) == found


def test_a_program_names_no_site_and_the_page_of_another_site_is_foreign() -> None:
    ours = ("https://school.example",)
    assert not is_foreign({"headers": []}, ours)
    assert not is_foreign({"headers": [(b"origin", b"https://school.example")]}, ours)
    for origin in (b"https://other.example", b"null", b"http://school.example"):
        assert is_foreign({"headers": [(b"origin", origin)]}, ours)


class TalkativeApp:
    """Sends without end to whoever asks for it, and echoes what others say."""

    def __init__(self) -> None:
        self.has_ended = Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while scope["path"] == "/flood":
                await send({"type": "websocket.send", "text": "x" * 60_000})
            while (message := await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": message["text"]})
        except OSError:
            self.has_ended.set()


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, TalkativeApp]]:
    """A server of sockets that waits a moment only for who reads nothing; gives its port and its application."""
    monkeypatch.setattr(websockets, "SOCKET_STALL_SECONDS", 0.2)
    monkeypatch.setattr(websockets, "CLOSE_SECONDS", 0.1)
    app = TalkativeApp()
    listening = socket.create_server(("127.0.0.1", 0))
    options: Any = {"http": BoundedHttp, "ws": LiveWebSocket, "log_level": "warning", "lifespan": "off"}
    server = uvicorn.Server(uvicorn.Config(app, **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1], app
    server.should_exit = True
    thread.join()
    listening.close()


def test_who_takes_nothing_is_cut_off_and_nobody_else_waits(talkative: tuple[int, TalkativeApp]) -> None:
    port, app = talkative
    with closing(socket.create_connection(("127.0.0.1", port))) as deaf:
        key = f"Sec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\n"
        deaf.sendall(
            f"GET /flood HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n".encode()
        )
        with connect(f"ws://127.0.0.1:{port}/echo", proxy=None) as line:
            while not app.has_ended.wait(0):
                line.send("still here?")
                assert line.recv(timeout=PATIENCE) == "still here?"
    assert app.has_ended.wait(PATIENCE)
