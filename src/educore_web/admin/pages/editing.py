"""The pages that make and change a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import EducoreError, Seen, Stale
from educore_web.admin.idempotency import SentForm, earlier_result, new_key
from educore_web.admin.screen import Proposal
from educore_web.admin.security.current_user import acting, local_currency
from educore_web.admin.security.sign_in import NotSent, refusal_status, unsent
from educore_web.admin.ui.forms import Form, Question, as_text
from educore_web.admin.ui.language import current_language, format_amount, translate
from educore_web.admin.ui.parameters import id_written
from educore_web.admin.ui.problems import field_label
from educore_web.admin.ui.seen import read_seen, write_seen
from educore_web.admin.ui.stale import Choice, choices_between, last_change, see
from educore_web.admin.views import UseCaseView
from educore_web.rest.uploads import LARGEST_DOCUMENT, MEGABYTE, Upload


@dataclass(frozen=True)
class FormPage:
    """A form to show again, or the id of the row it saved.

    `seen` holds digests of the row as the form showed it, `stale` lists what somebody else has changed since then, and
    `changed` says who did. `is_unsaved` marks a page with answers that have not been saved.
    """

    form: Form
    row: Any = None
    saved: int | None = None
    status: int = 200
    once: str = ""
    seen: str = ""
    stale: list[Choice] = field(default_factory=list)
    changed: str = ""
    is_unsaved: bool = False

    def said(self) -> str:
        """Return the message to show after saving, with the amounts of money as they were read."""
        named = [(field_label(q.name, q.kind.__name__), self.form.amounts.get(q.name)) for q in self.form.questions]
        known = [(label, format_amount(amount)) for label, amount in named if amount is not None]
        if not known:
            return translate("said.saved")
        amounts = known[0][1] if len(known) == 1 else "; ".join(f"{label} {amount}" for label, amount in known)
        return translate("said.saved_amounts", amounts=f"{amounts} {local_currency()}".rstrip())


@dataclass(frozen=True)
class Editable:
    """A row the visitor may view, and the questions they may answer about it: none if they may only view it."""

    row: Any = None
    questions: tuple[Question, ...] = ()
    seen: Seen = field(default_factory=dict)


async def create_page(view: UseCaseView, request: Request) -> FormPage:
    """Ask for a new row, and make it from what was answered."""
    form = Form(view.questions_to_create())
    if request.method == "GET":
        form.fill({q.name: _default(q) for q in form.questions} | _given(form, request))
        return await _named(view, FormPage(form, once=new_key()))
    answers = await read_answers(request)
    if refused := unsent(request, answers):
        return await _kept(view, form, None, answers, refused)
    return await _submitted(view, form, None, answers)


async def edit_page(view: UseCaseView, request: Request, pk: str) -> FormPage:
    """Ask about an existing row, and change what was answered differently. Raises: HTTPException 403, 404."""
    answers = await read_answers(request) if request.method == "POST" else None
    refused = unsent(request, answers) if answers is not None else None
    if answers is not None and not refused and (earlier := await result_before(view, answers)):
        return FormPage(Form(()), saved=int(earlier))
    found = await to_thread.run_sync(_row_to_edit, view, pk)
    if found.row is None:
        raise HTTPException(404)
    if not found.questions:
        raise HTTPException(403)
    form = Form(found.questions, creating=False, files=view.files_of(found.row, found.questions))
    if answers is None:
        form.fill(view.values_of(found.row, form.questions))
        return await _named(view, FormPage(form, found.row, once=new_key(), seen=write_seen(found.seen)))
    if refused:
        return await _kept(view, form, found.row, answers, refused)
    return await _submitted(view, form, found.row, answers)


async def read_answers(request: Request) -> dict[str, Upload | str]:
    """Read the answers of a request; see `answers_of`."""
    async with request.form() as posted:
        return await answers_of(posted)


async def result_before(view: UseCaseView, answers: dict[str, Any]) -> str | None:
    """Return the result of the same form if it was sent before, None otherwise."""
    return await to_thread.run_sync(earlier_result, view.school, SentForm.of(answers))


async def answers_of(posted: FormData) -> dict[str, Upload | str]:
    """Return the submitted answers by name; several ticked boxes of one name are joined with spaces."""
    answers: dict[str, Upload | str] = {}
    for name, value in posted.multi_items():
        answer, before = await _answer(value), answers.get(name)
        answers[name] = f"{before} {answer}" if isinstance(before, str) and isinstance(answer, str) else answer
    return answers


async def _submitted(view: UseCaseView, form: Form, row: Any, answers: dict[str, Any]) -> FormPage:
    once, seen = str(answers.get("once", "")), str(answers.get("seen", ""))
    as_sent = {"row": row, "once": once, "seen": seen, "is_unsaved": True}
    values: dict[str, Any] = {}
    try:
        if answers.get("then") == "propose" and view.screen.proposal:
            await _propose(view, view.screen.proposal, form, row, answers)
            return await _named(view, FormPage(form, **as_sent))
        values = form.read(answers, language=current_language())
        shown = read_seen(seen, (q.name for q in form.questions))
        saved = await view.save(None if row is None else row.id, values, sent=SentForm.of(answers), seen=shown)
    except Stale as error:
        return await _stale(view, form, values, error, FormPage(form, **as_sent))
    except EducoreError as error:
        form.refuse(error)
        return await _named(view, FormPage(form, status=refusal_status(error), **as_sent), error)
    return FormPage(form, row, saved=saved)


async def _stale(view: UseCaseView, form: Form, values: dict[str, Any], error: Stale, page: FormPage) -> FormPage:
    """Show the form again with the stored values beside the submitted ones, so that the visitor can choose."""
    now = await to_thread.run_sync(_row_to_edit, view, str(page.row.id))
    if now.row is None:
        raise HTTPException(404)
    theirs = Form(form.questions, creating=False)
    theirs.fill(view.values_of(now.row, form.questions))
    for shown in (form, theirs):
        await to_thread.run_sync(view.explain, shown, None)
    form.files = view.files_of(now.row, form.questions)
    form.refuse(error)
    seen = read_seen(page.seen, (q.name for q in form.questions))
    choices = choices_between(form, theirs, values, seen=seen, now=now.seen)
    changed = await to_thread.run_sync(last_change, view.school, view.screen.kind, now.row, view.account_of(now.row))
    return FormPage(
        form,
        now.row,
        status=refusal_status(error),
        once=page.once,
        seen=write_seen(now.seen),
        stale=choices,
        changed=changed,
        is_unsaved=True,
    )


async def _kept(view: UseCaseView, form: Form, row: Any, answers: dict[str, Any], refused: NotSent) -> FormPage:
    """Show the form again with its submitted answers, which have not been acted upon."""
    form.keep(answers, refused.sentence())
    once, seen = str(answers.get("once", "")), str(answers.get("seen", ""))
    page = FormPage(form, row, status=refused.status_code, once=once, seen=seen, is_unsaved=True)
    return await _named(view, page)


async def _propose(view: UseCaseView, proposal: Proposal, form: Form, row: Any, answers: dict[str, Any]) -> None:
    """Fill in what can be proposed; the other answers stay as they were written."""
    form.keep(answers)
    needed = Form(tuple(q for q in form.questions if q.name in proposal.needs), form.creating)
    known = {name: getattr(row, name) for name in proposal.needs} if row is not None else {}
    made = await to_thread.run_sync(view.propose, proposal, known | needed.read(answers, language=current_language()))
    form.texts |= {name: as_text(value) for name, value in made.items()}


async def _answer(value: UploadFile | str) -> Upload | str:
    """A text or a file, read no further than shows that it is too large; without a name none was chosen."""
    if isinstance(value, str):
        return value
    return Upload(value.filename, await value.read(LARGEST_DOCUMENT * MEGABYTE + 1)) if value.filename else ""


def _row_to_edit(view: UseCaseView, pk: str) -> Editable:
    """Return the row, and the questions the visitor may answer about it.

    The digests of the row are taken before the row is read for display: a change between the two reads then counts as
    one that came after the page was shown.
    """
    screen = view.screen
    if (id := id_written(pk)) is None:
        return Editable()
    with view.school.work(acting(), read_only=True) as uow:
        stored, account = view.to_change(uow, id)
    links = [q.field.removesuffix("_id") for q in screen.edit if q.target and "." not in q.name]
    row = view.reader.one(screen.kind, id, screen.only, show=("", *links))
    if row is None or stored is None or not view.may_edit(row):
        return Editable(row)
    questions = view.questions_to_edit(row, account is not None)
    return Editable(row, questions, see(questions, stored, account))


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
