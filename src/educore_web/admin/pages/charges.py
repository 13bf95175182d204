"""The page that charges students for a month: it first shows whom, then issues the invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import EducoreError
from educore.billing import ChargeLine, ChargeRun, preview_charges
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.pages.editing import read_answers
from educore_web.admin.security.csrf import find_form_refusal
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.statuses import error_status
from educore_web.admin.ui.forms import Form
from educore_web.admin.ui.language import current_language, translate
from educore_web.admin.views import ScreenView

MAX_LINES = 300


@dataclass(frozen=True)
class ChargePreview:
    """The invoices that a charge run would issue, and the students it would skip."""

    lines: Sequence[ChargeLine]

    @property
    def due(self) -> list[ChargeLine]:
        """The lines that become invoices."""
        return [line for line in self.lines if not line.skipped]

    @property
    def shown(self) -> Sequence[ChargeLine]:
        """The first MAX_LINES lines, those that become invoices before those that are skipped."""
        return sorted(self.lines, key=lambda line: line.skipped is not None)[:MAX_LINES]

    @property
    def total(self) -> Decimal:
        """The sum of the invoices, in the currency of the Center."""
        return sum((line.amount for line in self.due), Decimal(0))


@dataclass(frozen=True)
class ChargePage:
    """The form, the preview of its answers if one was requested, or the id of the run that was made."""

    form: Form
    once: str
    charges: ChargePreview | None = None
    run_id: int | None = None
    status: int = 200


@login_required
async def charge_month(frame: Frame, request: Request) -> Response:
    """Show the form of a charge run; on POST preview the run or start it."""
    view = frame.view_for(ChargeRun, "create")
    page = await read_charge_form(view, request)
    if page.run_id is None:
        return await frame.render(request, "charges.html", {"view": view, "page": page}, page.status)
    frame.flash(request, translate("said.charged"))
    return frame.redirect_to_row(request, view, page.run_id)


async def read_charge_form(view: ScreenView, request: Request) -> ChargePage:
    """Return the form; on POST the preview of its answers or, if the button "do" was pressed, the new run."""
    form = Form(view.questions.create())
    if request.method == "GET":
        form.fill({"month": f"{view.today():%Y-%m}"})
        return ChargePage(form, new_key())
    answers = await read_answers(request)
    once, charges, run_id, status = str(answers.get("once") or new_key()), None, None, 200
    if refused := find_form_refusal(request, answers):
        form.keep(answers, refused.message())
        return ChargePage(form, once, status=refused.status_code)
    try:
        values = form.read(answers, language=current_language())
        if answers.get("then") == "do":
            run_id = await view.writer.save(None, values, form=SubmittedForm.of(answers))
        else:
            charges = await to_thread.run_sync(_preview, view, values)
    except EducoreError as error:
        form.refuse(error)
        status = error_status(error)
    await to_thread.run_sync(view.questions.resolve_names, form, None)
    return ChargePage(form, once, charges, run_id, status)


def _preview(view: ScreenView, values: dict[str, Any]) -> ChargePreview:
    with view.school.work(current_actor(), read_only=True) as uow:
        return ChargePreview(preview_charges(uow, **values))
