"""The questions of an assessment on one page, each with its form, and the paper as a student will see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import Educore, EducoreError, Stale, UnitOfWork, perform, where
from educore.assessment import Assessment, Attempt, Choice, Question, QuestionKind, preview_of
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.pages.question_forms import MORE_LINES, QuestionForm, new_form, stored_form
from educore_web.admin.security.csrf import find_form_refusal
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.statuses import error_status
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.parameters import NO_ROW, parse_id
from educore_web.admin.ui.problems import error_message

MAX_FIELDS = 500
LIVE = where(retired_at__isnull=True)
STEPS = {"up": -1, "down": 1}
"""The buttons that move a question, and by how many places."""


@dataclass
class QuestionsPage:
    """The questions of an assessment, and the form of a new one; `begun` is the number of attempts.

    As soon as anybody has begun, questions stay as they were seen, and only their keys can be mended.
    """

    head: Assessment
    forms: list[QuestionForm]
    begun: int
    new: QuestionForm | None = None
    alerts: list[str] = field(default_factory=list)
    status: int = 200
    once: str = field(default_factory=new_key)

    def form_of(self, id: int | None) -> QuestionForm | None:
        """Return the form of a question, or that of a new one."""
        return self.new if id is None else next((form for form in self.forms if form.id == id), None)


@login_required
async def edit_questions(frame: Frame, request: Request) -> Response:
    """Show the questions of an assessment; on POST add, change, move or retire one. Raises: NotFound, Forbidden."""
    view = frame.view_for(Assessment, "update")
    pk = int(request.path_params["pk"])
    if request.method == "GET":
        kind = request.query_params.get("new", "")
        page = await to_thread.run_sync(load_page, frame.school, pk, kind)
    else:
        posted = await request.form(max_fields=MAX_FIELDS)
        refused = find_form_refusal(request, posted)
        if refused is None and (anchor := await _try(frame, request, pk, posted)) is not None:
            return RedirectResponse(f"{request.url.path}{anchor}", status_code=302)
        page = await to_thread.run_sync(load_page, frame.school, pk, str(posted.get("kind", "")))
        _show_again(page, posted, refused.message() if refused else None, refused.status_code if refused else 200)
        if (error := getattr(request.state, "refused_question", None)) is not None:
            _refuse(page, posted, error)
    kinds = [(kind, translate(f"QuestionKind.{kind}")) for kind in QuestionKind]
    return await frame.render(request, "questions.html", {"view": view, "page": page, "kinds": kinds}, page.status)


@login_required
async def preview_paper(frame: Frame, request: Request) -> Response:
    """Show the paper of an assessment as a student who begins now sees it. Raises: NotFound, Forbidden."""
    view = frame.view_for(Assessment, "read")

    def read() -> Any:
        with frame.school.work(current_actor(), read_only=True) as uow:
            return preview_of(uow, uow.get(Assessment, int(request.path_params["pk"])))

    paper = await to_thread.run_sync(read)
    return await frame.render(request, "paper.html", {"view": view, "paper": paper})


async def _try(frame: Frame, request: Request, pk: int, posted: FormData) -> str | None:
    """Do what a form asks for, and return the end of the address to show next; None to show the form again."""
    if posted.get("do") == "more":
        return None
    try:
        message, anchor = await to_thread.run_sync(_write, frame.school, pk, posted)
    except EducoreError as error:
        request.state.refused_question = error
        return None
    frame.flash(request, translate(message))
    return anchor


def load_page(school: Educore, pk: int, kind: str = "") -> QuestionsPage:
    """Return the page, in four statements; with the word for a kind of question, it has the form of a new one."""
    with school.work(current_actor(), read_only=True) as uow:
        head = uow.get(Assessment, pk, to="update")
        begun = uow.count(Attempt, where(assessment_id=pk))
        new = new_form(QuestionKind(kind)) if kind in list(QuestionKind) else None
        return QuestionsPage(head, load_forms(uow, pk), begun, new)


def load_forms(uow: UnitOfWork, pk: int) -> list[QuestionForm]:
    """Return the forms of the live questions of an assessment, in their order, in two statements."""
    questions = uow.find(Question, LIVE & where(assessment_id=pk), order=("position", "id"))
    parts: defaultdict[int, list[Choice]] = defaultdict(list)
    of_questions = LIVE & where(question_id__in=[question.id for question in questions])
    for choice in uow.find(Choice, of_questions, order=("position", "id")) if questions else ():
        parts[choice.question_id].append(choice)
    return [stored_form(question, parts[question.id], number=n) for n, question in enumerate(questions, 1)]


# -- writing -------------------------------------------------------------------------------------------


def _write(school: Educore, pk: int, posted: FormData) -> tuple[str, str]:
    """Do what a form asks for; return the key of the message and the end of the next address.

    The assessment is locked first, as by the use cases, so nobody changes its questions meanwhile.
    Raises: Stale for a question that is not as it was shown; HTTPException 404; the errors of the use cases.
    """
    form = SubmittedForm.of(dict(posted.multi_items()) | {"right": repr(posted.getlist("right"))})
    with school.work(current_actor()) as uow:
        uow.get(Assessment, pk, to="update", lock=True)
        return "said.saved", form.run_idempotent(uow, lambda: _do(uow, pk, posted))


def _do(uow: UnitOfWork, pk: int, posted: FormData) -> str:
    do, forms = str(posted.get("do", "")), load_forms(uow, pk)
    if do == "add":
        return _add(uow, pk, posted)
    id = parse_id(str(posted.get("question", ""))) or NO_ROW
    form = next((form for form in forms if form.id == id), None)
    if form is None or posted.get("seen") != form.seen:
        raise Stale(kind=Question.__name__, id=id, fields=[""])
    if do in STEPS:
        _move(uow, [found.id or 0 for found in forms], id, STEPS[do])
    elif do == "retire":
        perform(uow, Question, "delete", id)
        return "#questions"
    else:
        _change(uow, form, posted, regrade=do == "regrade")
    return f"#question-{id}"


def _add(uow: UnitOfWork, pk: int, posted: FormData) -> str:
    kind = str(posted.get("kind", ""))
    if kind not in list(QuestionKind):
        raise HTTPException(404)
    form = QuestionForm(QuestionKind(kind))
    form.read(posted)
    fields = {**form.fields(), "kind": form.kind, "assessment_id": pk, "choices": form.choices()}
    return f"#question-{perform(uow, Question, 'create', fields=fields).id}"


def _change(uow: UnitOfWork, form: QuestionForm, posted: FormData, *, regrade: bool) -> None:
    """Change a question as the form says; parts that were not touched are not sent, so that attempts keep theirs."""
    stored = form.choices()
    form.read(posted)
    fields = form.fields()
    if form.has_parts and (regrade or form.choices() != stored):
        fields["choices"] = form.choices()
    perform(uow, Question, "update", form.id, {**fields, **({"regrade": True} if regrade else {})})


def _move(uow: UnitOfWork, ids: Sequence[int], id: int, step: int) -> None:
    """Move a question by one place, and number all of them anew."""
    order = list(ids)
    place = order.index(id)
    order.insert(max(0, place + step), order.pop(place))
    for position, moved in enumerate(order, 1):
        perform(uow, Question, "update", moved, {"position": position})


# -- showing again -------------------------------------------------------------------------------------


def _show_again(page: QuestionsPage, posted: FormData, message: str | None, status: int) -> None:
    """Show a form as it was submitted, with more lines if it asks for them."""
    form = page.form_of(parse_id(str(posted.get("question", ""))))
    if form is not None and posted.get("do") not in (*STEPS, "retire"):
        form.read(posted)
        form.add_lines(MORE_LINES if posted.get("do") == "more" else 1)
    page.alerts, page.status = [message] if message else [], status


def _refuse(page: QuestionsPage, posted: Mapping[str, Any], error: EducoreError) -> None:
    """Show the message of an error at the form that it is about, or above all of them."""
    form = page.form_of(parse_id(str(posted.get("question", ""))))
    (page.alerts if form is None else form.errors).append(error_message(error))
    page.status = error_status(error)
