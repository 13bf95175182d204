"""Actions on rows: a page that says what will happen to which rows and asks what it needs, then one unit of work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import EducoreError, Invalid, Seen, Stale, UnitOfWork, where
from educore.kernel import WHOLE_ROW, version
from educore_web.admin.idempotency import SentForm, do_once, new_key
from educore_web.admin.pages.editing import read_answers, result_before
from educore_web.admin.screen import DELETE, Preview, RowAction
from educore_web.admin.security.current_user import acting
from educore_web.admin.security.sign_in import refusal_status, unsent
from educore_web.admin.ui.forms import Form
from educore_web.admin.ui.language import current_language
from educore_web.admin.ui.naming import name_of
from educore_web.admin.ui.parameters import id_written
from educore_web.admin.ui.problems import refusal
from educore_web.admin.ui.seen import read_seen, write_seen
from educore_web.admin.ui.stale import last_change
from educore_web.admin.views import UseCaseView

MOST_ROWS = 200
BLOCK = "block"


@dataclass(frozen=True)
class ActionPage:
    """A page of an action: what it is about to do, or how many rows it was done to.

    `told` is the preview, if one was requested; `instead` is the action to offer if this one was refused for good;
    `seen` holds digests of the rows as the page showed them; `changed` says who has changed them since. `is_unsaved`
    marks a page with answers that have not been acted upon.
    """

    action: RowAction
    rows: list[Any]
    form: Form
    done: int | None = None
    status: int = 200
    once: str = ""
    told: list[str] | None = None
    instead: RowAction | None = None
    seen: str = ""
    changed: str = ""
    is_unsaved: bool = False


async def action_page(view: UseCaseView, request: Request, name: str) -> ActionPage:
    """Show an action, and on POST do it to every row or to none. Raises: HTTPException 403, 404."""
    action = next((found for found in view.screen.all_actions() if found.name == name), None)
    if action is None:
        raise HTTPException(404)
    if not view.permits(action.does):
        raise HTTPException(403)
    pks = request.query_params.get("pks", "")
    form = Form(view.questions_of(action))
    answers = await read_answers(request) if request.method == "POST" else None
    refused = unsent(request, answers) if answers is not None else None
    if answers is not None and not refused and (earlier := await result_before(view, answers)):
        return ActionPage(action, await to_thread.run_sync(rows_left, view, pks), form, done=int(earlier))
    seen = await to_thread.run_sync(seen_of, view, pks)
    rows = await to_thread.run_sync(rows_named, view, pks)
    if action.single and len(rows) > 1:
        raise HTTPException(400)
    if answers is None:
        return ActionPage(action, rows, form, once=new_key(), seen=write_seen(seen))
    page = ActionPage(action, rows, form, once=str(answers.get("once", "")), seen=str(answers.get("seen", "")))
    if refused:
        form.keep(answers, refused.sentence())
        await to_thread.run_sync(view.explain, form, None)
        return replace(page, status=refused.status_code, is_unsaved=True)
    return await _submitted(view, page, answers, now=seen)


async def _submitted(view: UseCaseView, page: ActionPage, answers: dict[str, Any], *, now: Seen) -> ActionPage:
    """Preview the action or do it; `now` holds the present digests of the rows."""
    action, rows, form = page.action, page.rows, page.form
    try:
        values = form.read(answers, language=current_language())
        if action.preview and answers.get("then") != "do":
            told = await to_thread.run_sync(_tell, view, action.preview, rows[0], values)
            await to_thread.run_sync(view.explain, form, None)
            return replace(page, told=told, is_unsaved=True)
        act = partial(do_all, view, action, rows, values, sent=SentForm.of(answers), seen=page.seen)
        await to_thread.run_sync(act)
    except EducoreError as error:
        found, refused = error, None
    except RowRefused as error:
        found, refused = error.error, error
    else:
        return replace(page, done=len(rows))
    _refuse(form, found, refused, alone=len(rows) == 1)
    await to_thread.run_sync(view.explain, form, found)
    instead = _instead(view, action, rows, found)
    page = replace(page, status=refusal_status(found), instead=instead, is_unsaved=True)
    if not isinstance(found, Stale):
        return page
    row = refused.row if refused else rows[0]
    changed = await to_thread.run_sync(last_change, view.school, view.screen.kind, row, view.account_of(row))
    return replace(page, seen=write_seen(now), changed=changed)


class RowRefused(Exception):
    """One of several rows was refused, so that nothing was done to any."""

    def __init__(self, row: Any, error: EducoreError) -> None:
        super().__init__(error.code)
        self.row, self.error = row, error

    def sentence(self) -> str:
        """Which row, and why."""
        return f"{name_of(self.row)}: {refusal(self.error)}"


def rows_named(view: UseCaseView, pks: str) -> list[Any]:
    """The rows named in the address; one that is not there for the visitor makes the whole page 404."""
    wanted = _wanted(pks)
    rows = rows_left(view, pks)
    if len(rows) < len(wanted):
        raise HTTPException(404)
    return rows


def rows_left(view: UseCaseView, pks: str) -> list[Any]:
    """Return the rows named in the address that exist and that the visitor may see."""
    these = where(id__in=_ids(pks)) & view.screen.only
    return list({row.id: row for row in view.reader.rows(view.screen.kind, these, show=("",))}.values())


def seen_of(view: UseCaseView, pks: str) -> Seen:
    """Return the digests of the rows named in the address, by id."""
    with view.school.work(acting(), read_only=True) as uow:
        return {str(row.id): version(row) for row in uow.find(view.screen.kind, where(id__in=_ids(pks)))}


def do_all(
    view: UseCaseView,
    action: RowAction,
    rows: list[Any],
    values: dict[str, Any],
    *,
    sent: SentForm | None = None,
    seen: str = "",
) -> None:
    """Do an action to every row in one unit of work; a form sent twice does it once. Raises: RowRefused; Stale."""
    kind = view.screen.kind
    with view.prepare(values) as ready, view.school.work(acting()) as uow:

        def act() -> str:
            for id, digest in read_seen(seen, (str(row.id) for row in rows)).items():
                uow.expect(kind, int(id), {WHOLE_ROW: digest})
            for row in rows:
                _do(uow, view, action, row, ready)
            return str(len(rows))

        do_once(uow, sent or SentForm("", {}), act)


def _do(uow: UnitOfWork, view: UseCaseView, action: RowAction, row: Any, values: dict[str, Any]) -> None:
    try:
        action.do(uow, view.screen.kind, row.id, view.screen.only, values)
    except EducoreError as error:
        raise RowRefused(row, error) from None


def _wanted(pks: str) -> list[str]:
    """Return the ids in the address as written. Raises: HTTPException 400 for none or for more than MOST_ROWS."""
    wanted = [pk for pk in dict.fromkeys(pks.split(",")) if pk]
    if not wanted or len(wanted) > MOST_ROWS:
        raise HTTPException(400)
    return wanted


def _ids(pks: str) -> set[int]:
    return {id for pk in _wanted(pks) if (id := id_written(pk)) is not None}


class _GivenUp(Exception):
    """Ends a unit of work of which nothing is to stay."""


def _instead(view: UseCaseView, action: RowAction, rows: list[Any], error: EducoreError) -> RowAction | None:
    """Return the action to offer if a person cannot be deleted because they are in use (`in_use`): to block them."""
    codes = {problem.code for found in error.fields.values() for problem in found} if isinstance(error, Invalid) else ()
    if action.name != DELETE.name or "in_use" not in codes:
        return None
    offered = (other for other in view.actions() if other.name == BLOCK)
    return next((other for other in offered if any(other.useful.holds(row) for row in rows)), None)


def _tell(view: UseCaseView, preview: Preview, row: Any, answers: dict[str, Any]) -> list[str]:
    """What the action would do, found out by doing it and giving it up. Raises: RowRefused."""
    told: list[str] = []
    with suppress(_GivenUp), view.prepare(answers) as values, view.school.work(acting()) as uow:
        try:
            told = preview(uow, row.id, values)
        except EducoreError as error:
            raise RowRefused(row, error) from None
        raise _GivenUp
    return told


def _refuse(form: Form, error: EducoreError, refused: RowRefused | None, *, alone: bool) -> None:
    """Beside the answer it is about, if there is one; named after the row, if there are several."""
    form.refuse(error)
    asked = {question.name for question in form.questions}
    about_answers = isinstance(error, Invalid) and set(error.fields) <= asked
    if refused and (not about_answers or not alone):
        form.errors, form.alerts = {}, [refused.sentence()]
