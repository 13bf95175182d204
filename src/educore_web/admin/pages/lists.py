"""The list of a screen: its search, filters and order, and one page of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from sqladmin.pagination import Pagination
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from educore import Where, everything, where
from educore.kernel import value_type
from educore.organization import between_days
from educore_web.admin.frame import Frame
from educore_web.admin.reading import Row, RowReader
from educore_web.admin.screen import RESTORE, Screen
from educore_web.admin.security.current_user import local_time_zone
from educore_web.admin.sheet import Sheet
from educore_web.admin.ui.cells import Cell, Link, occupancy_cell
from educore_web.admin.ui.forms import as_text
from educore_web.admin.ui.language import format_number
from educore_web.admin.ui.parameters import parse_day, parse_id
from educore_web.admin.ui.question import Question
from educore_web.admin.views import ScreenView

PAGE_SIZES = (20, 50, 100)
LARGEST_PAGE = 10**9


@dataclass(frozen=True)
class ScreenQuery:
    """The search, the filters and the order that the address of a list contains; invalid parts are ignored.

    `chosen` maps the filters that are set to their texts; `since` and `until` are days such as 2024-03-14, or "".
    The list of `archived` rows shows these alone; any other one shows the rows with which the user may do `reads`.
    """

    condition: Where
    order: str
    chosen: Mapping[str, str]
    search: str
    since: str = ""
    until: str = ""
    archived: bool = False
    reads: str = "read"

    @property
    def verb(self) -> str:
        """The action for whose rows the list is: archived rows exist to be restored only."""
        return RESTORE.verb if self.archived else self.reads

    @property
    def is_narrowed(self) -> bool:
        """True if any filter or search is set."""
        return bool(self.chosen or self.search or self.since or self.until)


@dataclass(frozen=True)
class ListedRow:
    """One row of a list, a cell for each column."""

    id: int
    cells: list[Cell]
    can_edit: bool
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True)
class ListPage:
    """One page of a list, and the names of the rows that its filters are set to."""

    rows: list[ListedRow]
    pagination: Pagination
    names: Mapping[str, str]


@login_required
async def show_list(frame: Frame, request: Request) -> Response:
    """Show one page of a screen's rows."""
    return await show_rows(frame, request)


async def show_rows(frame: Frame, request: Request, *, to: str = "read") -> Response:
    """Show one page of those rows of a screen with which the user may do something."""
    view = frame.view_at(request, Action.LIST)
    query, page = await read_list(view, request, frame.row_links(request), to=to)
    return await frame.render(request, "list.html", {"view": view, "query": query, "page": page})


def parse_query(view: ScreenView, reader: RowReader, query: Mapping[str, str]) -> ScreenQuery:
    """Return the search, the filters and the order that the query of an address contains."""
    condition, chosen = view.screen.only, {}
    for question in view.questions.filters():
        value = _filter_value(question, query.get(question.name, ""))
        if value is not None:
            condition &= question.condition(value) if question.condition else where(**{question.name: value})
            chosen[question.name] = query[question.name]
    for column, derived in view.screen.derived.items():
        if status := next((status for status in derived.enum if status.value == query.get(column)), None):
            condition &= derived.condition(status, view.today())
            chosen[column] = query[column]
    since, until = (parse_day(query.get(name, "")) for name in ("since", "until"))
    condition &= between(view.screen, since=since, until=until)
    text = query.get("search", "").strip()
    if text and view.screen.search:
        condition &= reader.search(view.screen.kind, view.screen.search, text)
    key = view.sort_key(query["sortBy"]) if query.get("sortBy") in view.columns() else None
    order = view.screen.order if key is None else "-" * (query.get("sort") == "desc") + key
    archived = view.has_archive() and query.get("archived") == "true"
    return ScreenQuery(condition, order, chosen, text, as_text(since), as_text(until), archived)


