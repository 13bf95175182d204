"""Leads on a board, a column for each status, and the funnel in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from educore import Educore, From, Joined, Shape, UnitOfWork, everything, perform, where
from educore.admissions import Lead, LeadStatistics, LeadStatus, lead_funnel, lead_statistics
from educore.kernel import fingerprint
from educore_web.admin.security.current_user import acting, local_day
from educore_web.admin.ui.cells import say_choice
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.language import translate

MOST_CARDS = 30
MOST_SOURCES = 8
USUAL_DAYS = timedelta(days=90)
MOVES = {
    LeadStatus.NEW: (LeadStatus.CONTACTED, LeadStatus.LOST),
    LeadStatus.CONTACTED: (LeadStatus.NEW, LeadStatus.LOST),
    LeadStatus.CONVERTED: (),
    LeadStatus.LOST: (LeadStatus.NEW, LeadStatus.CONTACTED),
}
"""Where a card can be moved by hand."""


class Card(Shape, of=Lead):
    """A lead as its card shows it."""

    id: int
    name: str
    phone: str
    course: Annotated[str | None, From("course.name")]
    source: str | None
    assigned_to: Annotated[str | None, Joined("assigned_to.first_name", "assigned_to.last_name")]
    student_id: int | None
    created_at: datetime


@dataclass(frozen=True)
class Column:
    """The leads of one status: how many there are, and the cards of the newest."""

    status: LeadStatus
    count: int
    cards: list[dict[str, Any]]
    moves: tuple[LeadStatus, ...]


@dataclass(frozen=True)
class Board:
    """All columns, and whether only the visitor's own leads stand in them."""

    columns: list[Column]
    statistics: LeadStatistics
    mine: bool


def board(school: Educore, *, mine: bool) -> Board:
    """The board as the visitor may see it, in six statements."""
    with school.work(acting(), read_only=True) as uow:
        these = where(assigned_to_id=uow.actor.user_id) if mine else everything
        counts = uow.count_by(Lead, "status", these)
        columns = []
        for status, moves in MOVES.items():
            found = uow.select(Card, these & where(status=status), order=("-updated_at", "-id"), limit=MOST_CARDS)
            columns.append(Column(status, counts.get(status, 0), found, moves))
        return Board(columns, LeadStatistics(sum(counts.values()), counts.get(LeadStatus.CONVERTED, 0)), mine)


def move(school: Educore, id: int, status: str, *, shown: str) -> None:
    """Move a lead from the column it was shown in to another; where it stands there already nothing happens.

    Raises: Stale where it stands elsewhere by now; what changing a lead raises.
    """
    with school.work(acting()) as uow:
        if uow.get(Lead, id).status == status:
            return
        if shown:
            uow.expect(Lead, id, {"status": fingerprint(shown)})
        perform(uow, Lead, "update", id, status=status)


@dataclass(frozen=True)
class Funnel:
    """How many asked between two days, and what became of them."""

    since: date
    until: date
    statistics: LeadStatistics
    charts: list[Chart]


def funnel_between(school: Educore, since: date | None, until: date | None) -> Funnel:
    """Count the leads between two days, the last three months unless said otherwise, in five statements."""
    with school.work(acting(), read_only=True) as uow:
        until = until or local_day(uow.ports.clock.now())
        since = since or until - USUAL_DAYS
        return Funnel(since, until, lead_statistics(uow, since=since, until=until), _charts(uow, since, until))


def _charts(uow: UnitOfWork, since: date, until: date) -> list[Chart]:
    counted = lead_funnel(uow, since=since, until=until)
    statuses = [say_choice(status) for status in counted.by_status]
    sources = list(counted.by_source.items())
    shown, rest = sources[:MOST_SOURCES], sum(count for _, count in sources[MOST_SOURCES:])
    named = [(source or translate("source.unknown"), count) for source, count in shown]
    named += [(translate("chart.other"), rest)] if rest else []
    return [
        Chart("leads_by_status", "bars", statuses, list(counted.by_status.values())),
        Chart("leads_by_source", "bars", [source for source, _ in named], [count for _, count in named]),
    ]
