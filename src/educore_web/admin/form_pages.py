"""The pages that make and change a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import EducoreError, where
from educore_web.admin.forms import Form, Question, as_text
from educore_web.admin.language import language, say_amount, word
from educore_web.admin.once import new_key
from educore_web.admin.problems import field_label
from educore_web.admin.screen import Proposal
from educore_web.admin.signing_in import refusal_status, require_token
from educore_web.admin.views import UseCaseView
from educore_web.admin.visitor import acting, local_currency
from educore_web.uploads import LARGEST_DOCUMENT, MEGABYTE, Upload


@dataclass(frozen=True)
class FormPage:
    """A form to show again, or the id of the row it wrote."""

    form: Form
    row: Any = None
    saved: int | None = None
    status: int = 200
    once: str = ""

    def said(self) -> str:
        """What to say once it is saved: the amounts too, as they were read."""
        named = [(field_label(q.name, q.kind.__name__), self.form.amounts.get(q.name)) for q in self.form.questions]
        known = [(label, say_amount(amount)) for label, amount in named if amount is not None]
        if not known:
            return word("said.saved")
        amounts = known[0][1] if len(known) == 1 else "; ".join(f"{label} {amount}" for label, amount in known)
        return word("said.saved_amounts", amounts=f"{amounts} {local_currency()}".rstrip())


async def create_page(view: UseCaseView, request: Request) -> FormPage:
    """Ask for a new row, and make it from what was answered."""
    form = Form(view.questions_to_create())
    if request.method == "GET":
        form.fill({q.name: _default(q) for q in form.questions} | _given(form, request))
        return await _named(view, FormPage(form, once=new_key() if view.screen.once else ""))
    return await _submitted(view, request, form, None)


async def edit_page(view: UseCaseView, request: Request, pk: str) -> FormPage:
    """Ask about an existing row, and change what was answered differently. Raises: HTTPException 403, 404."""
    row, questions = await to_thread.run_sync(_row_to_edit, view, pk)
    if row is None:
        raise HTTPException(404)
    if not questions:
        raise HTTPException(403)
    form = Form(questions, creating=False, files=view.files_of(row, questions))
    if request.method == "GET":
        form.fill(view.values_of(row, form.questions))
        return await _named(view, FormPage(form, row))
    return await _submitted(view, request, form, row)


async def _submitted(view: UseCaseView, request: Request, form: Form, row: Any) -> FormPage:
    async with request.form() as posted:
        require_token(request, posted)
        answers = await answers_of(posted)
    once = str(answers.get("once", "")) if view.screen.once else ""
    try:
        if answers.get("then") == "propose" and view.screen.proposal:
            await _propose(view, view.screen.proposal, form, row, answers)
            return await _named(view, FormPage(form, row, once=once))
        saved = await _save(view, request, form.read(answers, language=language()), row, once)
    except EducoreError as error:
        form.refuse(error)
        return await _named(view, FormPage(form, row, status=refusal_status(error), once=once), error)
    return FormPage(form, row, saved=saved)


async def _save(view: UseCaseView, request: Request, values: dict[str, Any], row: Any, once: str) -> int:
    """The id of the row that was made or changed."""
    if row is not None:
        return int((await view.update_model(request, str(row.id), values)).id)
    if once:
        return await view.insert_once(values, once)
    return int((await view.insert_model(request, values)).id)


async def _propose(view: UseCaseView, proposal: Proposal, form: Form, row: Any, answers: dict[str, Any]) -> None:
    """Fill in what can be proposed; the other answers stay as they were written."""
    form.texts = {q.name: str(answers.get(q.text_name, "")) for q in form.questions}
    needed = Form(tuple(q for q in form.questions if q.name in proposal.needs), form.creating)
    known = {name: getattr(row, name) for name in proposal.needs} if row is not None else {}
    made = await to_thread.run_sync(view.propose, proposal, known | needed.read(answers, language=language()))
    form.texts |= {name: as_text(value) for name, value in made.items()}


async def answers_of(posted: FormData) -> dict[str, Upload | str]:
    """What was written; of several boxes with one name, those that were ticked."""
    answers: dict[str, Upload | str] = {}
    for name, value in posted.multi_items():
        answer, before = await _answer(value), answers.get(name)
        answers[name] = f"{before} {answer}" if isinstance(before, str) and isinstance(answer, str) else answer
    return answers


async def _answer(value: UploadFile | str) -> Upload | str:
    """A text or a file, read no further than shows that it is too large; without a name none was chosen."""
    if isinstance(value, str):
        return value
    return Upload(value.filename, await value.read(LARGEST_DOCUMENT * MEGABYTE + 1)) if value.filename else ""


def _row_to_edit(view: UseCaseView, pk: str) -> tuple[Any, tuple[Question, ...]]:
    """The row, and the questions the visitor may answer about it: none where they may only look."""
    screen = view.screen
    links = [q.field.removesuffix("_id") for q in screen.edit if q.target and "." not in q.name]
    row = view.reader.one(screen.kind, pk, screen.only, show=("", *links))
    if row is None or not view.may_edit(row):
        return row, ()
    with view.school.work(acting(), read_only=True) as uow:
        if not uow.count(screen.kind, where(id=row.id), to="update"):
            return row, ()
        return row, view.questions_to_edit(row, view.may_change_account(uow, row))


async def _named(view: UseCaseView, page: FormPage, error: EducoreError | None = None) -> FormPage:
    """Give the form the names of the rows its references hold, if the visitor may see those rows."""
    await to_thread.run_sync(view.explain, page.form, error)
    return page


def _default(question: Question) -> Any:
    info = question.kind.model_fields.get(question.field)
    return None if info is None or info.is_required() else info.default


def _given(form: Form, request: Request) -> dict[str, str]:
    """Answers an address brings along: the link "new student of this group" fills in the group."""
    return {q.name: as_text(request.query_params[q.name]) for q in form.questions if q.name in request.query_params}
