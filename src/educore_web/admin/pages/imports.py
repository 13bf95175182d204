"""Bringing tables: choose one, see what is wrong with which cell, take it in, take it back.

The pages that take long are sent while the work goes on, so that they move without scripts and whichever process
answers; when the work is done, they end with its result. Whoever closes such a page does not stop the work.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from educore import EducoreError, Invalid, Problem
from educore.adapters.spreadsheets import Table, read_table
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
from educore_web.admin.idempotency import SentForm, begins_now, new_key
from educore_web.admin.security.current_user import acting
from educore_web.admin.security.sign_in import require_token
from educore_web.admin.ui.language import format_number, translate
from educore_web.admin.ui.parameters import NO_ROW, id_written
from educore_web.admin.ui.problems import refusal, sentence
from educore_web.rest.uploads import Upload

if TYPE_CHECKING:
    from educore_web.admin.site import Site

log = logging.getLogger("educore")

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_PART = 2 * LARGEST_FILE
MOST_SHOWN = 300
HERE = "<!-- the work -->"
LOOK_EVERY = 0.4
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True)
class CellFault:
    """What is wrong with one cell, in words."""

    row: str
    column: str
    said: str


@dataclass(frozen=True)
class Sent:
    """The table somebody sent, and for which Center."""

    kind: ImportKind
    name: str
    content: bytes
    center_id: int | None

    def table(self) -> Table:
        """Its rows. Raises: Invalid on `file`."""
        if not self.content or len(self.content) > LARGEST_FILE:
            raise Invalid.because("file", "file_too_large" if self.content else "missing", megabytes=LARGEST_FILE >> 20)
        return read_table(self.content, name=self.name, most_rows=MAX_IMPORTED_ROWS)

    @property
    def packed(self) -> str:
        """The content as a form carries it."""
        return base64.b64encode(self.content).decode()


@dataclass
class Result:
    """The result shown at the end of a page: the outcome of the import, or everything that is wrong.

    `is_sent_before` means that the same page was sent twice: the import of the first request is in the list.
    """

    sent: Sent | None = None
    rows: int = 0
    made: int = 0
    done: Import | None = None
    alerts: list[str] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    is_partial: bool = False
    is_sent_before: bool = False
    once: str = field(default_factory=new_key)


@dataclass
class Steps:
    """How far a work is; it is told in one thread and looked at in another."""

    done: int = 0
    of: int = 0

    def __call__(self, done: int, of: int) -> None:
        self.done, self.of = done, of

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 * self.done // self.of if self.of else 0


Work = Callable[[Steps], Result]


class ImportPages:
    """The addresses below /imports."""

    def __init__(self, site: Site) -> None:
        self._admin_ref = self.site = site
        self.school = site.school
        self.at_work: set[asyncio.Task[Result]] = set()

    def routes(self) -> list[Route]:
        """What the site answers with these pages."""
        return [
            Route("/imports", self.choose, name="imports", methods=["GET"]),
            Route("/imports/{pk}/revert", self.revert, name="revert", methods=["POST"]),
            Route("/imports/{kind}/template.{form}", self.template, name="import_template", methods=["GET"]),
            Route("/imports/{kind}/check", self.check, name="import_check", methods=["POST"]),
            Route("/imports/{kind}/apply", self.apply, name="import_apply", methods=["POST"]),
        ]

    @login_required
    async def choose(self, request: Request) -> Response:
        """Choose what to bring, take a template, send a table."""
        _require("create", self.site)
        asked = request.query_params.get("kind")
        kind = ImportKind(asked) if asked in list(ImportKind) else ImportKind.STUDENTS
        centers = [] if acting().center_id else await to_thread.run_sync(self._centers)
        context = {
            "kinds": list(ImportKind),
            "kind": kind,
            "centers": centers,
            "most": format_number(MAX_IMPORTED_ROWS),
        }
        return await self.site.page(request, "sqladmin/imports.html", context)

    @login_required
    async def template(self, request: Request) -> Response:
        """A file to fill in."""
        _require("create", self.site)
        kind, form = _kind(request), request.path_params["form"]
        if form not in MEDIA:
            raise HTTPException(404)
        content = build_template(kind, as_="csv" if form == "csv" else "xlsx")
        headers = {"content-disposition": f"attachment; filename={kind.value}.{form}"}
        return Response(content, media_type=MEDIA[form], headers=headers)

    @login_required
    async def check(self, request: Request) -> Response:
        """Try a table and say everything that is wrong with it."""
        _require("create", self.site)
        async with request.form(max_files=1) as posted:
            require_token(request, posted)
            name, content = await _file(posted)
            sent = Sent(_kind(request), name, content, _center(posted))
        return await self.working(request, lambda steps: self._check(sent, steps))

    @login_required
    async def apply(self, request: Request) -> Response:
        """Take in the table that was tried; it is tried once more, as things may have changed."""
        _require("create", self.site)
        async with request.form(max_files=0, max_part_size=LARGEST_PART) as posted:
            require_token(request, posted)
            sent = Sent(_kind(request), str(posted.get("name", "")), _unpacked(posted), _center(posted))
            form = SentForm(str(posted.get("once", "")), {"file": Upload(sent.name, sent.content)})
        return await self.working(request, lambda steps: self._apply(sent, form, steps))

    @login_required
    async def revert(self, request: Request) -> Response:
        """Take an import back."""
        _require("revert", self.site)
        require_token(request, await request.form())
        pk = id_written(request.path_params["pk"]) or NO_ROW
        return await self.working(request, lambda steps: self._revert(pk, steps))

    # -- the work, in threads --------------------------------------------------------------------------

    def _check(self, sent: Sent, steps: Steps) -> Result:
        try:
            report = check_import(
                self.school, acting(), kind=sent.kind, table=sent.table(), center_id=sent.center_id, progress=steps
            )
        except EducoreError as error:
            return _refused(error)
        faults = _faults(Invalid(problems_by_cell(report.problems)))
        return Result(None if faults else sent, report.rows, report.made, faults=faults)

    def _apply(self, sent: Sent, form: SentForm, steps: Steps) -> Result:
        if not begins_now(self.school, form):
            return Result(is_sent_before=True)
        try:
            done = apply_import(
                self.school,
                acting(),
                kind=sent.kind,
                table=sent.table(),
                file_name=sent.name,
                center_id=sent.center_id,
                progress=steps,
            )
        except EducoreError as error:
            return _refused(error)
        return Result(rows=done.rows, done=done)

    def _revert(self, pk: int, steps: Steps) -> Result:
        try:
            done = revert_import(self.school, acting(), pk, progress=steps)
        except EducoreError as error:
            return _refused(error)
        return Result(rows=done.rows, done=done)

    def _centers(self) -> list[Any]:
        return self.site.view_for(Center).reader.rows(Center, order="name")

    # -- the page that is sent meanwhile ---------------------------------------------------------------

    async def working(self, request: Request, work: Work) -> Response:
        """Answer at once, and go on answering while the work goes on in a thread."""
        frame = await self._render("working.html", request, {"work": HERE})
        return StreamingResponse(self._told(request, frame, work), media_type="text/html", headers=NOT_HELD_BACK)

    async def _told(self, request: Request, frame: str, work: Work) -> AsyncIterator[str]:
        before, _, after = frame.partition(HERE)
        yield before
        steps = Steps()
        task = asyncio.ensure_future(to_thread.run_sync(_careful, work, steps))
        self.at_work.add(task)
        task.add_done_callback(self.at_work.discard)
        while not (await asyncio.wait({task}, timeout=LOOK_EVERY))[0]:
            yield _moved(steps)
        yield await self._render("import_result.html", request, {"result": task.result(), "most": MOST_SHOWN})
        yield after

    async def _render(self, name: str, request: Request, context: dict[str, Any]) -> str:
        found = self.site.templates.env.get_template(f"sqladmin/{name}")
        return await found.render_async({"request": request, **context})


NOT_HELD_BACK = {"x-accel-buffering": "no"}
"""What tells a server in front of ours to pass on every piece as it comes."""


def _careful(work: Work, steps: Steps) -> Result:
    """Our own mistakes end the page with a sentence, because its status has been sent long ago."""
    try:
        return work(steps)
    except Exception:
        log.exception("a table could not be taken in")
        return Result(alerts=[sentence(Problem("internal"))])


def _moved(steps: Steps) -> str:
    """A piece of the page that moves its bar."""
    count = f"{format_number(steps.done)} / {format_number(steps.of)}" if steps.of else ""
    style = f".working .progress-bar{{width:{steps.percent}%}}.working-count::after{{content:'{count}'}}"
    return f"<style>{style}</style>\n"


def _require(verb: str, site: Site) -> None:
    """Raises: HTTPException 403."""
    if not site.view_for(Import).permits(verb):
        raise HTTPException(403)


def _kind(request: Request) -> ImportKind:
    """Raises: HTTPException 404."""
    if request.path_params["kind"] not in list(ImportKind):
        raise HTTPException(404)
    return ImportKind(request.path_params["kind"])


async def _file(posted: FormData) -> tuple[str, bytes]:
    """The name of the file that was sent, and as much of it as shows that it is too large."""
    upload = posted.get("file")
    if not isinstance(upload, UploadFile):
        return "", b""
    return upload.filename or "", await upload.read(LARGEST_FILE + 1)


def _center(posted: FormData) -> int | None:
    return id_written(str(posted.get("center_id", "")))


def _unpacked(posted: FormData) -> bytes:
    try:
        return base64.b64decode(str(posted.get("content", "")), validate=True)
    except (ValueError, binascii.Error):
        raise HTTPException(400) from None


def _refused(error: EducoreError) -> Result:
    """Cells by cell, and above them what concerns the whole table."""
    if not isinstance(error, Invalid):
        return Result(alerts=[refusal(error)])
    cells = {path: found for path, found in error.fields.items() if path.startswith(("rows.", "columns."))}
    whole = [sentence(problem) for path, found in error.fields.items() if path not in cells for problem in found]
    is_partial = "import_partly_reverted" in {problem.code for problem in error.fields.get("", ())}
    return Result(alerts=whole, faults=_faults(Invalid(cells)), is_partial=is_partial)


def _faults(error: Invalid) -> list[CellFault]:
    faults = []
    for path, found in error.fields.items():
        kind, _, rest = path.partition(".")
        row, _, column = rest.partition(".") if kind == "rows" else (translate("imports.heading"), "", rest)
        faults += [CellFault(row, column, sentence(problem)) for problem in found]
    return faults
