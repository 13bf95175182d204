"""The questions of an assessment as a table: to download, and to upload, with all errors before anything is stored."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import Educore, EducoreError, Invalid
from educore.adapters.spreadsheets import read_table
from educore.assessment import Assessment, Question
from educore.imports import add_questions, questions_table, questions_template
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.import_results import CellError, failed_result
from educore_web.admin.security.csrf import require_token
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.statuses import error_status
from educore_web.admin.ui.language import translate
from educore_web.rest.uploads import Upload

LARGEST_FILE = 1024 * 1024
MAX_ROWS = 1_000
"""The rows that are read of a file; an assessment takes less, which its use case says."""
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass
class TablePage:
    """The page of a table: the questions that it would add, or its errors."""

    head: Assessment
    name: str = ""
    content: str = ""
    questions: list[Question] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    status: int = 200
    once: str = field(default_factory=new_key)


class _RollBack(Exception):
    """Rolls back questions that were only tried."""


@login_required
async def import_questions(frame: Frame, request: Request) -> Response:
    """Show the form for a table; on POST try it, or store it once it was tried. Raises: NotFound, Forbidden."""
    view = frame.view_for(Assessment, "update")
    pk = int(request.path_params["pk"])
    if request.method == "GET":
        page = await to_thread.run_sync(_open, frame.school, pk)
        return await frame.render(request, "questions_table.html", {"view": view, "page": page})
    async with request.form(max_files=1, max_part_size=2 * LARGEST_FILE) as posted:
        require_token(request, posted)
        name, content = await _table_of(posted)
        is_final, once = posted.get("do") == "apply", str(posted.get("once", ""))
    form = SubmittedForm(once, {"file": Upload(name, content)})
    page = await to_thread.run_sync(_try, frame.school, pk, name, content, form if is_final else None)
    if is_final and not (page.alerts or page.errors):
        frame.flash(request, translate("said.saved"))
        return RedirectResponse(request.url_for("admin:assessment-questions", pk=pk).path, status_code=302)
    return await frame.render(request, "questions_table.html", {"view": view, "page": page}, page.status)


@login_required
async def export_questions(frame: Frame, request: Request) -> Response:
    """Download the questions of an assessment as CSV or XLSX. Raises: NotFound, Forbidden; HTTPException 404."""
    frame.view_for(Assessment, "update")
    pk, form = int(request.path_params["pk"]), _form(request)

    def read() -> bytes:
        with frame.school.work(current_actor(), read_only=True) as uow:
            return questions_table(uow, pk, as_="csv" if form == "csv" else "xlsx")

    return _file(await to_thread.run_sync(read), f"questions-{pk}", form)


@login_required
async def download_template(frame: Frame, request: Request) -> Response:
    """Download a table to fill in, with examples. Raises: HTTPException 403, 404."""
    frame.view_for(Assessment, "update")
    form = _form(request)
    return _file(questions_template(as_="csv" if form == "csv" else "xlsx"), "questions", form)


def _open(school: Educore, pk: int) -> TablePage:
    with school.work(current_actor(), read_only=True) as uow:
        return TablePage(uow.get(Assessment, pk, to="update"))


def _try(school: Educore, pk: int, name: str, content: bytes, form: SubmittedForm | None) -> TablePage:
    """Add the questions of a table; without a form roll them back. Raises: NotFound, Forbidden."""
    page = _open(school, pk)
    try:
        table = read_table(_checked(content), name=name, most_rows=MAX_ROWS)
        with school.work(current_actor()) as uow:
            if form is None:
                page.questions = add_questions(uow, pk, table)
                raise _RollBack
            form.run_idempotent(uow, lambda: str(len(add_questions(uow, pk, table))))
    except _RollBack:
        page.name, page.content = name, base64.b64encode(content).decode()
    except EducoreError as error:
        failed = failed_result(error)
        page.alerts, page.errors, page.status = failed.alerts, failed.cell_errors, error_status(error)
    return page


def _checked(content: bytes) -> bytes:
    if not content or len(content) > LARGEST_FILE:
        raise Invalid.because("file", "file_too_large" if content else "missing", megabytes=LARGEST_FILE >> 20)
    return content


async def _table_of(posted: FormData) -> tuple[str, bytes]:
    """Return the name and the content of the file that was sent now, or that was tried. Raises: HTTPException 400."""
    upload = posted.get("file")
    if isinstance(upload, UploadFile):
        return upload.filename or "", await upload.read(LARGEST_FILE + 1)
    try:
        return str(posted.get("name", "")), base64.b64decode(str(posted.get("content", "")), validate=True)
    except (ValueError, binascii.Error):
        raise HTTPException(400) from None


def _form(request: Request) -> str:
    form: str = request.path_params["form"]
    if form not in MEDIA_TYPES:
        raise HTTPException(404)
    return form


def _file(content: bytes, name: str, form: str) -> Response:
    headers = {"content-disposition": f"attachment; filename={name}.{form}"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
