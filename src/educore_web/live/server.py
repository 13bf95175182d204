"""The ASGI application of all sockets: it chooses the stream, checks who connects, and serves the socket to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from educore import ANONYMOUS, Educore, Forbidden, Unauthenticated, Unavailable
from educore.people import SignInProof, read_claims, verify_sign_in
from educore_web.live.connection import LiveConnection
from educore_web.live.handshake import Credential, find_credential, is_foreign
from educore_web.live.hub import LiveHub, recent_ids
from educore_web.live.limits import FORBIDDEN, NOT_SIGNED_IN, TOO_MANY, LiveLimits
from educore_web.live.stream import LiveStream
from educore_web.runtime.asgi import Receive, Scope, Send

log = logging.getLogger("educore.live")

FAILED, TRY_LATER = 1011, 1013


@dataclass(frozen=True)
class Refused(Exception):
    """The socket is closed with a code."""

    code: int


class LiveServer:
    """Serves sockets. `streams` are by the prefix under which their API is served; pages of `sites` may connect."""

    def __init__(
        self,
        school: Educore,
        streams: Mapping[str, LiveStream],
        *,
        sites: Collection[str],
        limits: LiveLimits | None = None,
    ) -> None:
        self.school, self.streams, self.sites = school, streams, sites
        self.limits = limits or LiveLimits()
        self.hub = LiveHub(school, self.limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket. What cannot be a socket here gets an answer of HTTP: 403, or 503 if there are too many."""
        await receive()
        found = self._find(scope["path"])
        if found is None or is_foreign(scope, self.sites):
            await send({"type": "websocket.close", "code": FORBIDDEN})
        elif self.hub.count >= self.limits.sockets:
            await _send_busy(send)
        else:
            credential = find_credential(scope)
            await send({"type": "websocket.accept", "subprotocol": credential and credential.subprotocol})
            code = await self._serve(*found, credential, receive, send)
            if code is not None:
                await send({"type": "websocket.close", "code": code})

    async def close(self) -> None:
        """Stop reading for sockets."""
        await self.hub.close()

    def _find(self, path: str) -> tuple[LiveStream, int] | None:
        for prefix, stream in self.streams.items():
            if path.startswith(prefix) and (user_id := stream.user_id(path.removeprefix(prefix))) is not None:
                return stream, user_id
        return None

    async def _serve(
        self, stream: LiveStream, user_id: int, credential: Credential | None, receive: Receive, send: Send
    ) -> int | None:
        """Return the code with which the socket ends, None if the client has gone."""
        try:
            connection = await asyncio.to_thread(self._connect, stream, user_id, credential)
        except Refused as refused:
            return refused.code
        except Unavailable:
            return TRY_LATER
        if self.hub.count_of(connection.proof.sign_in_id, user_id) >= self.limits.sockets_of_a_sign_in:
            return TOO_MANY
        self.hub.add(connection)
        try:
            return await connection.run(receive, send)
        except Exception:
            log.exception("a socket failed")
            return FAILED
        finally:
            self.hub.remove(connection)

    def _connect(self, stream: LiveStream, user_id: int, credential: Credential | None) -> LiveConnection:
        """Return the socket of whoever the token stands for. Raises: Refused, Unavailable."""
        try:
            token = credential.token if credential else ""
            proof = SignInProof.from_claims(read_claims(self.school.ports, token, kind="access"))
            with self.school.work(ANONYMOUS, read_only=True) as uow:
                actor = verify_sign_in(uow, proof, among=stream.api.members)
        except Unauthenticated as error:
            raise Refused(NOT_SIGNED_IN) from error
        except Forbidden as error:
            raise Refused(FORBIDDEN) from error
        if actor.user_id != user_id:
            raise Refused(FORBIDDEN)
        seen = recent_ids(self.school, [user_id], self.limits).get(user_id, set())
        return LiveConnection(stream, token=token, proof=proof, seen=seen, limits=self.limits)


async def _send_busy(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"retry-after", b"5")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"too many sockets"})
