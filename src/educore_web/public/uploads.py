"""The address to which clients send files by themselves, with a form and an answer as at Cloudinary."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import Any
from urllib.parse import parse_qs

from pydantic_core import PydanticCustomError
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from educore import Educore, Problem, Unavailable
from educore.adapters.local_uploads import LocalUploads, UploadPermit
from educore.kernel import UploadKind
from educore_web.i18n import preferred_language
from educore_web.rest.attachments import UPLOAD_RULES
from educore_web.rest.parsing import MULTIPART, media_type
from educore_web.rest.uploads import Upload
from educore_web.runtime.answers import RETRY_SECONDS, send_json, send_not_found
from educore_web.runtime.asgi import Receive, Scope, Send
from educore_web.runtime.limits import KILOBYTE, MEGABYTE
from educore_web.runtime.outages import log_outage

log = logging.getLogger("educore")

MOST_FORM_BYTES = 16 * KILOBYTE
"""Largest size of a form without the content of its file, in bytes."""
MOST_FORM_FIELDS = 20
MOST_AT_ONCE = 2
"""Files that are judged and stored at the same time; each is in memory meanwhile. Others wait on the disk."""

RESOURCE_TYPES: Mapping[UploadKind, str] = {
    UploadKind.IMAGE: "image",
    UploadKind.VIDEO: "video",
    UploadKind.AUDIO: "video",
    UploadKind.DOCUMENT: "raw",
}
"""The word of Cloudinary for each kind."""


class Refused(MultiPartException):
    """An upload is not accepted: the status of the answer, and the problem that it reports."""

    def __init__(self, status: int, code: str, **params: Any) -> None:
        super().__init__(code)
        self.status, self.problem = status, Problem(code, params)


class UploadPages:
    """The addresses `/uploads/<kind>/upload?...`, each of which takes one file for whoever got it from an API.

    The permission is in the address, so nobody has to sign in and a bad address costs nothing. `origins` are the
    sites whose pages may read the answer. Without `uploads` (they go elsewhere), every address is answered with 404.
    """

    def __init__(self, school: Educore, uploads: LocalUploads | None, *, origins: tuple[str, ...] = ()) -> None:
        self.school, self.uploads, self.origins = school, uploads, origins
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = Headers(scope=scope)
        cors = _cors_headers(headers.get("origin", ""), self.origins)
        kind = scope["path"].removeprefix("/uploads/").removesuffix("/").removesuffix("/upload")
        if self.uploads is None or kind not in RESOURCE_TYPES:
            await send_not_found(send)
            return
        try:
            if scope["method"] != "POST":
                raise Refused(405, "method_not_allowed")
            permit = self.uploads.permit(kind, _query(scope))
            if permit is None:
                raise Refused(401, "upload_signature")
            await send_json(send, 200, await self._take(self.uploads, permit, headers, receive), *cors)
        except Refused as error:
            language = preferred_language(headers.get("accept-language", ""), "en")
            text = error.problem.translate(language, sentences=self.school.domain.sentences)
            allowed = ((b"allow", b"POST"),) if error.status == 405 else ()
            await send_json(send, error.status, {"error": {"message": text}}, *cors, *allowed)
        except Unavailable as error:
            log_outage(error)
            text = Problem(error.code).translate(sentences=self.school.domain.sentences)
            wait = (b"retry-after", str(RETRY_SECONDS).encode())
            await send_json(send, 503, {"error": {"message": text}}, *cors, wait)

    async def _take(
        self, uploads: LocalUploads, permit: UploadPermit, headers: Headers, receive: Receive
    ) -> dict[str, Any]:
        """Receive and store the file, and return the answer. Raises: Refused, Unavailable."""
        form = await _receive_form(permit, headers, receive)
        try:
            fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
            if not permit.allows(fields):
                raise Refused(401, "upload_signature")
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Refused(400, "not_a_file")
            async with self._turns:
                return await asyncio.to_thread(self._store, uploads, permit, file)
        finally:
            await form.close()

    def _store(self, uploads: LocalUploads, permit: UploadPermit, file: UploadFile) -> dict[str, Any]:
        """Judge the file by its content and store it. Raises: Refused, Unavailable."""
        upload = Upload(file.filename or "file", file.file.read())
        if len(upload.content) > permit.most:
            raise _too_large(permit)
        try:
            UPLOAD_RULES[permit.kind].check(upload)
        except PydanticCustomError as error:
            raise Refused(400, error.type, **(error.context or {})) from None
        files = self.school.ports.files
        key = files.save(upload.content, folder=permit.folder, name=upload.safe_name)
        now = self.school.ports.clock.now()
        address, version = files.url(key), int(now.timestamp())
        size = dict(zip(("width", "height"), upload.pixels or (), strict=False))
        return {
            "public_id": key,
            "version": version,
            "signature": uploads.receipt(key, version),
            **(size if permit.kind is UploadKind.IMAGE else {}),
            "format": upload.format.extensions[0] if upload.format else "",
            "resource_type": RESOURCE_TYPES[permit.kind],
            "type": "upload",
            "created_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "bytes": len(upload.content),
            "etag": hashlib.md5(upload.content, usedforsecurity=False).hexdigest(),
            "url": address,
            "secure_url": address,
            "original_filename": upload.safe_name.rpartition(".")[0] or upload.safe_name,
        }


async def _receive_form(permit: UploadPermit, headers: Headers, receive: Receive) -> FormData:
    """Return the form; a large file is on the disk. Raises: Refused before more bytes are taken than are allowed."""
    largest = permit.most + MOST_FORM_BYTES
    length = headers.get("content-length", "")
    if media_type(headers.get("content-type", "")) != MULTIPART:
        raise Refused(415, "unsupported_media_type")
    if length.isdecimal() and (len(length) > 18 or int(length) > largest):
        raise _too_large(permit)

    async def pieces() -> AsyncGenerator[bytes, None]:
        received, is_over = 0, False
        while not is_over:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, "body_not_form")
            piece = message.get("body", b"")
            received += len(piece)
            if received > largest:
                raise _too_large(permit)
            is_over = not message.get("more_body", False)
            yield piece

    try:
        return await MultiPartParser(
            headers, pieces(), max_files=1, max_fields=MOST_FORM_FIELDS, max_part_size=MOST_FORM_BYTES
        ).parse()
    except Refused:
        raise
    except Exception:  # whatever the parser stumbles over was sent by the client
        log.debug("a form could not be parsed", exc_info=True)
        raise Refused(400, "body_not_form") from None


def _too_large(permit: UploadPermit) -> Refused:
    return Refused(400, "file_too_large", megabytes=f"{permit.most / MEGABYTE:.3g}")


def _query(scope: Scope) -> dict[str, str]:
    """Return the parameters of the address that appear once."""
    found = parse_qs(scope["query_string"].decode("ascii", "replace"), max_num_fields=MOST_FORM_FIELDS)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _cors_headers(origin: str, allowed: tuple[str, ...]) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that let a page of an allowed site read the answer."""
    vary = ((b"vary", b"Origin"),) if allowed else ()
    return (*vary, (b"access-control-allow-origin", origin.encode("latin-1"))) if origin in allowed else vary
