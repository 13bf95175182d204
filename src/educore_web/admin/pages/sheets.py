"""The pages of sheets: loaded with the visitor's policies, written in one unit of work, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import EducoreError
from educore.kernel import fingerprint
from educore_web.admin.pages.sheet import Filled, Sheet, SheetRefused
from educore_web.admin.security.current_user import acting
from educore_web.admin.security.sign_in import refusal_status, unsent
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.problems import refusal
from educore_web.admin.views import UseCaseView

MOST_FIELDS = 6_000


async def sheet_page(view: UseCaseView, request: Request, sheet: Sheet) -> Filled | None:
    """The sheet to show, or None once it is written. Raises: HTTPException 403; NotFound, Forbidden."""
    if not view.permits(sheet.verb):
        raise HTTPException(403)
    pk = int(request.path_params["pk"])
    if request.method == "GET":
        return await to_thread.run_sync(_load, view, sheet, pk)
    posted = await request.form(max_fields=MOST_FIELDS)
    if refused := unsent(request, posted):
        filled = await to_thread.run_sync(_load, view, sheet, pk)
        filled.read(sheet.fields, posted)
        filled.alerts, filled.status = [refused.sentence()], refused.status_code
        return filled
    if "quick" in posted:
        filled = await to_thread.run_sync(_load, view, sheet, pk)
        filled.read(sheet.fields, posted)
        return _filled_in(sheet, filled)
    return await to_thread.run_sync(_write, view, sheet, pk, posted)


def _load(view: UseCaseView, sheet: Sheet, pk: int) -> Filled:
    with view.school.work(acting(), read_only=True) as uow:
        return sheet.load(uow, pk)


def _write(view: UseCaseView, sheet: Sheet, pk: int, posted: Mapping[str, Any]) -> Filled | None:
    """Write the lines that were changed on the page, none where others have changed one of them meanwhile.

    Who writes on the same sheet takes turns, so the lines are still as they are read here when they are written;
    the rows that others change one by one are held to it by expecting them.
    """
    filled: Filled | None = None
    try:
        with view.school.work(acting()) as uow:
            uow.get(view.screen.kind, pk, to=sheet.verb, lock=True)
            filled = sheet.load(uow, pk)
            if not filled.merge(sheet.fields, posted, sheet.say):
                raise SheetRefused([translate("stale.lines")], status=409)
            for stored in (line.stored for line in filled.lines if line.stored):
                seen = {name: fingerprint(value) for name, value in stored.values.items()}
                uow.expect(stored.kind, stored.id, seen)
            sheet.write(uow, pk, filled)
    except SheetRefused as refused:
        alerts, status = refused.sentences, refused.status
    except EducoreError as error:
        alerts, status = [refusal(error)], refusal_status(error)
        if filled is None:
            raise
    else:
        return None
    if filled is not None:
        filled.alerts, filled.status = alerts, status
    return filled


def _filled_in(sheet: Sheet, filled: Filled) -> Filled:
    """The sheet with the usual text on every empty line, not yet saved: for browsers without scripts."""
    name, text = sheet.quick or ("", "")
    for line in filled.lines:
        if line.is_open and name and not line.texts[name]:
            line.texts[name] = text
    return filled
