"""Actions on rows: a page that names the rows and asks the questions of the action, then one unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from educore import EducoreError, Invalid, Seen, Stale, UnitOfWork, where
from educore.kernel import WHOLE_ROW, version
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.pages.editing import find_earlier_result, read_answers
from educore_web.admin.screen import ARCHIVE, DELETE, RESTORE, Answers, Preview, RowAction
from educore_web.admin.security.csrf import find_form_refusal, require_header
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.statuses import error_status
from educore_web.admin.ui.digests import join_digests, split_digests
from educore_web.admin.ui.edit_conflicts import describe_last_change
from educore_web.admin.ui.forms import Form
from educore_web.admin.ui.language import current_language, translate
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.problems import error_message
from educore_web.admin.views import ScreenView

MAX_ROWS = 200
BLOCK = "block"
LEAVING = (DELETE.name, ARCHIVE.name)
"""The actions after which a row has no page."""


@dataclass(frozen=True)
class ActionPage:
    """The page of an action before it is done, or the number of rows it was done to.

    `preview` holds the sentences of the preview, if one was requested; `alternative` is the action to offer if this
    one was refused for good; `seen` holds digests of the rows as the page showed them; `changed` says who has changed
    them since. `is_unsaved` marks a page with answers that have not been acted upon.
    """

    action: RowAction
    rows: list[Any]
    form: Form
    row_count: int | None = None
    status: int = 200
    once: str = ""
    preview: list[str] | None = None
    alternative: RowAction | None = None
    seen: str = ""
    changed: str = ""
    is_unsaved: bool = False


@login_required
async def run_action(frame: Frame, request: Request) -> Response:
    """Show the page of an action, and do the action on POST."""
    view = frame.view_at(request, Action.LIST)
    page = await read_action(view, request, request.path_params["action"])
    if page.row_count is None:
        return await frame.render(request, "action.html", {"view": view, "page": page}, page.status)
    frame.flash(request, translate(f"said.{page.action.name}", count=page.row_count))
    if page.row_count == len(page.rows) == 1 and page.action.name not in LEAVING:
        return frame.redirect_to_row(request, view, page.rows[0].id)
    return frame.redirect_to_list(request, view)


@login_required
async def delete_rows(frame: Frame, request: Request) -> Response:
    """Delete the named rows, all or none, as SQLAdmin's scripts ask for it; answer with the address to go to."""
    view = frame.view_at(request, Action.DELETE)
    require_header(request)
    rows = await to_thread.run_sync(get_rows, view, request.query_params.get("pks", ""))
    try:
        await to_thread.run_sync(perform_on_rows, view, DELETE, rows, {})
    except RowError as error:
        frame.flash(request, error.message(), "danger")
    return PlainTextResponse(request.url_for("admin:list", identity=view.identity).path)


async def read_action(view: ScreenView, request: Request, name: str) -> ActionPage:
    """Return the page of an action; on POST do the action to every named row or to none.

    Raises: HTTPException 403 if the user may not do it, 404 for an unknown action or row, 400 for no or too many rows.
    """
    action = next((found for found in view.screen.all_actions() if found.name == name), None)
    if action is None:
        raise HTTPException(404)
    if not view.may_act(action):
        raise HTTPException(403)
    pks = request.query_params.get("pks", "")
    form = Form(view.questions.of_action(action), creating=action.present is None)
    answers = await read_answers(request) if request.method == "POST" else None
    refused = find_form_refusal(request, answers) if answers is not None else None
    to = _scope_of(action)
    if answers is not None and not refused and (earlier := await find_earlier_result(view, answers)):
        return ActionPage(action, await to_thread.run_sync(find_rows, view, pks), form, row_count=int(earlier))
    seen = await to_thread.run_sync(row_digests, view, pks) if to == "read" else {}
    rows = await to_thread.run_sync(get_rows, view, pks, to)
    if action.single_row and len(rows) > 1:
        raise HTTPException(400)
    if answers is None:
        if action.present:
            form.fill(await to_thread.run_sync(_present, view, action.present, rows[0]))
            await to_thread.run_sync(view.questions.resolve_names, form, None)
        return ActionPage(action, rows, form, once=new_key(), seen=join_digests(seen))
    page = ActionPage(action, rows, form, once=str(answers.get("once", "")), seen=str(answers.get("seen", "")))
    if refused:
        form.keep(answers, refused.message())
        await to_thread.run_sync(view.questions.resolve_names, form, None)
        return replace(page, status=refused.status_code, is_unsaved=True)
    return await _submitted(view, page, answers, now=seen)


async def _submitted(view: ScreenView, page: ActionPage, answers: dict[str, Any], *, now: Seen) -> ActionPage:
    """Preview the action or do it; `now` holds the digests of the rows as they are stored."""
    action, rows, form = page.action, page.rows, page.form
    try:
        values = form.read(answers, language=current_language())
        if action.preview and answers.get("then") != "do":
            preview = await to_thread.run_sync(_preview, view, action.preview, rows[0], values)
            await to_thread.run_sync(view.questions.resolve_names, form, None)
            return replace(page, preview=preview, is_unsaved=True)
        act = partial(perform_on_rows, view, action, rows, values, form=SubmittedForm.of(answers), seen=page.seen)
        await to_thread.run_sync(act)
    except EducoreError as error:
        found, refused = error, None
    except RowError as error:
        found, refused = error.error, error
    else:
        return replace(page, row_count=len(rows))
    _refuse(form, found, refused, alone=len(rows) == 1)
    await to_thread.run_sync(view.questions.resolve_names, form, found)
    alternative = _find_alternative(view, action, rows, found)
    page = replace(page, status=error_status(found), alternative=alternative, is_unsaved=True)
    if not isinstance(found, Stale):
        return page
    row = refused.row if refused else rows[0]
    changed = await to_thread.run_sync(describe_last_change, view.school, view.screen.kind, row, view.account_of(row))
    return replace(page, seen=join_digests(now), changed=changed)


