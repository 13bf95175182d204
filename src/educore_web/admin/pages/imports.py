"""The pages that import tables: upload one, see the errors of each cell, import it, revert it.

The pages of long tasks are streamed while the task runs: their progress bar moves without scripts, and it does not
matter which process answers. They end with the result of the task. Closing such a page does not stop the task.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from educore import EducoreError, Invalid, Problem
from educore.imports import (
    MAX_IMPORTED_ROWS,
    Import,
    ImportKind,
    apply_import,
    build_template,
    check_import,
    problems_by_cell,
    revert_import,
)
from educore.organization import Center
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm
from educore_web.admin.import_results import (
    LARGEST_FILE,
    ImportResult,
    Progress,
    Task,
    UploadedTable,
    cell_errors,
    failed_result,
)
from educore_web.admin.reading import Row
from educore_web.admin.security.csrf import require_token
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.language import format_number
from educore_web.admin.ui.parameters import NO_ROW, parse_id
from educore_web.admin.ui.problems import problem_message
from educore_web.rest.uploads import Upload

log = logging.getLogger("educore")

LARGEST_PART = 2 * LARGEST_FILE
MAX_ERRORS = 300
PLACEHOLDER = "<!-- task -->"
POLL_SECONDS = 0.4
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ImportPages:
    """The pages below /imports."""

    def __init__(self, frame: Frame) -> None:
        self._admin_ref = frame._admin_ref  # SQLAdmin's `login_required` looks for it
        self.frame, self.school = frame, frame.school
        self.running: set[asyncio.Task[ImportResult]] = set()

    def routes(self) -> list[Route]:
        """Return the addresses of these pages."""
        return [
            Route("/imports", self.choose, name="imports", methods=["GET"]),
            Route("/imports/{pk}/revert", self.revert, name="revert", methods=["POST"]),
            Route("/imports/{kind}/template.{form}", self.template, name="import_template", methods=["GET"]),
            Route("/imports/{kind}/check", self.check, name="import_check", methods=["POST"]),
            Route("/imports/{kind}/apply", self.apply, name="import_apply", methods=["POST"]),
        ]

    @login_required
    async def choose(self, request: Request) -> Response:
        """Show the form that takes a table, with the templates to fill in."""
        _require_permission(self.frame, "create")
        name = request.query_params.get("kind")
        kind = ImportKind(name) if name in list(ImportKind) else ImportKind.STUDENTS
        centers = [] if current_actor().center_id else await to_thread.run_sync(self._centers)
        context = {
            "kinds": list(ImportKind),
            "kind": kind,
            "centers": centers,
            "most": format_number(MAX_IMPORTED_ROWS),
        }
        return await self.frame.render(request, "imports.html", context)

    @login_required
    async def template(self, request: Request) -> Response:
        """Download an empty table to fill in, as CSV or XLSX."""
        _require_permission(self.frame, "create")
        kind, form = _kind(request), request.path_params["form"]
        if form not in MEDIA_TYPES:
            raise HTTPException(404)
        content = build_template(kind, as_="csv" if form == "csv" else "xlsx")
        headers = {"content-disposition": f"attachment; filename={kind.value}.{form}"}
        return Response(content, media_type=MEDIA_TYPES[form], headers=headers)

    @login_required
    async def check(self, request: Request) -> Response:
        """Try a table without importing it, and show all its errors."""
        _require_permission(self.frame, "create")
        async with request.form(max_files=1) as posted:
            require_token(request, posted)
            name, content = await _file(posted)
            uploaded = UploadedTable(_kind(request), name, content, _center(posted))
        return await self.stream(request, lambda progress: self._check(uploaded, progress))

    @login_required
    async def apply(self, request: Request) -> Response:
        """Import the table that was tried; errors may have arisen since, so it is checked once more."""
        _require_permission(self.frame, "create")
        async with request.form(max_files=0, max_part_size=LARGEST_PART) as posted:
            require_token(request, posted)
            uploaded = UploadedTable(_kind(request), str(posted.get("name", "")), _decoded(posted), _center(posted))
            form = SubmittedForm(str(posted.get("once", "")), {"file": Upload(uploaded.name, uploaded.content)})
        return await self.stream(request, lambda progress: self._apply(uploaded, form, progress))

    @login_required
    async def revert(self, request: Request) -> Response:
        """Revert an import: remove the rows it made."""
        _require_permission(self.frame, "revert")
        require_token(request, await request.form())
        pk = parse_id(request.path_params["pk"]) or NO_ROW
        return await self.stream(request, lambda progress: self._revert(pk, progress))

    # -- the tasks, in threads -------------------------------------------------------------------------

    def _check(self, uploaded: UploadedTable, progress: Progress) -> ImportResult:
        try:
            report = check_import(
                self.school,
                current_actor(),
                kind=uploaded.kind,
                table=uploaded.table(),
                center_id=uploaded.center_id,
                progress=progress,
            )
        except EducoreError as error:
            return failed_result(error)
        errors = cell_errors(Invalid(problems_by_cell(report.problems)))
        return ImportResult(None if errors else uploaded, report.rows, report.changes, cell_errors=errors)

    def _apply(self, uploaded: UploadedTable, form: SubmittedForm, progress: Progress) -> ImportResult:
        if not form.claim(self.school):
            return ImportResult(is_sent_before=True)
        try:
            done = apply_import(
                self.school,
                current_actor(),
                kind=uploaded.kind,
                table=uploaded.table(),
                file_name=uploaded.name,
                center_id=uploaded.center_id,
                progress=progress,
            )
        except EducoreError as error:
            return failed_result(error)
        return ImportResult(rows=done.rows, done=done)

    def _revert(self, pk: int, progress: Progress) -> ImportResult:
        try:
            done = revert_import(self.school, current_actor(), pk, progress=progress)
        except EducoreError as error:
            return failed_result(error)
        return ImportResult(rows=done.rows, done=done)

    def _centers(self) -> list[Row]:
        with self.frame.view_for(Center).open_reader() as reader:
            return reader.rows(Center, order="name")

    # -- the page that is streamed meanwhile -----------------------------------------------------------

    async def stream(self, request: Request, task: Task) -> Response:
        """Answer at once, and stream the page while the task runs in a thread."""
        page = await self._render("working.html", request, {"placeholder": PLACEHOLDER})
        return StreamingResponse(self._pieces(request, page, task), media_type="text/html", headers=UNBUFFERED)

    async def _pieces(self, request: Request, page: str, task: Task) -> AsyncIterator[str]:
        before, _, after = page.partition(PLACEHOLDER)
        yield before
        progress = Progress()
        run = asyncio.ensure_future(to_thread.run_sync(_run_safely, task, progress))
        self.running.add(run)  # asyncio itself holds no strong reference: an unreferenced task may be collected
        run.add_done_callback(self.running.discard)
        while not (await asyncio.wait({run}, timeout=POLL_SECONDS))[0]:
            yield _progress_style(progress)
        yield await self._render("import_result.html", request, {"result": run.result(), "most": MAX_ERRORS})
        yield after

    async def _render(self, name: str, request: Request, context: dict[str, Any]) -> str:
        template = self.frame.templates.env.get_template(f"sqladmin/{name}")
        return await template.render_async({"request": request, **context})


UNBUFFERED = {"x-accel-buffering": "no"}
"""The header that tells a reverse proxy such as nginx to pass on every piece of the page as it comes."""


def _run_safely(task: Task, progress: Progress) -> ImportResult:
    """Run a task; an unexpected error becomes a message, because the status of the page has been sent already."""
    try:
        return task(progress)
    except Exception:
        log.exception("an import failed")
        return ImportResult(alerts=[problem_message(Problem("internal"))])


def _progress_style(progress: Progress) -> str:
    """Return a style element that moves the progress bar."""
    count = f"{format_number(progress.done)} / {format_number(progress.total)}" if progress.total else ""
    style = f".working .progress-bar{{width:{progress.percent}%}}.working-count::after{{content:'{count}'}}"
    return f"<style>{style}</style>\n"


def _require_permission(frame: Frame, verb: str) -> None:
    """Raises: HTTPException 403."""
    if not frame.view_for(Import).permits(verb):
        raise HTTPException(403)


def _kind(request: Request) -> ImportKind:
    """Raises: HTTPException 404."""
    if request.path_params["kind"] not in list(ImportKind):
        raise HTTPException(404)
    return ImportKind(request.path_params["kind"])


async def _file(posted: FormData) -> tuple[str, bytes]:
    """Return the name and the content of the uploaded file; of a too large one, a byte more than is allowed."""
    upload = posted.get("file")
    if not isinstance(upload, UploadFile):
        return "", b""
    return upload.filename or "", await upload.read(LARGEST_FILE + 1)


def _center(posted: FormData) -> int | None:
    return parse_id(str(posted.get("center_id", "")))


def _decoded(posted: FormData) -> bytes:
    """Return the content that the form carried. Raises: HTTPException 400."""
    try:
        return base64.b64decode(str(posted.get("content", "")), validate=True)
    except (ValueError, binascii.Error):
        raise HTTPException(400) from None
