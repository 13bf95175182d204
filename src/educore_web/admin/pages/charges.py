"""The page that charges students for a month: it first shows whom, then does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anyio import to_thread
from starlette.requests import Request

from educore import EducoreError
from educore.billing import ChargeLine, preview_charges
from educore_web.admin.idempotency import SentForm, new_key
from educore_web.admin.pages.editing import read_answers
from educore_web.admin.security.current_user import acting
from educore_web.admin.security.sign_in import refusal_status, unsent
from educore_web.admin.ui.forms import Form
from educore_web.admin.ui.language import current_language
from educore_web.admin.views import UseCaseView

MOST_SHOWN = 300


@dataclass(frozen=True)
class Charges:
    """Whom a month is charged to, or would be."""

    lines: Sequence[ChargeLine]

    @property
    def due(self) -> list[ChargeLine]:
        """Those who are charged."""
        return [line for line in self.lines if not line.skipped]

    @property
    def shown(self) -> Sequence[ChargeLine]:
        """As many as fit on a page, those who are charged first."""
        return sorted(self.lines, key=lambda line: line.skipped is not None)[:MOST_SHOWN]

    @property
    def total(self) -> Decimal:
        """What they are asked for together."""
        return sum((line.amount for line in self.due), Decimal(0))


@dataclass(frozen=True)
class ChargePage:
    """The questions, whom the answers would charge, or the run that did."""

    form: Form
    once: str
    charges: Charges | None = None
    made: int | None = None
    status: int = 200


async def charge_page(view: UseCaseView, request: Request) -> ChargePage:
    """Ask for a month, show whom it would charge, and charge them when asked to."""
    form = Form(view.questions_to_create())
    if request.method == "GET":
        form.fill({"month": f"{view.today():%Y-%m}"})
        return ChargePage(form, new_key())
    answers = await read_answers(request)
    once, charges, made, status = str(answers.get("once") or new_key()), None, None, 200
    if refused := unsent(request, answers):
        form.keep(answers, refused.sentence())
        return ChargePage(form, once, status=refused.status_code)
    try:
        asked = form.read(answers, language=current_language())
        if answers.get("then") == "do":
            made = await view.save(None, asked, sent=SentForm.of(answers))
        else:
            charges = await to_thread.run_sync(_preview, view, asked)
    except EducoreError as error:
        form.refuse(error)
        status = refusal_status(error)
    await to_thread.run_sync(view.explain, form, None)
    return ChargePage(form, once, charges, made, status)


def _preview(view: UseCaseView, asked: dict[str, Any]) -> Charges:
    with view.school.work(acting(), read_only=True) as uow:
        return Charges(preview_charges(uow, **asked))
