"""Middleware before every page: it refuses requests of other sites and adds security headers."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from educore_web.admin.security.current_user import without_current_user
from educore_web.rest.parsing import MULTIPART, media_type
from educore_web.runtime.limits import KNOWN_BODY, SIGN_IN_BODY

SAFE = ("GET", "HEAD", "OPTIONS")
TRUSTED_SITES = ("same-origin", "none")
"""The values of Sec-Fetch-Site for our own pages and for addresses typed by hand."""

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
    """Middleware that refuses requests which another site makes a signed-in browser send, and too large bodies.

    It checks the origin of every request that may change something, and of every address that contains /action/,
    whatever its method. A body with files may have `largest` bytes, any other KNOWN_BODY (a megabyte). A body sent to
    the page `sign_in`, which is read before its sender is known, may have only SIGN_IN_BODY.
    """

    def __init__(self, app: ASGIApp, public_url: str, statics: tuple[str, ...], *, largest: int, sign_in: str) -> None:
        self.app, self.statics, self.largest, self.sign_in = app, statics, largest, sign_in
        public = urlsplit(public_url)
        self.public_host = public.netloc
        policy = CONTENT_POLICY.format(files=f"{public.scheme}://{public.netloc}")  # where uploaded files are served
        self.headers = HEADERS | {"content-security-policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    sent[name] = value
                sent["cache-control"] = "max-age=86400" if path.startswith(self.statics) else "no-store"
                if "location" in sent:
                    sent["location"] = _path_of(sent["location"])
            await send(message)

        answer = self.app if self._is_same_site(scope["method"], path, headers) else _refuse
        kind = headers.get("content-type", "")
        with without_current_user():
            await answer(_in_utf_8(scope, kind), self._counted(receive, self._largest(path, kind)), send_with_headers)

    def _largest(self, path: str, kind: str) -> int:
        """Return the largest size of a body that is read, in bytes."""
        largest = KNOWN_BODY
        if path.rstrip("/") == self.sign_in:
            largest = SIGN_IN_BODY
        elif media_type(kind) == MULTIPART:
            largest = self.largest
        return min(largest, self.largest)

    def _counted(self, receive: Receive, largest: int) -> Receive:
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise HTTPException(status_code=413)
            return message

        return receive_counted

    def _is_same_site(self, method: str, path: str, headers: Headers) -> bool:
        if method in SAFE and "/action/" not in path:
            return True
        fetch_site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if fetch_site is not None:
            return fetch_site in TRUSTED_SITES
        if origin is not None:
            return urlsplit(origin).netloc in {headers.get("host"), self.public_host}
        return method in SAFE  # every browser names the origin of what may change something


def _path_of(location: str) -> str:
    """Return an address of ours without its host: that comes from the request, whose sender may put anything there."""
    parts = urlsplit(location)
    return urlunsplit(("", "", "/" + parts.path.lstrip("/\\"), parts.query, parts.fragment))


def _in_utf_8(scope: Scope, kind: str) -> Scope:
    """Return the request with its form declared as UTF-8: some other encodings of Python take quadratic time."""
    if media_type(kind) != MULTIPART or "charset" not in kind.lower():
        return scope
    _, parameters = parse_options_header(kind)
    plain = MULTIPART.encode() + b"; boundary=" + parameters.get(b"boundary", b"")
    others = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
    return {**scope, "headers": [*others, (b"content-type", plain)]}


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    response = PlainTextResponse(f"{request.method} from another site is refused.", status_code=403)
    await response(scope, receive, send)
