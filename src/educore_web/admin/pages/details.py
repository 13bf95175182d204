"""The page of one row: its fields, buttons that lead on, and tables of rows that belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from anyio import to_thread
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from educore.kernel import references
from educore_web.admin.frame import Frame
from educore_web.admin.reading import Row
from educore_web.admin.screen import Panel, RowAction, RowLink
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.sheet import Sheet
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.forms import as_text
from educore_web.admin.views import ScreenView


@login_required
async def show_details(frame: Frame, request: Request) -> Response:
    """Show every field of a row that the user may read. Raises: HTTPException 403, 404."""
    view = frame.view_at(request, Action.DETAILS)
    screen, address = view.screen, frame.row_links(request)
    paths = [name.removesuffix("_id") for name in references(screen.kind)]

    def read() -> Row | None:
        with view.open_reader() as reader:
            return reader.one(screen.kind, request.path_params["pk"], screen.only, show=("", *paths))

    if (row := await to_thread.run_sync(read)) is None:
        raise HTTPException(404)
    cells: list[tuple[str, Cell]] = [
        (path, frame.link_cell(request, view.cell(row, path, address, short=False))) for path in view.detail_paths(row)
    ]
    context = {"view": view, "row": row, "name": view.names.name_of(row), "cells": cells}
    context["tables"] = await to_thread.run_sync(_panel_tables, frame, request, view, row)
    context |= vars(await to_thread.run_sync(_buttons, frame, request, view, row))
    return await frame.render(request, "details.html", context)


@dataclass(frozen=True)
class Buttons:
    """The buttons of a row that the user may press: sheets, links with their addresses, actions, and the form."""

    sheets: list[Sheet]
    links: list[tuple[RowLink, str]]
    actions: list[RowAction]
    can_edit: bool


def _buttons(frame: Frame, request: Request, view: ScreenView, row: Row) -> Buttons:
    """Return the buttons of a row's page, whichever rows decide what the user may do with it."""
    with view.school.work(current_actor(), read_only=True) as uow:

        @cache
        def may(verb: str) -> bool:
            return bool(view.permitting(uow, verb, [row]))

        links = [(link, _address(frame, request, link, row)) for link in view.links(row) if may(link.verb)]
        actions = [action for action in view.actions(row) if may(action.verb)]
        return Buttons(
            [sheet for sheet in view.sheets() if may(sheet.verb)],
            [(link, address) for link, address in links if address],
            [action for action in actions if action.is_applicable is None or action.is_applicable(uow, row)],
            view.can_change(row) and may("update"),
        )


def _panel_tables(frame: Frame, request: Request, view: ScreenView, row: Any) -> list[tuple[Panel, list[list[Cell]]]]:
    """Return the tables of a row's page, with the addresses of the rows they name."""
    if not (panels := view.panels(row)):
        return []
    with view.school.work(current_actor(), read_only=True) as uow:
        loaded = [(panel, panel.load(uow, row.id)) for panel in panels]
    return [(panel, [[frame.link_cell(request, cell) for cell in line] for line in lines]) for panel, lines in loaded]


def _address(frame: Frame, request: Request, link: RowLink, row: Any) -> str:
    """Return the address of a link, "" if the user may not create rows of its kind."""
    if link.kind is None:
        return str(request.url_for(f"admin:{link.page}", pk=row.id).path)
    view = frame.find_view(link.kind)
    if view is None or not view.has_permission(request, "create"):
        return ""
    answers = {name: as_text(getattr(row, field)) for name, field in link.prefill}
    query = urlencode({name: text for name, text in answers.items() if text})
    return f"{request.url_for('admin:create', identity=view.identity).path}?{query}"
