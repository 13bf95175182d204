"""What stands before every page: requests of other sites are refused, and browsers are told to be careful."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from educore_web.admin.visitor import nobody_yet

SAFE = ("GET", "HEAD", "OPTIONS")
OWN_PAGES = ("same-origin", "none")
"""What Sec-Fetch-Site says of our own pages and of addresses typed by hand."""

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: {files}; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """Refuses what another site's page asks a signed-in browser to do, and bodies of more than `largest` bytes.

    The first is every request that may change something, and every address under /action/ whatever its method.
    """

    def __init__(self, app: ASGIApp, public_url: str, statics: tuple[str, ...], *, largest: int) -> None:
        self.app, self.statics, self.largest = app, statics, largest
        public = urlsplit(public_url)
        self.public_host = public.netloc
        policy = CONTENT_POLICY.format(files=f"{public.scheme}://{public.netloc}")  # where uploaded files are served
        self.headers = HEADERS | {"content-security-policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], Headers(scope=scope)

        async def send_carefully(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    sent[name] = value
                sent["cache-control"] = "max-age=86400" if path.startswith(self.statics) else "no-store"
            await send(message)

        answer = self.app if self._is_ours(scope["method"], path, headers) else _refuse
        with nobody_yet():
            await answer(scope, self._counted(receive), send_carefully)

    def _counted(self, receive: Receive) -> Receive:
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.largest:
                raise HTTPException(status_code=413)
            return message

        return receive_counted

    def _is_ours(self, method: str, path: str, headers: Headers) -> bool:
        if method in SAFE and "/action/" not in path:
            return True
        fetched_by, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if fetched_by is not None:
            return fetched_by in OWN_PAGES
        if origin is not None:
            return urlsplit(origin).netloc in {headers.get("host"), self.public_host}
        return method in SAFE  # every browser names the origin of what may change something


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    response = PlainTextResponse(f"{request.method} from another site is refused.", status_code=403)
    await response(scope, receive, send)
