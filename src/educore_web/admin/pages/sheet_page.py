"""The page of a class sheet: loaded with the policies of the user, written in one unit of work, all lines or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import EducoreError, perform
from educore.kernel import fingerprint
from educore_web.admin.frame import Frame
from educore_web.admin.security.csrf import find_form_refusal
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.sheet import Sheet, SheetError, SheetState
from educore_web.admin.statuses import error_status
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.problems import error_message
from educore_web.admin.views import ScreenView

MAX_FIELDS = 6_000


@login_required
async def fill_sheet(frame: Frame, request: Request) -> Response:
    """Show a sheet, and write it on POST. Raises: HTTPException 404 for an unknown sheet."""
    view = frame.view_at(request, Action.LIST)
    sheet = next((found for found in view.screen.sheets if found.name == request.path_params["sheet"]), None)
    if sheet is None:
        raise HTTPException(404)
    state = await read_sheet(view, request, sheet)
    if state is not None:
        may_close = bool(state.closing) and view.permits(state.closing)
        context = {"view": view, "sheet": sheet, "state": state, "head": state.head, "may_close": may_close}
        return await frame.render(request, f"{sheet.name}.html", context, state.status)
    frame.flash(request, translate("said.saved"))
    return RedirectResponse(request.url.path, status_code=302)


async def read_sheet(view: ScreenView, request: Request, sheet: Sheet) -> SheetState | None:
    """Return the sheet to show, None once it is written. Raises: HTTPException 403; NotFound, Forbidden."""
    if not view.permits(sheet.verb):
        raise HTTPException(403)
    pk = int(request.path_params["pk"])
    if request.method == "GET":
        return await to_thread.run_sync(_load, view, sheet, pk)
    posted = await request.form(max_fields=MAX_FIELDS)
    if refused := find_form_refusal(request, posted):
        state = await to_thread.run_sync(_load, view, sheet, pk)
        state.read(sheet.fields, posted)
        state.alerts, state.status = [refused.message()], refused.status_code
        return state
    if "quick" in posted:
        state = await to_thread.run_sync(_load, view, sheet, pk)
        state.read(sheet.fields, posted)
        return _fill_empty_lines(sheet, state)
    return await to_thread.run_sync(_write, view, sheet, pk, posted)


def _load(view: ScreenView, sheet: Sheet, pk: int) -> SheetState:
    with view.school.work(current_actor(), read_only=True) as uow:
        return sheet.load(uow, pk)


def _write(view: ScreenView, sheet: Sheet, pk: int, posted: Mapping[str, Any]) -> SheetState | None:
    """Write the lines that were changed on the page, or none if another user has changed one of them meanwhile.

    Writers of the same sheet wait for each other, because each locks the row behind the sheet; so the lines do not
    change between reading and writing here. Rows that are changed one by one elsewhere are expected to be unchanged.
    Raises: NotFound, Forbidden.
    """
    state: SheetState | None = None
    try:
        with view.school.work(current_actor()) as uow:
            if sheet.lock is None:
                uow.get(view.screen.kind, pk, to=sheet.verb, lock=True)
            else:
                sheet.lock(uow, pk)
            state = sheet.load(uow, pk)
            if not state.merge(sheet.fields, posted, sheet.describe):
                raise SheetError([translate("stale.lines")], status=409)
            for stored in (line.stored for line in state.lines if line.stored):
                seen = {name: fingerprint(value) for name, value in stored.values.items()}
                uow.expect(stored.kind, stored.id, seen)
            sheet.write(uow, pk, state)
            if "close" in posted and state.closing:
                perform(uow, view.screen.kind, state.closing, pk)
    except SheetError as refused:
        alerts, status = refused.messages, refused.status
    except EducoreError as error:
        alerts, status = [error_message(error)], error_status(error)
        if state is None:
            raise
    else:
        return None
    if state is not None:
        state.alerts, state.status = alerts, status
    return state


def _fill_empty_lines(sheet: Sheet, state: SheetState) -> SheetState:
    """Write the usual text on every empty line without saving it: for browsers without scripts."""
    name, text = sheet.quick or ("", "")
    for line in state.lines:
        if line.is_open and name and not line.texts[name]:
            line.texts[name] = text
    return state
