"""The pages that create and change a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import EducoreError, Seen, Stale
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.screen import Proposal
from educore_web.admin.security.csrf import FormNotSubmitted, find_form_refusal
from educore_web.admin.security.current_user import local_currency
from educore_web.admin.statuses import error_status
from educore_web.admin.ui.digests import join_digests, split_digests
from educore_web.admin.ui.edit_conflicts import FieldConflict, describe_last_change, find_conflicts, form_digests
from educore_web.admin.ui.forms import Form, as_text
from educore_web.admin.ui.language import current_language, format_amount, translate
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.problems import field_label
from educore_web.admin.ui.question import Question
from educore_web.admin.views import ScreenView
from educore_web.rest.uploads import LARGEST_DOCUMENT, Upload
from educore_web.runtime.limits import MEGABYTE


@dataclass(frozen=True)
class FormPage:
    """A form to show again, or the id of the row it saved.

    `seen` holds digests of the row as the form showed it, `stale` lists the fields that another user has changed since
    then, and `changed` says who did. `is_unsaved` marks a page with answers that have not been saved.
    """

    form: Form
    row: Any = None
    saved: int | None = None
    status: int = 200
    once: str = ""
    seen: str = ""
    stale: list[FieldConflict] = field(default_factory=list)
    changed: str = ""
    is_unsaved: bool = False

    def message(self) -> str:
        """Return the message to show after saving, with the amounts of money as they were read."""
        answers = [(field_label(q.name, q.kind.__name__), self.form.amounts.get(q.name)) for q in self.form.questions]
        given = [(label, format_amount(amount)) for label, amount in answers if amount is not None]
        if not given:
            return translate("said.saved")
        amounts = given[0][1] if len(given) == 1 else "; ".join(f"{label} {amount}" for label, amount in given)
        return translate("said.saved_amounts", amounts=f"{amounts} {local_currency()}".rstrip())


@dataclass(frozen=True)
class Editable:
    """A row the user may view, and the questions they may answer about it: none if they may only view it."""

    row: Any = None
    questions: tuple[Question, ...] = ()
    seen: Seen = field(default_factory=dict)


@login_required
async def create_row(frame: Frame, request: Request) -> Response:
    """Show the form of a new row, and create the row on POST."""
    view = frame.view_at(request, Action.CREATE)
    page = await read_create_form(view, request)
    if page.saved is None:
        return await frame.render(request, "form.html", {"view": view, "page": page}, page.status)
    frame.flash(request, await to_thread.run_sync(view.writer.creation_message, page.saved, page.message()))
    if (await request.form()).get("then") == "another":
        return RedirectResponse(request.url.path, status_code=302)
    return frame.redirect_to_row(request, view, page.saved)


@login_required
async def edit_row(frame: Frame, request: Request) -> Response:
    """Show the form of a stored row, and change the row on POST."""
    view = frame.view_at(request, Action.EDIT)
    page = await read_edit_form(view, request, request.path_params["pk"])
    if page.saved is None:
        return await frame.render(request, "form.html", {"view": view, "page": page}, page.status)
    frame.flash(request, page.message())
    return frame.redirect_to_row(request, view, page.saved)


async def read_create_form(view: ScreenView, request: Request) -> FormPage:
    """Return the form of a new row; on POST create the row from the answers."""
    form = Form(view.questions.create())
    if request.method == "GET":
        form.fill({q.name: _default(q) for q in form.questions} | _prefilled(form, request))
        return await _with_names(view, FormPage(form, once=new_key()))
    answers = await read_answers(request)
    if refused := find_form_refusal(request, answers):
        return await _unsaved(view, form, None, answers, refused)
    return await _submitted(view, form, None, answers)


async def read_edit_form(view: ScreenView, request: Request, pk: str) -> FormPage:
    """Return the form of a stored row; on POST save the answers.

    Raises: HTTPException 404 if the user cannot see the row, 403 if they may not change it.
    """
    answers = await read_answers(request) if request.method == "POST" else None
    refused = find_form_refusal(request, answers) if answers is not None else None
    if answers is not None and not refused and (earlier := await find_earlier_result(view, answers)):
        return FormPage(Form(()), saved=int(earlier))
    found = await to_thread.run_sync(_row_to_edit, view, pk)
    if found.row is None:
        raise HTTPException(404)
    if not found.questions:
        raise HTTPException(403)
    form = Form(found.questions, creating=False, files=view.questions.file_addresses(found.row, found.questions))
    if answers is None:
        form.fill(view.questions.current_values(found.row, form.questions))
        return await _with_names(view, FormPage(form, found.row, once=new_key(), seen=join_digests(found.seen)))
    if refused:
        return await _unsaved(view, form, found.row, answers, refused)
    return await _submitted(view, form, found.row, answers)


async def read_answers(request: Request) -> dict[str, Upload | str]:
    """Return the answers of a request by name; see `answers_of`."""
    async with request.form() as posted:
        return await answers_of(posted)


async def find_earlier_result(view: ScreenView, answers: dict[str, Any]) -> str | None:
    """Return the result of the same form if it was sent before, None otherwise."""
    return await to_thread.run_sync(SubmittedForm.of(answers).find_result, view.school)


async def answers_of(posted: FormData) -> dict[str, Upload | str]:
    """Return the submitted answers by name; several ticked boxes of one name are joined with spaces."""
    answers: dict[str, Upload | str] = {}
    for name, value in posted.multi_items():
        answer, before = await _answer(value), answers.get(name)
        answers[name] = f"{before} {answer}" if isinstance(before, str) and isinstance(answer, str) else answer
    return answers


async def _submitted(view: ScreenView, form: Form, row: Any, answers: dict[str, Any]) -> FormPage:
    once, seen = str(answers.get("once", "")), str(answers.get("seen", ""))
    as_sent = {"row": row, "once": once, "seen": seen, "is_unsaved": True}
    values: dict[str, Any] = {}
    try:
        if answers.get("then") == "propose" and view.screen.proposal:
            await _propose(view, view.screen.proposal, form, row, answers)
            return await _with_names(view, FormPage(form, **as_sent))
        values = form.read(answers, language=current_language())
        digests = split_digests(seen, (q.name for q in form.questions))
        saved = await view.writer.save(
            None if row is None else row.id, values, form=SubmittedForm.of(answers), seen=digests
        )
    except Stale as error:
        return await _stale(view, form, values, error, FormPage(form, **as_sent))
    except EducoreError as error:
        form.refuse(error)
        return await _with_names(view, FormPage(form, status=error_status(error), **as_sent), error)
    return FormPage(form, row, saved=saved)


async def _stale(view: ScreenView, form: Form, values: dict[str, Any], error: Stale, page: FormPage) -> FormPage:
    """Show the form again with the stored values beside the submitted ones, so that the user can choose."""
    now = await to_thread.run_sync(_row_to_edit, view, str(page.row.id))
    if now.row is None:
        raise HTTPException(404)
    stored_form = Form(form.questions, creating=False)
    stored_form.fill(view.questions.current_values(now.row, form.questions))
    for each_form in (form, stored_form):
        await to_thread.run_sync(view.questions.resolve_names, each_form, None)
    form.files = view.questions.file_addresses(now.row, form.questions)
    form.refuse(error)
    seen = split_digests(page.seen, (q.name for q in form.questions))
    conflicts = find_conflicts(form, stored_form, values, seen=seen, now=now.seen)
    changed = await to_thread.run_sync(
        describe_last_change, view.school, view.screen.kind, now.row, view.account_of(now.row)
    )
    return FormPage(
        form,
        now.row,
        status=error_status(error),
        once=page.once,
        seen=join_digests(now.seen),
        stale=conflicts,
        changed=changed,
        is_unsaved=True,
    )


async def _unsaved(
    view: ScreenView, form: Form, row: Any, answers: dict[str, Any], refused: FormNotSubmitted
) -> FormPage:
    """Show the form again with its submitted answers, which have not been acted upon."""
    form.keep(answers, refused.message())
    once, seen = str(answers.get("once", "")), str(answers.get("seen", ""))
    page = FormPage(form, row, status=refused.status_code, once=once, seen=seen, is_unsaved=True)
    return await _with_names(view, page)


async def _propose(view: ScreenView, proposal: Proposal, form: Form, row: Any, answers: dict[str, Any]) -> None:
    """Fill in the proposed answers; the other answers stay as they were submitted."""
    form.keep(answers)
    needed = Form(tuple(q for q in form.questions if q.name in proposal.needs), form.creating)
    stored = {name: getattr(row, name) for name in proposal.needs} if row is not None else {}
    values = stored | needed.read(answers, language=current_language())
    proposed = await to_thread.run_sync(view.writer.propose, proposal, values)
    form.texts |= {name: as_text(value) for name, value in proposed.items()}


async def _answer(value: UploadFile | str) -> Upload | str:
    """Return a text or a file, "" if no file was chosen; read one byte more than a file may have, not the rest."""
    if isinstance(value, str):
        return value
    return Upload(value.filename, await value.read(LARGEST_DOCUMENT * MEGABYTE + 1)) if value.filename else ""


def _row_to_edit(view: ScreenView, pk: str) -> Editable:
    """Return the row, and the questions the user may answer about it.

    The digests of the row are taken before the row is read for display: a change between the two reads then counts as
    one that came after the page was shown.
    """
    screen = view.screen
    if (id := parse_id(pk)) is None:
        return Editable()
    links = [q.field.removesuffix("_id") for q in screen.edit if q.target and "." not in q.name]
    with view.open_reader() as reader:
        stored, account = view.writer.find_editable(reader.uow, id)
        row = reader.one(screen.kind, id, screen.only, show=("", *links))
    if row is None or stored is None or not view.can_change(row):
        return Editable(row)
    questions = view.questions.edit(row, with_account=account is not None)
    return Editable(row, questions, form_digests(questions, stored, account))


async def _with_names(view: ScreenView, page: FormPage, error: EducoreError | None = None) -> FormPage:
    """Give the form the names of the rows that its references hold, if the user may see those rows."""
    await to_thread.run_sync(view.questions.resolve_names, page.form, error)
    return page


def _default(question: Question) -> Any:
    info = question.kind.model_fields.get(question.field)
    return None if info is None or info.is_required() else info.default


def _prefilled(form: Form, request: Request) -> dict[str, str]:
    """Return the answers in the address: the link "new student of this group" fills in the group."""
    return {q.name: as_text(request.query_params[q.name]) for q in form.questions if q.name in request.query_params}
