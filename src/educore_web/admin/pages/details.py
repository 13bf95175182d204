"""What a row's own page has beside its fields: buttons that lead on, and tables of what belongs to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request

from educore_web.admin.screen import Panel, RowLink
from educore_web.admin.security.current_user import acting
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.forms import as_text
from educore_web.admin.views import UseCaseView

if TYPE_CHECKING:
    from educore_web.admin.site import Site


def links_of(site: Site, request: Request, view: UseCaseView, row: Any) -> list[tuple[RowLink, str]]:
    """The links that make sense for a row and whose pages the visitor may open, each with its address."""
    found = ((link, _address(site, request, link, row)) for link in view.links(row))
    return [(link, address) for link, address in found if address]


def tables_of(site: Site, request: Request, view: UseCaseView, row: Any) -> list[tuple[Panel, list[list[Cell]]]]:
    """The tables of a row's page, with the addresses of the rows they name."""
    if not (panels := view.panels()):
        return []
    with view.school.work(acting(), read_only=True) as uow:
        loaded = [(panel, panel.load(uow, row.id)) for panel in panels]
    return [(panel, [[linked(site, request, cell) for cell in line] for line in lines]) for panel, lines in loaded]


def _address(site: Site, request: Request, link: RowLink, row: Any) -> str:
    if link.kind is None:
        return str(request.url_for(f"admin:{link.page}", pk=row.id).path)
    view = site.view_for(link.kind)
    if not view.has_permission(request, "create"):
        return ""
    answers = {name: as_text(getattr(row, field)) for name, field in link.fills}
    given = urlencode({name: text for name, text in answers.items() if text})
    return f"{request.url_for('admin:create', identity=view.identity).path}?{given}"


def linked(site: Site, request: Request, cell: Cell) -> Cell:
    """The cell with the address of the row it leads to, where the visitor has a screen that shows such rows."""
    if cell.leads_to is None:
        return cell
    kind, id = cell.leads_to
    view = site.view_for(kind)
    address = request.url_for("admin:details", identity=view.identity, pk=id).path if view.permits("read") else None
    return replace(cell, href=address)
