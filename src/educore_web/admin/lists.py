"""The list of a screen: what was asked for, one page of it, and the choices of its references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from anyio import to_thread
from sqladmin.pagination import Pagination
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import Where, references, where
from educore_web.admin.cells import Cell, Link, cell, fill
from educore_web.admin.forms import Question
from educore_web.admin.language import say_number
from educore_web.admin.naming import full_name, name_of
from educore_web.admin.views import UseCaseView
from educore_web.admin.visitor import acting

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
    text = query.get("search", "").strip()
    if text and view.screen.search:
        condition &= view.reader.search(view.screen.kind, view.screen.search, text)
    key = view.sort_key(query["sortBy"]) if query.get("sortBy") in view.columns() else None
    order = view.screen.order if key is None else "-" * (query.get("sort") == "desc") + key
    return Asked(condition, order, chosen, text)


async def list_page(view: UseCaseView, request: Request, link: Link) -> tuple[Asked, ListPage]:
    """The page an address asks for. Raises: HTTPException 400 for a page that is no number."""
    number = _number(request, "page", 1)
    size = min(_number(request, "pageSize", PAGE_SIZES[0]), max(PAGE_SIZES))
    asked = asked_for(view, request.query_params)
    page = await to_thread.run_sync(_read, view, asked, number, size, link)
    page.pagination.add_pagination_urls(URL(f"{request.url.path}?{request.url.query}"))
    return asked, page


async def choices(view: UseCaseView, question: Question, term: str) -> list[dict[str, Any]]:
    """Rows a reference may name, as the browser's select wants them."""
    kind = view.school.domain.kinds[question.target or ""]

    def read() -> list[Any]:
        return view.reader.choices(kind, question.among, term, limit=MOST_CHOICES)

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
        return fill(count, row.capacity) if "capacity" in view.screen.kind.model_fields else Cell(say_number(count))
    return cell(view.school.domain, row, column, link, file=view.school.ports.files.url)


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
        return {row.id for row in rows if view.permits("update", row)}
    with view.school.work(acting(), read_only=True) as uow:
        return {found.id for found in uow.find(kind, where(id__in={row.id for row in rows}), to="update")}


def _names(view: UseCaseView, asked: Asked) -> dict[str, str]:
    names = {}
    for question in view.filters():
        if question.target and question.name in asked.chosen:
            found = view.reader.some(view.school.domain.kinds[question.target], [int(asked.chosen[question.name])])
            names[question.name] = name_of(found[0]) if found else ""
    return names


def _filter_value(question: Question, text: str) -> Any:
    plain = question.type[0]
    if question.target:
        return int(text) if text.isdecimal() and text.isascii() else None
    if plain is bool:
        return {"true": True, "false": False}.get(text)
    if issubclass(plain, Enum):
        return next((value for value in plain if value.value == text), None)
    return None


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name) or str(default)
    if not (text.isdecimal() and text.isascii()) or not 0 < int(text) <= LARGEST_PAGE:
        raise HTTPException(400)
    return int(text)
