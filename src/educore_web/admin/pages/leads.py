"""The board of leads, a column for each status, and the funnel in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import Educore, EducoreError, From, NameOf, Shape, UnitOfWork, everything, perform, where
from educore.admissions import Lead, LeadStatistics, LeadStatus, lead_funnel, lead_statistics
from educore.kernel import fingerprint
from educore_web.admin.frame import Frame
from educore_web.admin.security.csrf import require_token
from educore_web.admin.security.current_user import current_actor, local_day
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.parameters import NO_ROW, parse_day, parse_id
from educore_web.admin.ui.problems import error_message

MAX_CARDS = 30
MAX_SOURCES = 8
DEFAULT_PERIOD = timedelta(days=90)
MOVES = {
    LeadStatus.NEW: (LeadStatus.CONTACTED, LeadStatus.LOST),
    LeadStatus.CONTACTED: (LeadStatus.NEW, LeadStatus.LOST),
    LeadStatus.CONVERTED: (),
    LeadStatus.LOST: (LeadStatus.NEW, LeadStatus.CONTACTED),
}
"""The statuses to which a card of each status can be moved by hand."""


class LeadCard(Shape, of=Lead):
    """A lead on a card."""

    id: int
    name: str
    phone: str
    course: Annotated[str | None, From("course.name")]
    source: str | None
    assigned_to: Annotated[str | None, NameOf("assigned_to")]
    student_id: int | None
    created_at: datetime


@dataclass(frozen=True)
class BoardColumn:
    """The leads of one status: their number, the cards of the newest, and the statuses they can be moved to."""

    status: LeadStatus
    count: int
    cards: list[dict[str, Any]]
    moves: tuple[LeadStatus, ...]


@dataclass(frozen=True)
class Board:
    """All columns; `only_own` says that they hold only the leads assigned to the user."""

    columns: list[BoardColumn]
    statistics: LeadStatistics
    only_own: bool


@login_required
async def show_board(frame: Frame, request: Request) -> Response:
    """Show the board; on POST move a lead to another column. `?mine=1` shows only the user's own leads."""
    view = frame.view_for(Lead, "read")
    only_own = request.query_params.get("mine") == "1"
    if request.method == "POST":
        posted = await request.form()
        require_token(request, posted)
        try:
            id, status = parse_id(str(posted.get("id", ""))) or NO_ROW, str(posted.get("to", ""))
            shown = str(posted.get("shown", ""))
            await to_thread.run_sync(partial(move_lead, frame.school, id, status, shown=shown))
        except EducoreError as error:
            frame.flash(request, error_message(error), "danger")
        return RedirectResponse(f"{request.url.path}{'?mine=1' if only_own else ''}", status_code=302)
    board = await to_thread.run_sync(partial(load_board, frame.school, only_own=only_own))
    return await frame.render(request, "leads.html", {"view": view, "board": board})


@login_required
async def show_funnel(frame: Frame, request: Request) -> Response:
    """Show the funnel between two days."""
    view = frame.view_for(Lead, "read")
    since, until = (parse_day(request.query_params.get(name, "")) for name in ("since", "until"))
    funnel = await to_thread.run_sync(load_funnel, frame.school, since, until)
    return await frame.render(request, "funnel.html", {"view": view, "funnel": funnel})


def load_board(school: Educore, *, only_own: bool) -> Board:
    """Return the board with the leads that the user may see, in six statements."""
    with school.work(current_actor(), read_only=True) as uow:
        leads = where(assigned_to_id=uow.actor.user_id) if only_own else everything
        counts = uow.count_by(Lead, "status", leads)
        columns = []
        for status, moves in MOVES.items():
            found = uow.select(LeadCard, leads & where(status=status), order=("-updated_at", "-id"), limit=MAX_CARDS)
            columns.append(BoardColumn(status, counts.get(status, 0), found, moves))
        return Board(columns, LeadStatistics(sum(counts.values()), counts.get(LeadStatus.CONVERTED, 0)), only_own)


def move_lead(school: Educore, id: int, status: str, *, shown: str) -> None:
    """Move a lead from the column it was shown in to another; do nothing if it is there already.

    Raises: Stale if it has been moved since the board was shown; errors of the action "update" of leads.
    """
    with school.work(current_actor()) as uow:
        if uow.get(Lead, id).status == status:
            return
        if shown:
            uow.expect(Lead, id, {"status": fingerprint(shown)})
        perform(uow, Lead, "update", id, {"status": status})


@dataclass(frozen=True)
class Funnel:
    """The leads between two days, both included, by status and by source."""

    since: date
    until: date
    statistics: LeadStatistics
    charts: list[Chart]


def load_funnel(school: Educore, since: date | None, until: date | None) -> Funnel:
    """Count the leads between two days, by default of the last 90 days, in five statements."""
    with school.work(current_actor(), read_only=True) as uow:
        until = until or local_day(uow.ports.clock.now())
        since = since or until - DEFAULT_PERIOD
        return Funnel(since, until, lead_statistics(uow, since=since, until=until), _charts(uow, since, until))


def _charts(uow: UnitOfWork, since: date, until: date) -> list[Chart]:
    counted = lead_funnel(uow, since=since, until=until)
    statuses = [format_enum(status) for status in counted.by_status]
    sources = list(counted.by_source.items())
    shown, rest = sources[:MAX_SOURCES], sum(count for _, count in sources[MAX_SOURCES:])
    named = [(source or translate("source.unknown"), count) for source, count in shown]
    named += [(translate("chart.other"), rest)] if rest else []
    return [
        Chart("leads_by_status", "bars", statuses, list(counted.by_status.values())),
        Chart("leads_by_source", "bars", [source for source, _ in named], [count for _, count in named]),
    ]
