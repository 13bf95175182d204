"""The services that every page of the admin shares: the school, the screens, and how to answer a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

from sqladmin import Admin
from sqladmin.authorization import Action
from sqladmin.flash import flash
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import Educore, Entity, everything
from educore_web.admin.security.sign_in import SchoolSignIn
from educore_web.admin.ui.cells import Cell
from educore_web.admin.views import ScreenView


class Frame:
    """Find screens by address or by entity, render templates, redirect, and show a message on the next page.

    Every page is a function of a frame and a request; `site.py` lists their addresses.
    """

    def __init__(self, admin: Admin, school: Educore, *, sign_in: SchoolSignIn, public_url: str) -> None:
        self._admin_ref = self._admin = admin  # SQLAdmin's `login_required` looks for `_admin_ref`
        self.school, self.sign_in, self.public_url = school, sign_in, public_url
        self.base_url, self.templates = admin.base_url, admin.templates

    # -- screens ---------------------------------------------------------------------------------------

    @property
    def views(self) -> Iterator[ScreenView]:
        """The views of all screens, in the order of the menu."""
        return (view for view in self._admin.views if isinstance(view, ScreenView))

    def find_view(self, kind: type[Entity]) -> ScreenView | None:
        """Return the view of an entity, None if there is no screen for it."""
        return next((view for view in self.views if view.screen.kind is kind), None)

    def view_for(self, kind: type[Entity], verb: str = "") -> ScreenView:
        """Return the view of an entity.

        Raises: HTTPException 404 if there is no screen for it, 403 if the user may not read it or not do `verb`.
        """
        if (view := self.find_view(kind)) is None:
            raise HTTPException(404)
        if verb and not (view.permits("read") and view.permits(verb)):
            raise HTTPException(403)
        return view

    def view_at(self, request: Request, action: Action) -> ScreenView:
        """Return the view that an address names.

        Raises: HTTPException 404 for an unknown screen, 403 if the user may not do `action` there.
        """
        view = self.named_view(request)
        if not view.permits("read") or not view.has_permission(request, action):
            raise HTTPException(403)
        return view

    def named_view(self, request: Request) -> ScreenView:
        """Return the view that an address names, whatever the user may do there. Raises: HTTPException 404."""
        return cast(ScreenView, self._admin._find_model_view(request.path_params["identity"]))

    # -- addresses -------------------------------------------------------------------------------------

    def row_links(self, request: Request) -> Callable[[Any], str | None]:
        """Return a function that gives the address of a row's page, None if the user has no screen that shows it."""
        views = {view.screen.kind: view for view in self.views}

        def address(row: Any) -> str | None:
            view = views.get(row.entity)
            if view is None or not view.permits("read") or not view.screen.only.holds(row):
                return None
            return request.url_for("admin:details", identity=view.identity, pk=row.id).path

        return address

    def link_cell(self, request: Request, cell: Cell) -> Cell:
        """Return the cell with the address of its target row, if the user has a screen that shows all such rows."""
        if cell.target_row is None:
            return cell
        kind, id = cell.target_row
        view = self.find_view(kind)
        if view is None or view.screen.only != everything or not view.permits("read"):
            return replace(cell, href=None)
        return replace(cell, href=request.url_for("admin:details", identity=view.identity, pk=id).path)

    # -- answers ---------------------------------------------------------------------------------------

    async def render(self, request: Request, name: str, context: dict[str, Any], status: int = 200) -> Response:
        """Render the template `sqladmin/<name>`."""
        return await self.templates.TemplateResponse(request, f"sqladmin/{name}", context, status)

    def flash(self, request: Request, text: str, color: str = "success") -> None:
        """Show a message on the next page; `color` is one of Bootstrap's words."""
        flash(request, text, color)

    def redirect_to(self, request: Request, name: str) -> Response:
        """Redirect to the page of this name, such as "index"."""
        return RedirectResponse(request.url_for(f"admin:{name}").path, status_code=302)

    def redirect_to_row(self, request: Request, view: ScreenView, id: int) -> Response:
        """Redirect to the page of a row."""
        return RedirectResponse(request.url_for("admin:details", identity=view.identity, pk=id).path, status_code=302)

    def redirect_to_list(self, request: Request, view: ScreenView) -> Response:
        """Redirect to the list of a screen."""
        return RedirectResponse(request.url_for("admin:list", identity=view.identity).path, status_code=302)
