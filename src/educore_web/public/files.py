"""Uploaded files, opened by the signed addresses that answers carry."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import FileResponse

from educore import NotFound
from educore.adapters.local_files import MISSING_FILE_ERRORS, LocalFiles
from educore.kernel.ports import is_shown
from educore_web.rest.uploads import FIRST_BYTES, served_media_type
from educore_web.runtime.answers import not_found, unavailable
from educore_web.runtime.asgi import Receive, Scope, Send
from educore_web.runtime.outages import note_outage


class FilePages:
    """`/files/<key>?until=...&signature=...`: whoever was shown the row got the address; it soon stops working.

    Without a folder of files, as when they are in a bucket, there is nothing here.
    """

    def __init__(self, files: LocalFiles | None) -> None:
        self.files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, also for a range of bytes: players jump within films."""
        key = scope["path"].removeprefix("/files/")
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        until, signature = query.get("until", [""])[0], query.get("signature", [""])[0]
        if self.files is None or not self.files.is_valid(key, until=until, signature=signature):
            await not_found(send)
            return
        try:
            page = await asyncio.to_thread(_page, self.files.path(key))
        except NotFound:
            await not_found(send)
            return
        except OSError as error:
            if error.errno in MISSING_FILE_ERRORS:
                await not_found(send)
            else:
                note_outage(error)
                await unavailable(send)
            return
        await page(scope, receive, send)


def _page(path: Path) -> FileResponse:
    """Pictures, PDF, sound and films are shown; anything else is only ever downloaded, never run in our name."""
    with path.open("rb") as file:
        kind = served_media_type(path.name, file.read(FIRST_BYTES))
    return FileResponse(
        path,
        media_type=kind,
        filename=path.name,
        content_disposition_type="inline" if is_shown(kind) else "attachment",
        stat_result=path.stat(),
        headers={
            "x-content-type-options": "nosniff",
            "cache-control": "private, max-age=3600",
            "content-security-policy": VIEWER_POLICY if kind.startswith(VIEWED) else POLICY,
        },
    )


POLICY = "default-src 'none'; sandbox"
VIEWED = ("application/pdf", "audio/", "video/")
VIEWER_POLICY = "default-src 'none'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'"
"""Browsers wrap what is VIEWED in a page of their own, which a sandbox leaves empty. It may run no scripts either."""
