"""Uploaded files, opened by the signed addresses that answers carry."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import filetype

from educore import LocalFiles, NotFound
from educore_web.asgi import Receive, Scope, Send
from educore_web.home import answer, not_found


class FilePages:
    """`/files/<key>?until=...&signature=...`: whoever was shown the row got the address; it soon stops working."""

    def __init__(self, files: LocalFiles) -> None:
        self.files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = scope["path"].removeprefix("/files/")
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        until, signature = query.get("until", [""])[0], query.get("signature", [""])[0]
        if not self.files.opens(key, until=until, signature=signature):
            await not_found(send)
            return
        try:
            content = await asyncio.to_thread(self.files.read, key)
        except NotFound:
            await not_found(send)
            return
        await answer(send, 200, content, *_headers(content))


def _headers(content: bytes) -> list[tuple[bytes, bytes]]:
    """Images are shown; anything else is only ever downloaded, never run in our name."""
    found = filetype.guess(content[:4096])
    kind = found.mime if found else "application/octet-stream"
    shown = kind.startswith("image/")
    return [
        (b"content-type", (kind if shown else "application/octet-stream").encode()),
        (b"content-disposition", b"inline" if shown else b"attachment"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"private, max-age=3600"),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
    ]