class RowError(Exception):
    """The domain error of one row, which keeps an action from being done to any of the rows."""

    def __init__(self, row: Any, name: str, error: EducoreError) -> None:
        super().__init__(error.code)
        self.row, self.name, self.error = row, name, error

    def message(self) -> str:
        """Return the name of the row and the message of the error."""
        return f"{self.name}: {error_message(self.error)}"


def get_rows(view: ScreenView, pks: str, to: str = "read") -> list[Any]:
    """Return the rows named in the address. Raises: HTTPException 404 if the user cannot see one of them."""
    rows = find_rows(view, pks, to)
    if len(rows) < len(_split_ids(pks)):
        raise HTTPException(404)
    return rows


def find_rows(view: ScreenView, pks: str, to: str = "read") -> list[Any]:
    """Return the rows named in the address that exist and that the user may see, or for "restore" archived ones."""
    named = where(id__in=_ids(pks)) & view.screen.only
    with view.open_reader() as reader:
        return list({row.id: row for row in reader.rows(view.screen.kind, named, show=("",), to=to)}.values())


def row_digests(view: ScreenView, pks: str) -> Seen:
    """Return the digests of the rows named in the address, by id."""
    with view.school.work(current_actor(), read_only=True) as uow:
        return {str(row.id): version(row) for row in uow.find(view.screen.kind, where(id__in=_ids(pks)))}


def perform_on_rows(
    view: ScreenView,
    action: RowAction,
    rows: list[Any],
    values: dict[str, Any],
    *,
    form: SubmittedForm | None = None,
    seen: str = "",
) -> None:
    """Do an action to every row in one unit of work; a form sent twice does it once.

    `seen` holds digests of the rows as the form showed them. Raises: RowError; Stale if a row has changed since.
    """
    kind = view.screen.kind
    with view.writer.prepare(values) as ready, view.school.work(current_actor()) as uow:

        def act() -> str:
            for id, digest in split_digests(seen, (str(row.id) for row in rows)).items():
                uow.expect(kind, int(id), {WHOLE_ROW: digest})
            for row in rows:
                _perform(uow, view, action, row, ready)
            return str(len(rows))

        (form or SubmittedForm("", {})).run_idempotent(uow, act)


def _scope_of(action: RowAction) -> str:
    """Return the verb by which the rows of an action are read: archived rows exist for their restoration alone."""
    return RESTORE.verb if action == RESTORE else "read"


def _present(view: ScreenView, present: Answers, row: Any) -> Mapping[str, Any]:
    with view.school.work(current_actor(), read_only=True) as uow:
        return present(uow, row.id)


def _perform(uow: UnitOfWork, view: ScreenView, action: RowAction, row: Any, values: dict[str, Any]) -> None:
    try:
        action.perform(uow, view.screen.kind, row.id, view.screen.only, values)
    except EducoreError as error:
        raise RowError(row, view.names.name_of(row), error) from None


def _split_ids(pks: str) -> list[str]:
    """Return the ids in the address as written. Raises: HTTPException 400 for none or for more than MAX_ROWS."""
    ids = [pk for pk in dict.fromkeys(pks.split(",")) if pk]
    if not ids or len(ids) > MAX_ROWS:
        raise HTTPException(400)
    return ids


def _ids(pks: str) -> set[int]:
    return {id for pk in _split_ids(pks) if (id := parse_id(pk)) is not None}


class _RollBack(Exception):
    """Raised to roll a unit of work back."""


def _find_alternative(view: ScreenView, action: RowAction, rows: list[Any], error: EducoreError) -> RowAction | None:
    """Return the action to offer if a person cannot be deleted because they are in use (`in_use`): to block them."""
    codes = {problem.code for found in error.fields.values() for problem in found} if isinstance(error, Invalid) else ()
    if action.name != DELETE.name or "in_use" not in codes:
        return None
    offered = (other for other in view.actions() if other.name == BLOCK)
    return next((other for other in offered if any(other.applies_to.holds(row) for row in rows)), None)


def _preview(view: ScreenView, preview: Preview, row: Any, answers: dict[str, Any]) -> list[str]:
    """Return sentences about what the action would do: do it and roll it back. Raises: RowError."""
    sentences: list[str] = []
    with suppress(_RollBack), view.writer.prepare(answers) as values, view.school.work(current_actor()) as uow:
        try:
            sentences = preview(uow, row.id, values)
        except EducoreError as error:
            raise RowError(row, view.names.name_of(row), error) from None
        raise _RollBack
    return sentences


def _refuse(form: Form, error: EducoreError, refused: RowError | None, *, alone: bool) -> None:
    """Show an error beside the answer it is about, if there is one; else above the form, with the name of the row."""
    form.refuse(error)
    names = {question.name for question in form.questions}
    about_answers = isinstance(error, Invalid) and set(error.fields) <= names
    if refused and (not about_answers or not alone):
        form.errors, form.alerts = {}, [refused.message()]
