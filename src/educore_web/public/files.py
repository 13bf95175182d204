"""Uploaded files, served at signed URLs, which the answers of the APIs contain."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import FileResponse

from educore import NotFound
from educore.adapters.local_files import MISSING_FILE_ERRORS, LocalFiles
from educore.kernel.ports import is_shown
from educore_web.rest.uploads import FIRST_BYTES, served_media_type
from educore_web.runtime.answers import send_not_found, send_unavailable
from educore_web.runtime.asgi import Receive, Scope, Send
from educore_web.runtime.outages import log_outage


class FilePages:
    """The pages `/files/<key>?until=...&signature=...`. Who may read a row gets such a URL for a short time.

    Without a folder of files (they are in a bucket), every URL is answered with 404.
    """

    def __init__(self, files: LocalFiles | None) -> None:
        self.files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, also for a range of bytes, which video players need."""
        key = scope["path"].removeprefix("/files/")
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        until, signature = query.get("until", [""])[0], query.get("signature", [""])[0]
        if self.files is None or not self.files.is_valid(key, until=until, signature=signature):
            await send_not_found(send)
            return
        try:
            response = await asyncio.to_thread(_respond, self.files.path(key))
        except NotFound:
            await send_not_found(send)
            return
        except OSError as error:
            if error.errno in MISSING_FILE_ERRORS:
                await send_not_found(send)
            else:
                log_outage(error)
                await send_unavailable(send)
            return
        await response(scope, receive, send)


def _respond(path: Path) -> FileResponse:
    """Show pictures, PDF, audio and video in the browser; other files are only downloaded, never run on this site."""
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
"""For VIEWED types browsers build a page of their own, which a sandbox would leave empty. It may run no scripts."""
