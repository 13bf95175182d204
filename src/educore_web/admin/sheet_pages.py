"""The pages of sheets: loaded with the visitor's policies, written in one unit of work, all or nothing."""

from __future__ import annotations

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import EducoreError
from educore_web.admin.problems import refusal
from educore_web.admin.sheet import Filled, Sheet, SheetRefused
from educore_web.admin.signing_in import refusal_status, require_token
from educore_web.admin.views import UseCaseView
from educore_web.admin.visitor import acting

MOST_FIELDS = 6_000


async def sheet_page(view: UseCaseView, request: Request, sheet: Sheet) -> Filled | None:
    """The sheet to show, or None once it is written. Raises: HTTPException 403; NotFound, Forbidden."""
    if not view.permits(sheet.verb):
        raise HTTPException(403)
    pk = int(request.path_params["pk"])
    filled = await to_thread.run_sync(_load, view, sheet, pk)
    if request.method == "GET":
        return filled
    posted = await request.form(max_fields=MOST_FIELDS)
    require_token(request, posted)
    filled.read(sheet.fields, posted)
    if "quick" in posted:
        return _filled_in(sheet, filled)
    return await to_thread.run_sync(_write, view, sheet, pk, filled)


def _load(view: UseCaseView, sheet: Sheet, pk: int) -> Filled:
    with view.school.work(acting(), read_only=True) as uow:
        return sheet.load(uow, pk)


def _write(view: UseCaseView, sheet: Sheet, pk: int, filled: Filled) -> Filled | None:
    try:
        with view.school.work(acting()) as uow:
            sheet.write(uow, pk, filled)
    except SheetRefused as refused:
        filled.alerts, filled.status = refused.sentences, 400
    except EducoreError as error:
        filled.alerts, filled.status = [refusal(error)], refusal_status(error)
    else:
        return None
    return filled


def _filled_in(sheet: Sheet, filled: Filled) -> Filled:
    """The sheet with the usual text on every empty line, not yet saved: for browsers without scripts."""
    name, text = sheet.quick or ("", "")
    for line in filled.lines:
        if line.is_open and name and not line.texts[name]:
            line.texts[name] = text
    return filled
