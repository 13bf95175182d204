"""The rows that a reference may name, as the selects of forms and filters look them up."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from educore import where
from educore.kernel import references
from educore.timetable import Session
from educore_web.admin.frame import Frame
from educore_web.admin.pages.calendar import calendar_filters
from educore_web.admin.reading import Row
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.question import Question
from educore_web.admin.views import ScreenView

MAX_CHOICES = 20


@login_required
async def look_up(frame: Frame, request: Request) -> Response:
    """Answer a select with the rows that match the text typed so far, as JSON.

    `form` names the form ("create", "edit", "list", "calendar" or an action), `name` the question, `term` the text.
    Raises: HTTPException 403 for a question that the form does not ask this user.
    """
    query = request.query_params
    view = frame.view_at(request, Action.LIST)
    action, questions = _questions_on(view, query.get("form", ""))
    question = next((q for q in questions if q.name == query.get("name") and q.target), None)
    if question is None or not view.has_permission(request, action):
        raise HTTPException(403)
    other_answer = query.get(question.depends[0], "") if question.depends else ""
    found = await find_choices(view, question, query.get("term", ""), other_answer=other_answer)
    return JSONResponse({"results": found})


def _questions_on(view: ScreenView, form: str) -> tuple[Action, tuple[Question, ...]]:
    """Return the questions of a form, and the action that a user needs permission for to see it."""
    if form == "create":
        return Action.CREATE, view.questions.create()
    if form == "edit":
        return Action.EDIT, view.screen.edit
    if form == "list":
        return Action.LIST, view.questions.filters()
    if form == "calendar":
        return Action.LIST, calendar_filters() if view.screen.kind is Session else ()
    actions = (a for a in view.screen.all_actions() if a.name == form and view.may_act(a))
    return Action.LIST, next((view.questions.of_action(action) for action in actions), ())


async def find_choices(
    view: ScreenView, question: Question, term: str, *, other_answer: str = ""
) -> list[dict[str, Any]]:
    """Return the first rows that the question may name, each as `id` and `text`.

    `other_answer` answers the question that this one depends on.
    """
    kind, condition = view.school.domain.kinds[question.target or ""], question.choices
    if question.depends and (answer := parse_id(other_answer)) is not None:
        condition &= where(**{question.depends[1]: answer})

    def read() -> list[Row]:
        with view.open_reader() as reader:
            return reader.choices(kind, condition, term, limit=MAX_CHOICES)

    with_center = current_actor().center_id is None and "center_id" in references(kind)
    rows = await to_thread.run_sync(read)
    return [{"id": row.id, "text": view.names.full_name(row, with_center=with_center)} for row in rows]
