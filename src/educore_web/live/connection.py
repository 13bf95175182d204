"""One open socket: what it was sent, what waits for it, and what its client says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import msgspec

from educore.people import SignInProof
from educore_web.live.limits import TOO_MANY, TOO_SLOW, LiveLimits
from educore_web.live.stream import Frames, LiveStream
from educore_web.runtime.asgi import Receive, Send

HEARTBEAT = json.dumps({"type": "heartbeat"})


class Closed(Exception):
    """The socket is to be closed with a code; None means that the client has gone."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class LiveConnection:
    """A socket of one person. All its methods belong to the thread of the event loop, but `token` and the like to all.

    `seen` are ids of notifications that need not be sent: they were, or were there before the socket.
    """

    def __init__(
        self, stream: LiveStream, *, token: str, proof: SignInProof, seen: Iterable[int], limits: LiveLimits
    ) -> None:
        self.stream, self.token, self.proof, self.limits = stream, token, proof, limits
        self._seen = dict.fromkeys(seen)
        self._waiting: asyncio.Queue[str | Closed] = asyncio.Queue()

    @property
    def user_id(self) -> int:
        """The person who is connected."""
        return self.proof.user_id

    def lacks(self, ids: Iterable[int]) -> list[int]:
        """Return those of the ids that the socket was not sent, in their order."""
        return sorted(id for id in set(ids) if id not in self._seen)

    def offer(self, frames: Frames) -> None:
        """Send frames that it was not sent before; too many at once end it, because its client reads too slowly."""
        for id, frame in frames.items():
            if id not in self._seen:
                self._remember(id)
                self._put(msgspec.json.encode(frame).decode())

    def close(self, code: int) -> None:
        """Close the socket after the frames that wait."""
        self._waiting.put_nowait(Closed(code))

    async def run(self, receive: Receive, send: Send) -> int | None:
        """Serve the socket to its end and return the code to close it with; None if the client has gone."""
        tasks = [asyncio.create_task(self._listen(receive)), asyncio.create_task(self._speak(send))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return _code(done.pop())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _speak(self, send: Send) -> None:
        while True:
            text = await self._waiting.get()
            if isinstance(text, Closed):
                raise text
            await send({"type": "websocket.send", "text": text})

    async def _listen(self, receive: Receive) -> None:
        """Answer heartbeats. Whatever else a client says is ignored. Raises: Closed."""
        clock = asyncio.get_running_loop().time
        allowed, before = float(self.limits.burst), clock()
        while True:
            try:
                message = await asyncio.wait_for(receive(), self.limits.silence)
            except TimeoutError:
                raise Closed(TOO_SLOW) from None
            if message["type"] == "websocket.disconnect":
                raise Closed(None)
            now = clock()
            allowed = min(self.limits.burst, allowed + (now - before) * self.limits.frames_a_second) - 1
            before = now
            if allowed < 0:
                raise Closed(TOO_MANY)
            if _is_heartbeat(message.get("text")):
                self._put(HEARTBEAT)

    def _put(self, text: str) -> None:
        if self._waiting.qsize() >= self.limits.waiting:
            self._waiting = asyncio.Queue()
            self.close(TOO_SLOW)
        self._waiting.put_nowait(text)

    def _remember(self, id: int) -> None:
        self._seen[id] = None
        if len(self._seen) > self.limits.remembered:
            del self._seen[next(iter(self._seen))]


def _is_heartbeat(text: str | None) -> bool:
    try:
        said: Any = json.loads(text or "null")
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("type") == "heartbeat"


def _code(task: asyncio.Task[None]) -> int | None:
    error = task.exception()
    if isinstance(error, Closed):
        return error.code
    if isinstance(error, OSError):  # the client hung up while a frame was sent
        return None
    raise error or AssertionError("a socket ends only with an error")
