"""The list of a screen: what was asked for, one page of it, and the choices of its references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from anyio import to_thread
from sqladmin.pagination import Pagination
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import Where, everything, where
from educore.kernel import references, value_type
from educore_web.admin.security.current_user import acting, local_moment
from educore_web.admin.ui.cells import Cell, Link, fill
from educore_web.admin.ui.forms import Question, as_text
from educore_web.admin.ui.language import format_number
from educore_web.admin.ui.naming import full_name, name_of
from educore_web.admin.ui.parameters import day_written, id_written
from educore_web.admin.views import UseCaseView

PAGE_SIZES = (20, 50, 100)
MOST_CHOICES = 20
LARGEST_PAGE = 10**9


@dataclass(frozen=True)
class Asked:
    """What the address of a list asks for. What makes no sense there is left out, as if nobody had asked."""

    condition: Where
    order: str
    chosen: Mapping[str, str]
    search: str
    since: str = ""
    until: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody asked for less than everything."""
        return bool(self.chosen or self.search or self.since or self.until)


@dataclass(frozen=True)
class ListedRow:
    """One row of a list."""

    id: int
    cells: list[Cell]
    can_edit: bool


@dataclass(frozen=True)
class ListPage:
    """One page of a list, and the names of the rows its filters have chosen."""

    rows: list[ListedRow]
    pagination: Pagination
    names: Mapping[str, str]


def asked_for(view: UseCaseView, query: Mapping[str, str]) -> Asked:
    """Read the search, the filters and the order of an address."""
    condition, chosen = view.screen.only, {}
    for question in view.filters():
        value = _filter_value(question, query.get(question.name, ""))
        if value is not None:
            condition &= where(**{question.name: value})
            chosen[question.name] = query[question.name]
    for column, reckoned in view.screen.reckoned.items():
        if word := next((word for word in reckoned.words if word.value == query.get(column)), None):
            condition &= reckoned.within(word, view.today())
            chosen[column] = query[column]
    since, until = (day_written(query.get(name, "")) for name in ("since", "until"))
    condition &= _between(view, since, until)
    text = query.get("search", "").strip()
    if text and view.screen.search:
        condition &= view.reader.search(view.screen.kind, view.screen.search, text)
    key = view.sort_key(query["sortBy"]) if query.get("sortBy") in view.columns() else None
    order = view.screen.order if key is None else "-" * (query.get("sort") == "desc") + key
    return Asked(condition, order, chosen, text, as_text(since), as_text(until))


async def list_page(view: UseCaseView, request: Request, link: Link) -> tuple[Asked, ListPage]:
    """The page an address asks for. Raises: HTTPException 400 for a page that is no number."""
    number = _number(request, "page", 1)
    size = min(_number(request, "pageSize", PAGE_SIZES[0]), max(PAGE_SIZES))
    asked = asked_for(view, request.query_params)
    page = await to_thread.run_sync(_read, view, asked, number, size, link)
    page.pagination.add_pagination_urls(URL(f"{request.url.path}?{request.url.query}"))
    return asked, page


async def choices(view: UseCaseView, question: Question, term: str, other: str = "") -> list[dict[str, Any]]:
    """Rows a reference may name, as the browser's select wants them; `other` answers what the question depends on."""
    kind, among = view.school.domain.kinds[question.target or ""], question.among
    if question.depends and (answer := id_written(other)) is not None:
        among &= where(**{question.depends[1]: answer})

    def read() -> list[Any]:
        return view.reader.choices(kind, among, term, limit=MOST_CHOICES)

    several_centers = acting().center_id is None and "center_id" in references(kind)
    return [{"id": row.id, "text": full_name(row, several_centers)} for row in await to_thread.run_sync(read)]


def _read(view: UseCaseView, asked: Asked, number: int, size: int, link: Link) -> ListPage:
    kind, reader = view.screen.kind, view.reader
    count = reader.count(kind, asked.condition)
    number = min(max(number, 1), Pagination.max_page(count, size))
    rows = reader.rows(
        kind, asked.condition, show=view.shown(), order=asked.order, limit=size, offset=(number - 1) * size
    )
    counts, editable = _counted(view, rows), _editable(view, rows)
    listed = [
        ListedRow(row.id, [_cell(view, row, column, counts, link) for column in view.columns()], row.id in editable)
        for row in rows
    ]
    return ListPage(listed, Pagination(rows=rows, page=number, page_size=size, count=count), _names(view, asked))


def _cell(view: UseCaseView, row: Any, column: str, counts: Mapping[str, Mapping[int, int]], link: Link) -> Cell:
    if column in counts:
        count = counts[column].get(row.id, 0)
        return fill(count, row.capacity) if "capacity" in view.screen.kind.model_fields else Cell(format_number(count))
    return view.cell(row, column, link)


def _counted(view: UseCaseView, rows: list[Any]) -> dict[str, Mapping[int, int]]:
    """The counted columns, one statement each whatever the size of the page."""
    if not view.screen.counts or not rows:
        return {}
    with view.school.work(acting(), read_only=True) as uow:
        return {name: count(uow, {row.id for row in rows}) for name, count in view.screen.counts.items()}


def _editable(view: UseCaseView, rows: list[Any]) -> set[int]:
    """The rows of the page that the visitor may change; where other rows decide it, one statement asks."""
    kind = view.screen.kind
    if not view.screen.edit or not view.permits("update"):
        return set()
    if view.school.domain.policy(kind).scope(acting(), "update").is_local or not rows:
        return {row.id for row in rows if view.may_edit(row)}
    with view.school.work(acting(), read_only=True) as uow:
        these = where(id__in={row.id for row in rows if view.may_edit(row)})
        return {found.id for found in uow.find(kind, these, to="update")}


def _names(view: UseCaseView, asked: Asked) -> dict[str, str]:
    names = {}
    for question in view.filters():
        if question.target and question.name in asked.chosen:
            id = _filter_value(question, asked.chosen[question.name])
            found = view.reader.some(view.school.domain.kinds[question.target], [id])
            names[question.name] = name_of(found[0]) if found else ""
    return names


def _filter_value(question: Question, text: str) -> Any:
    plain = question.type[0]
    if question.words:
        return next((word.value for word in question.words if word.value == text), None)
    if question.target or plain is int:
        return id_written(text)
    if plain is bool:
        return {"true": True, "false": False}.get(text)
    if issubclass(plain, Enum):
        return next((value for value in plain if value.value == text), None)
    return None


def _between(view: UseCaseView, since: date | None, until: date | None) -> Where:
    """The rows of a screen between two days, both included, on the wall clock of the visitor."""
    field, limits = view.screen.between, {"gte": since, "lte": until}
    if not field:
        return everything
    moments = value_type(view.screen.kind, field)[0] is datetime
    found = everything
    for operator, day in limits.items():
        if day is not None:
            value = local_moment(day, time.min if operator == "gte" else time.max) if moments else day
            found &= where(**{f"{field}__{operator}": value})
    return found


def _number(request: Request, name: str, default: int) -> int:
    number = id_written(request.query_params.get(name) or str(default)) or 0
    if not 0 < number <= LARGEST_PAGE:
        raise HTTPException(400)
    return number
