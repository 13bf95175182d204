"""Actions on rows: a page that says what will happen to which rows and asks what it needs, then one unit of work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import EducoreError, Invalid, UnitOfWork, where
from educore_web.admin.forms import Form
from educore_web.admin.language import language
from educore_web.admin.naming import name_of
from educore_web.admin.once import done_once, new_key
from educore_web.admin.problems import refusal
from educore_web.admin.screen import DELETE, Preview, RowAction
from educore_web.admin.signing_in import refusal_status, require_token
from educore_web.admin.views import UseCaseView
from educore_web.admin.visitor import acting
from educore_web.admin.written import id_written

MOST_ROWS = 200
BLOCK = "block"


@dataclass(frozen=True)
class ActionPage:
    """What an action is about to do, or how many rows it has done it to.

    `told` is its preview, once asked for; `instead` is what is offered where it was refused for good.
    """

    action: RowAction
    rows: list[Any]
    form: Form
    done: int | None = None
    status: int = 200
    once: str = ""
    told: list[str] | None = None
    instead: RowAction | None = None


async def action_page(view: UseCaseView, request: Request, name: str) -> ActionPage:
    """Show an action, and on POST do it to every row or to none. Raises: HTTPException 403, 404."""
    action = next((found for found in view.screen.all_actions() if found.name == name), None)
    if action is None:
        raise HTTPException(404)
    if not view.permits(action.does):
        raise HTTPException(403)
    rows = await to_thread.run_sync(rows_named, view, request.query_params.get("pks", ""))
    if action.single and len(rows) > 1:
        raise HTTPException(400)
    form = Form(view.questions_of(action))
    if request.method == "GET":
        return ActionPage(action, rows, form, once=new_key() if action.once else "")
    posted = await request.form()
    require_token(request, posted)
    once = str(posted.get("once", "")) if action.once else ""
    try:
        answers = form.read(posted, language=language())
        if action.preview and posted.get("then") != "do":
            told = await to_thread.run_sync(_tell, view, action.preview, rows[0], answers)
            await to_thread.run_sync(view.explain, form, None)
            return ActionPage(action, rows, form, once=once, told=told)
        await to_thread.run_sync(do_all, view, action, rows, answers, once)
    except EducoreError as error:
        form.refuse(error)
        await to_thread.run_sync(view.explain, form, error)
        return ActionPage(action, rows, form, status=refusal_status(error), once=once)
    except RowRefused as refused:
        _refuse(form, refused, alone=len(rows) == 1)
        await to_thread.run_sync(view.explain, form, refused.error)
        status, instead = refusal_status(refused.error), _instead(view, action, rows, refused.error)
        return ActionPage(action, rows, form, status=status, once=once, instead=instead)
    return ActionPage(action, rows, form, done=len(rows))


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
    wanted = [pk for pk in dict.fromkeys(pks.split(",")) if pk]
    if not wanted or len(wanted) > MOST_ROWS:
        raise HTTPException(400)
    ids = {id for pk in wanted if (id := id_written(pk)) is not None}
    these = where(id__in=ids) & view.screen.only
    rows = {row.id: row for row in view.reader.rows(view.screen.kind, these, show=("",))}
    if len(rows) < len(wanted):
        raise HTTPException(404)
    return list(rows.values())


def do_all(view: UseCaseView, action: RowAction, rows: list[Any], answers: dict[str, Any], once: str = "") -> None:
    """Do an action to every row in one unit of work. Raises: RowRefused."""
    with view.prepare(answers) as values, view.school.work(acting()) as uow:
        done_once(uow, once, answers, lambda: _do_all(uow, view, action, rows, values))


def _do_all(uow: UnitOfWork, view: UseCaseView, action: RowAction, rows: list[Any], answers: dict[str, Any]) -> str:
    for row in rows:
        try:
            action.do(uow, view.screen.kind, row.id, view.screen.only, answers)
        except EducoreError as error:
            raise RowRefused(row, error) from None
    return action.name


class _GivenUp(Exception):
    """Ends a unit of work of which nothing is to stay."""


def _instead(view: UseCaseView, action: RowAction, rows: list[Any], error: EducoreError) -> RowAction | None:
    """Of somebody who cannot be deleted, because their name stays, that they are kept out."""
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


def _refuse(form: Form, refused: RowRefused, *, alone: bool) -> None:
    """Beside the answer it is about, if there is one; named after the row, if there are several."""
    form.refuse(refused.error)
    asked = {question.name for question in form.questions}
    about_answers = isinstance(refused.error, Invalid) and set(refused.error.fields) <= asked
    if not about_answers or not alone:
        form.errors, form.alerts = {}, [refused.sentence()]
