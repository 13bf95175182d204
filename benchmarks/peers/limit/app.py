"""An ASGI application. Like the other programs it checks the signature, the sign-in, the role and the Center."""

from __future__ import annotations

import hashlib
import os
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson

from benchmarks.peers.limit import answers
from benchmarks.peers.limit.answers import Refused

SECRET = os.environ["BENCH_SECRET"]
DATABASE = os.environ["BENCH_DATABASE"]
STUDENTS, MARKS = "/center-crm/api/students/", "/center-crm/api/attendance/bulk-mark/"

if DATABASE.startswith("sqlite"):
    from benchmarks.peers.limit.sqlite import Store
else:
    from benchmarks.peers.limit.postgres import Store  # type: ignore[assignment]


class App:
    """The application."""

    def __init__(self) -> None:
        self.store = Store(DATABASE)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await receive()
            await self.store.open()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        try:
            status, body = 200, await self.answer(scope, receive)
        except Refused as error:
            status, body = error.status, {"error": str(error), "status_code": error.status}
        content = orjson.dumps(body, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)
        length = str(len(content)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def answer(self, scope: Any, receive: Any) -> Any:
        """Return the body for a path. Raises: Refused."""
        headers, path = dict(scope["headers"]), scope["path"]
        who = await self.store.signed_in(*_sign_in(headers))
        if path == STUDENTS:
            query = parse_qs(scope["query_string"].decode())
            page, size = (int(query.get(name, [usual])[0]) for name, usual in (("page", "1"), ("page_size", "20")))
            count, rows = await self.store.page(answers.center(who, answers.READERS), size, (page - 1) * size)
            return answers.envelope(scope, headers, query, count=count, rows=rows, page=page, size=size)
        if path.startswith(STUDENTS):
            return await self.store.one(answers.center(who, answers.READERS), int(path[len(STUDENTS) : -1]))
        if path == MARKS:
            center = answers.center(who, answers.MARKERS)
            marked = await self.store.mark(center, who, *answers.checked(orjson.loads(await _body(receive))))
            return {"status": f"Marked {marked} attendance records"}
        raise Refused(404, "Not found")


def _sign_in(headers: dict[bytes, bytes]) -> tuple[int, str]:
    try:
        token = headers[b"authorization"].removeprefix(b"Bearer ")
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp"]})
    except (KeyError, jwt.InvalidTokenError):
        raise Refused(401, "Authentication credentials were not provided.") from None
    return int(claims["sid"]), hashlib.sha256(claims["key"].encode()).hexdigest()


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


app = App()