async def read_list(
    view: ScreenView, request: Request, link: Link, *, to: str = "read"
) -> tuple[ScreenQuery, ListPage]:
    """Return the page of rows that an address names, with which the user may do `to`.

    Raises: HTTPException 400 for a page that is no number.
    """
    number = _number(request, "page", 1)
    size = min(_number(request, "pageSize", PAGE_SIZES[0]), max(PAGE_SIZES))
    query, page = await to_thread.run_sync(_read, view, request.query_params, number, size, link, to)
    page.pagination.add_pagination_urls(URL(f"{request.url.path}?{request.url.query}"))
    return query, page


def _read(
    view: ScreenView, parameters: Mapping[str, str], number: int, size: int, link: Link, to: str
) -> tuple[ScreenQuery, ListPage]:
    kind = view.screen.kind
    with view.open_reader() as reader:
        query = replace(parse_query(view, reader, parameters), reads=to)
        count = reader.count(kind, query.condition, to=query.verb)
        number = min(max(number, 1), Pagination.max_page(count, size))
        rows = reader.rows(
            kind,
            query.condition,
            show=view.paths_to_load(),
            order=query.order,
            limit=size,
            offset=(number - 1) * size,
            to=query.verb,
        )
        counts = _counted(view, reader, rows)
        editable = set() if query.archived else _editable(view, reader, rows)
        sheets = [] if query.archived else view.sheets()
        openable = {sheet: view.permitting(reader.uow, sheet.verb, rows) for sheet in sheets}
        names = _names(view, reader, query)
    if query.archived:
        link = _no_link
    listed = [
        ListedRow(
            row.id,
            [_cell(view, row, column, counts, link) for column in view.columns()],
            row.id in editable,
            tuple(sheet for sheet, ids in openable.items() if row.id in ids),
        )
        for row in rows
    ]
    return query, ListPage(listed, Pagination(rows=rows, page=number, page_size=size, count=count), names)


def _no_link(row: Any) -> None:
    """Return no address: an archived row has no page."""


def _cell(view: ScreenView, row: Any, column: str, counts: Mapping[str, Mapping[int, int]], link: Link) -> Cell:
    if column in counts:
        count = counts[column].get(row.id, 0)
        return (
            occupancy_cell(count, row.capacity)
            if "capacity" in view.screen.kind.model_fields
            else Cell(format_number(count))
        )
    return view.cell(row, column, link)


def _counted(view: ScreenView, reader: RowReader, rows: list[Row]) -> dict[str, Mapping[int, int]]:
    """Return the counts of each counted column by row id, in one statement for each column."""
    if not rows:
        return {}
    return {name: count(reader.uow, {row.id for row in rows}) for name, count in view.screen.counts.items()}


def _editable(view: ScreenView, reader: RowReader, rows: list[Row]) -> set[int]:
    """Return the ids of the rows that the user may change."""
    return view.permitting(reader.uow, "update", [row for row in rows if view.can_change(row)])


def _names(view: ScreenView, reader: RowReader, query: ScreenQuery) -> dict[str, str]:
    names = {}
    for question in view.questions.filters():
        if question.target and question.name in query.chosen:
            id = _filter_value(question, query.chosen[question.name])
            found = reader.some(view.school.domain.kinds[question.target], [id])
            names[question.name] = view.names.name_of(found[0]) if found else ""
    return names


def _filter_value(question: Question, text: str) -> Any:
    plain = question.type[0]
    if question.values:
        return next((value.value for value in question.values if value.value == text), None)
    if question.target or plain is int:
        return parse_id(text)
    if plain is bool:
        return {"true": True, "false": False}.get(text)
    if issubclass(plain, Enum):
        return next((value for value in plain if value.value == text), None)
    return None


def between(screen: Screen, *, since: date | None, until: date | None) -> Where:
    """Return the condition for rows between two days, both included, in the time zone of the user's Center."""
    field = screen.date_filter
    if not field:
        return everything
    if value_type(screen.kind, field)[0] is datetime:
        return between_days(field, local_time_zone(), since=since, until=until)
    condition = everything if since is None else where(**{f"{field}__gte": since})
    return condition if until is None else condition & where(**{f"{field}__lte": until})


def _number(request: Request, name: str, default: int) -> int:
    number = parse_id(request.query_params.get(name) or str(default)) or 0
    if not 0 < number <= LARGEST_PAGE:
        raise HTTPException(400)
    return number
