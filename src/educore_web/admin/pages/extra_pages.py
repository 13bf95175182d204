"""The pages of money, admissions and messages that are no screens, and their places in the menu."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from educore import EducoreError, Entity
from educore.admissions import Lead
from educore.billing import ChargeRun, Payment
from educore.messaging import Notification, mark_all_read
from educore_web.admin.pages import leads_board
from educore_web.admin.pages import money as money_numbers
from educore_web.admin.pages.charges import charge_page
from educore_web.admin.pages.receipt import receipt_of
from educore_web.admin.security.current_user import acting
from educore_web.admin.security.sign_in import require_token
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.parameters import NO_ROW, day_written, id_written
from educore_web.admin.ui.problems import refusal
from educore_web.admin.views import UseCaseView

if TYPE_CHECKING:
    from educore_web.admin.site import Site


@dataclass(frozen=True)
class MenuPage:
    """A page of the menu that is no screen, for whoever may do `verb` with some rows of `kind`."""

    section: str
    name: str
    icon: str
    kind: type[Entity]
    verb: str


MENU_PAGES = (
    MenuPage("money", "money", "ti ti-chart-bar", Payment, "summarize"),
    MenuPage("admissions", "board", "ti ti-layout-kanban", Lead, "read"),
    MenuPage("admissions", "funnel", "ti ti-filter", Lead, "read"),
)


def routes(site: Site) -> list[Route]:
    """The addresses of these pages; they stand before those of all screens."""
    return [
        Route("/money", partial(money, site), name="money", methods=["GET"]),
        Route("/leads", partial(leads, site), name="board", methods=["GET", "POST"]),
        Route("/funnel", partial(leads_in_numbers, site), name="funnel", methods=["GET"]),
        Route("/payment/{pk}/receipt", partial(receipt, site), name="receipt", methods=["GET"]),
        Route("/charge-run/create", partial(charges, site), name="charges", methods=["GET", "POST"]),
        Route("/notification/read-all", partial(read_all, site), name="read-all", methods=["POST"]),
    ]


@login_required
async def money(site: Site, request: Request) -> Response:
    """What came in, and who owes."""
    _open(site, Payment, "summarize")
    by_debt = request.query_params.get("by") == "debt"
    numbers = await to_thread.run_sync(partial(money_numbers.money_numbers, site.school, by_debt=by_debt))
    return await site.page(request, "sqladmin/money.html", {"numbers": numbers})


@login_required
async def leads(site: Site, request: Request) -> Response:
    """The board of leads; on POST one is moved."""
    view = _open(site, Lead, "read")
    mine = request.query_params.get("mine") == "1"
    if request.method == "POST":
        posted = await request.form()
        require_token(request, posted)
        try:
            id = id_written(str(posted.get("id", ""))) or NO_ROW
            shown = str(posted.get("shown", ""))
            await to_thread.run_sync(partial(leads_board.move, shown=shown), site.school, id, str(posted.get("to", "")))
        except EducoreError as error:
            site.tell(request, refusal(error), "danger")
        return RedirectResponse(f"{request.url.path}{'?mine=1' if mine else ''}", status_code=302)
    board = await to_thread.run_sync(partial(leads_board.board, site.school, mine=mine))
    return await site.page(request, "sqladmin/leads.html", {"view": view, "board": board})


@login_required
async def leads_in_numbers(site: Site, request: Request) -> Response:
    """How many of those who asked became students."""
    view = _open(site, Lead, "read")
    since, until = (day_written(request.query_params.get(name, "")) for name in ("since", "until"))
    funnel = await to_thread.run_sync(leads_board.funnel_between, site.school, since, until)
    return await site.page(request, "sqladmin/funnel.html", {"view": view, "funnel": funnel})


@login_required
async def receipt(site: Site, request: Request) -> Response:
    """The receipt of a payment."""
    _open(site, Payment, "read")
    name, content = await to_thread.run_sync(receipt_of, site.school, id_written(request.path_params["pk"]) or NO_ROW)
    headers = {"content-disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


@login_required
async def charges(site: Site, request: Request) -> Response:
    """Charge students for a month."""
    view = _open(site, ChargeRun, "create")
    page = await charge_page(view, request)
    if page.made is None:
        return await site.page(request, "sqladmin/charges.html", {"view": view, "page": page}, page.status)
    site.tell(request, translate("said.charged"))
    return site.to_row(request, view, page.made)


@login_required
async def read_all(site: Site, request: Request) -> Response:
    """Mark all one's notes as read."""
    view = _open(site, Notification, "update")
    require_token(request, await request.form())

    def mark() -> int:
        with site.school.work(acting()) as uow:
            return mark_all_read(uow)

    site.tell(request, translate("said.read", count=await to_thread.run_sync(mark)))
    return site.to_list(request, view)


def _open(site: Site, kind: type[Entity], verb: str) -> UseCaseView:
    """The screen of a kind, if the visitor may do this there. Raises: HTTPException 403."""
    view = site.view_for(kind)
    if not view.permits("read") or not view.permits(verb):
        raise HTTPException(403)
    return view
