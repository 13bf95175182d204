"""The admin application: SQLAdmin's addresses, answered by the pages of this package."""

from __future__ import annotations

import builtins
from importlib.resources import files
from typing import Any, cast

from anyio import to_thread
from sqladmin import Admin
from sqladmin.authentication import login_required
from sqladmin.authorization import Action
from sqladmin.flash import flash
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from educore import Educore, EducoreError, Entity, Invalid, Problem, Unauthenticated
from educore.adapters.sql import Database
from educore.kernel import references
from educore.timetable import Session
from educore_web.admin.pages import account as own_pages
from educore_web.admin.pages import calendar as calendar_page
from educore_web.admin.pages import csv_pages, dashboard
from educore_web.admin.pages import extra_pages as office
from educore_web.admin.pages.actions import RowRefused, action_page, do_all, rows_named
from educore_web.admin.pages.details import linked, links_of, tables_of
from educore_web.admin.pages.editing import create_page, edit_page
from educore_web.admin.pages.imports import ImportPages
from educore_web.admin.pages.lists import choices, list_page
from educore_web.admin.pages.sheets import sheet_page
from educore_web.admin.screen import DELETE
from educore_web.admin.screens import SCREENS
from educore_web.admin.security.guard import Guard
from educore_web.admin.security.reader import Reader
from educore_web.admin.security.scope import scoped_sessions
from educore_web.admin.security.sign_in import (
    RESUMED,
    SchoolSignIn,
    SignInNeeded,
    TokenRefused,
    is_of,
    refusal_status,
    require_header,
    require_token,
    wait_before_retry,
)
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.language import LanguageMiddleware, translate
from educore_web.admin.ui.naming import name_of
from educore_web.admin.ui.pending_forms import KeptForm
from educore_web.admin.ui.problems import refusal, sentence
from educore_web.admin.ui.rendering import add_words
from educore_web.admin.views import UseCaseView, view_of
from educore_web.rest.uploads import MEGABYTE
from educore_web.settings import Settings

BASE = "/admin"
HERE = files("educore_web")
STATICS = (f"{BASE}/statics/", f"{BASE}/own/", f"{BASE}/chart/")


def create_admin(school: Educore, database: Database, settings: Settings) -> ASGIApp:
    """Make the application that answers every address from /admin on."""
    secure = settings.public_url.startswith("https:")
    host = Starlette()
    site = Site(
        host,
        session_maker=scoped_sessions(database),
        base_url=BASE,
        title="Educore",
        templates_dir=str(HERE / "admin" / "templates"),
        authentication_backend=SchoolSignIn(school, settings, BASE),
        middlewares=[Middleware(LanguageMiddleware, path=BASE, secure=secure)],
    )
    site.public_url = settings.public_url
    site.open_screens(school, database)
    largest = settings.max_body_megabytes * MEGABYTE
    return Guard(host, settings.public_url, STATICS, largest=largest, sign_in=f"{BASE}/login")


class Site(Admin):
    """SQLAdmin with its pages answered here, because its own write, search and word things by themselves."""

    public_url: str

    def open_screens(self, school: Educore, database: Database) -> None:
        """Add the screens, the addresses SQLAdmin lacks, and the words of the templates."""
        self.school = school
        reader = Reader(database, self.session_maker)  # type: ignore[arg-type]  # a sync engine, so a sync maker
        for screen in SCREENS:
            self.add_view(view_of(screen, school, reader))
        replaced = ("import", "logout", "file_download", "file_preview")
        kept = [route for route in self.admin.router.routes if getattr(route, "name", "") not in replaced]
        self.admin.router.routes = [
            Mount("/own", StaticFiles(directory=str(HERE / "admin" / "static")), name="own"),
            Mount("/chart", StaticFiles(directory=str(HERE / "static" / "chart")), name="chart"),
            *office.routes(self),
            *own_pages.routes(self),
            Route("/logout", self.logout, name="logout", methods=["POST"]),
            Route("/timetable", self.timetable, name="timetable", methods=["GET"]),
            Route("/timetable/subscribe", self.subscribe, name="subscribe", methods=["POST"]),
            Route("/timetable/unsubscribe", self.unsubscribe, name="unsubscribe", methods=["POST"]),
            *ImportPages(self).routes(),
            Route("/{identity}/{pk:int}/{sheet}", self.sheet, name="sheet", methods=["GET", "POST"]),
            Route("/{identity}/import", self.import_endpoint, name="import", methods=["GET", "POST"]),
            Route("/{identity}/action/{action}", self.action, name="action", methods=["GET", "POST"]),
            *kept,
        ]
        self.admin.exception_handlers = {
            HTTPException: self.say_status,
            SignInNeeded: self.ask_to_sign_in,
            ClientDisconnect: _nobody_listens,
            EducoreError: self.say_refusal,
            Exception: self.say_failure,
        }
        add_words(self.templates.env, self)

    # -- pages -----------------------------------------------------------------------------------------

    @login_required
    async def index(self, request: Request) -> Response:
        """The dashboard."""
        numbers = await to_thread.run_sync(dashboard.numbers, self.school)
        return await self.page(request, "sqladmin/index.html", {"numbers": numbers})

    @login_required
    async def list(self, request: Request) -> Response:
        """One page of a screen's rows."""
        view = self.open(request, Action.LIST)
        asked, page = await list_page(view, request, self.link_for(request))
        return await self.page(request, "sqladmin/list.html", {"view": view, "asked": asked, "page": page})

    @login_required
    async def details(self, request: Request) -> Response:
        """Everything the visitor may see of one row."""
        view = self.open(request, Action.DETAILS)
        screen, link = view.screen, self.link_for(request)
        links = [name.removesuffix("_id") for name in references(screen.kind)]
        row = await to_thread.run_sync(
            lambda: view.reader.one(screen.kind, request.path_params["pk"], screen.only, show=("", *links))
        )
        if row is None:
            raise HTTPException(404)
        cells: builtins.list[tuple[str, Cell]] = [
            (path, linked(self, request, view.cell(row, path, link, short=False))) for path in view.details(row)
        ]
        tables = await to_thread.run_sync(tables_of, self, request, view, row)
        context = {"view": view, "row": row, "name": name_of(row), "cells": cells, "tables": tables}
        context["actions"] = await to_thread.run_sync(view.actions_on, row)
        context["links_on"] = links_of(self, request, view, row)
        return await self.page(request, "sqladmin/details.html", context)

    @login_required
    async def create(self, request: Request) -> Response:
        """Make a row."""
        view = self.open(request, Action.CREATE)
        made = await create_page(view, request)
        if made.saved is None:
            return await self.page(request, "sqladmin/form.html", {"view": view, "page": made}, made.status)
        self.tell(request, await to_thread.run_sync(view.said_of_new, made.saved, made.said()))
        if (await request.form()).get("then") == "another":
            return RedirectResponse(request.url.path, status_code=302)
        return self.to_row(request, view, made.saved)

    @login_required
    async def edit(self, request: Request) -> Response:
        """Change a row."""
        view = self.open(request, Action.EDIT)
        made = await edit_page(view, request, request.path_params["pk"])
        if made.saved is None:
            return await self.page(request, "sqladmin/form.html", {"view": view, "page": made}, made.status)
        self.tell(request, made.said())
        return self.to_row(request, view, made.saved)

    @login_required
    async def action(self, request: Request) -> Response:
        """Confirm an action on some rows, and do it."""
        view = self.open(request, Action.LIST)
        page = await action_page(view, request, request.path_params["action"])
        if page.done is None:
            return await self.page(request, "sqladmin/action.html", {"view": view, "page": page}, page.status)
        self.tell(request, translate(f"said.{page.action.name}", count=page.done))
        if page.done == len(page.rows) == 1 and page.action.name != DELETE.name:
            return self.to_row(request, view, page.rows[0].id)
        return self.to_list(request, view)

    @login_required
    async def sheet(self, request: Request) -> Response:
        """Mark or grade a whole class on one page."""
        view = self.open(request, Action.LIST)
        sheet = next((found for found in view.screen.sheets if found.name == request.path_params["sheet"]), None)
        if sheet is None:
            raise HTTPException(404)
        filled = await sheet_page(view, request, sheet)
        if filled is not None:
            context = {"view": view, "sheet": sheet, "filled": filled, "head": filled.head}
            return await self.page(request, f"sqladmin/{sheet.name}.html", context, filled.status)
        self.tell(request, translate("said.saved"))
        return RedirectResponse(request.url.path, status_code=302)

    @login_required
    async def timetable(self, request: Request) -> Response:
        """A week of lessons."""
        view = self.view_for(Session)
        return await self.calendar(request, view, await calendar_page.show(view, request))

    @login_required
    async def subscribe(self, request: Request) -> Response:
        """Tell the address of the visitor's own calendar, this once; an earlier one stops working."""
        require_token(request, await request.form())
        view = self.view_for(Session)
        address = await calendar_page.subscribe(self.school, self.public_url)
        return await self.calendar(request, view, await calendar_page.show(view, request), address)

    @login_required
    async def unsubscribe(self, request: Request) -> Response:
        """Make the address of the visitor's own calendar stop working."""
        require_token(request, await request.form())
        await calendar_page.unsubscribe(self.school)
        self.tell(request, translate("calendar.closed"))
        return RedirectResponse(request.url_for("admin:timetable").path, status_code=302)

    @login_required
    async def delete(self, request: Request) -> Response:
        """Delete rows the way SQLAdmin's own scripts ask for it: all of them or none, the answer is where to go."""
        view = self.open(request, Action.DELETE)
        require_header(request)
        rows = await to_thread.run_sync(rows_named, view, request.query_params.get("pks", ""))
        try:
            await to_thread.run_sync(do_all, view, DELETE, rows, {})
        except RowRefused as refused:
            self.tell(request, refused.sentence(), "danger")
        return PlainTextResponse(request.url_for("admin:list", identity=view.identity).path)

    @login_required
    async def export(self, request: Request) -> Response:
        """The rows a list shows, all pages of them, as a file."""
        view = self.open(request, Action.EXPORT)
        if request.path_params["export_type"] not in view.export_types:
            raise HTTPException(404)
        return await csv_pages.export(view, request)

    @login_required
    async def import_endpoint(self, request: Request) -> Response:
        """Make rows from a file, all of them or none; tables that can be taken back have a page of their own."""
        asked = cast(UseCaseView, self._find_model_view(request.path_params["identity"]))
        if asked.can_import_tables():
            address = request.url_for("admin:imports").include_query_params(kind=asked.screen.imports)
            return RedirectResponse(f"{address.path}?{address.query}", status_code=302)
        view = self.open(request, Action.IMPORT)
        page = await csv_pages.import_page(view, request)
        if page.done is None:
            return await self.page(request, "sqladmin/import.html", {"view": view, "page": page}, page.status)
        self.tell(request, translate("said.imported", count=page.done))
        return self.to_list(request, view)

    @login_required
    async def ajax_lookup(self, request: Request) -> Response:
        """Rows a reference may name, for the selects of forms and filters."""
        asked = request.query_params
        view = self.open(request, Action.LIST)
        form = asked.get("form", "")
        offered = {"list": (Action.LIST, view.filters()), "create": (Action.CREATE, view.questions_to_create())}
        offered["edit"] = (Action.EDIT, view.screen.edit)
        offered["calendar"] = (Action.LIST, calendar_page.filters() if view.screen.kind is Session else ())
        action, questions = offered.get(form, (Action.LIST, ()))
        of_action = (a for a in view.screen.all_actions() if a.name == form and view.permits(a.does))
        questions = next((view.questions_of(a) for a in of_action), questions)
        question = next((q for q in questions if q.name == asked.get("name") and q.target), None)
        if question is None or not view.has_permission(request, action):
            raise HTTPException(403)
        other = asked.get(question.depends[0], "") if question.depends else ""
        found = await choices(view, question, asked.get("term", ""), other)
        return JSONResponse({"results": found})

    async def login(self, request: Request) -> Response:
        """The sign-in page."""
        error, status, headers = request.session.pop("notice", None), 200, {}
        said, kept = sentence(Problem(error)) if error else None, None
        if request.method == "POST":
            kept = KeptForm.read(await request.form(), BASE)
            try:
                signed_in = cast(Response, await self.authentication_backend.login(request))  # type: ignore[union-attr]  # given above
                return await self.resume(request, kept) if kept else signed_in
            except EducoreError as refused:
                status = refusal_status(refused)
                said = translate("login.not_for_you") if refused.code == "not_for_you" else refusal(refused)
                headers = wait_before_retry(refused)
        username = (await request.form()).get("username", "") if status != 200 else ""
        context = {"error": said, "username": username, "kept": kept}
        response = await self.page(request, "sqladmin/login.html", context, status)
        response.headers.update(headers)
        return response

    async def resume(self, request: Request, kept: KeptForm) -> Response:
        """Go on with what was written before somebody signed in anew; it is only shown to whoever wrote it."""
        if kept.fields and is_of(request.state.user_id, kept.token):
            return await self.page(request, "sqladmin/resume.html", {"kept": kept, "resumed": RESUMED})
        if kept.fields:
            self.tell(request, translate("unsent.other"), "warning")
        return RedirectResponse(request.url_for("admin:index").path, status_code=302)

    @login_required
    async def logout(self, request: Request) -> Response:
        """Sign out."""
        require_token(request, await request.form())
        return cast(Response, await self.authentication_backend.logout(request))  # type: ignore[union-attr]  # given above

    # -- what pages share ------------------------------------------------------------------------------

    def open(self, request: Request, action: Action) -> UseCaseView:
        """The screen an address names, if the visitor may do this there. Raises: HTTPException 403, 404."""
        view = cast(UseCaseView, self._find_model_view(request.path_params["identity"]))
        if not view.is_accessible(request) or not view.has_permission(request, action):
            raise HTTPException(403)
        return view

    def link_for(self, request: Request) -> Any:
        """What gives a related row its address, where the visitor has a screen that shows it."""
        views = {view.screen.kind: view for view in self.views if isinstance(view, UseCaseView)}

        def link(row: Any) -> str | None:
            view = views.get(row.entity)
            if view is None or not view.permits("read") or not view.screen.only.holds(row):
                return None
            return request.url_for("admin:details", identity=view.identity, pk=row.id).path

        return link

    def view_for(self, kind: type[Entity]) -> UseCaseView:
        """The screen of a kind."""
        return next(view for view in self.views if isinstance(view, UseCaseView) and view.screen.kind is kind)

    async def calendar(
        self, request: Request, view: UseCaseView, calendar: calendar_page.Calendar, address: str | None = None
    ) -> Response:
        """The page of a week, with the address to subscribe to it where it has just been made."""
        context = {"view": view, "calendar": calendar, "week": calendar.week, "address": address}
        return await self.page(request, "sqladmin/timetable.html", context | {"filters": calendar_page.filters()})

    def to_row(self, request: Request, view: UseCaseView, id: int) -> Response:
        """Go to the page of a row."""
        return RedirectResponse(request.url_for("admin:details", identity=view.identity, pk=id).path, status_code=302)

    def to_list(self, request: Request, view: UseCaseView) -> Response:
        """Go to the list of a screen."""
        return RedirectResponse(request.url_for("admin:list", identity=view.identity).path, status_code=302)

    def tell(self, request: Request, text: str, color: str = "success") -> None:
        """Say something on the next page."""
        flash(request, text, color)

    async def page(self, request: Request, name: str, context: dict[str, Any], status: int = 200) -> Response:
        """Make a page."""
        return await self.templates.TemplateResponse(request, name, context, status)

    async def say_status(self, request: Request, error: Exception) -> Response:
        """A page for a status."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        said = translate(f"status.{status}") if status in (400, 403, 404, 405, 413) else translate("status.500")
        if isinstance(error, TokenRefused):
            status, said = 403, translate("unsent.unknown")
        return await self.page(request, "sqladmin/error.html", {"status": status, "said": said}, status)

    async def ask_to_sign_in(self, request: Request, error: Exception) -> Response:
        """The sign-in page in answer to a form whose sender's sign-in has ended; it carries what was written."""
        code = error.code if isinstance(error, SignInNeeded) else ""
        kept = await KeptForm.of(request)
        said = sentence(Problem(code)) if code not in ("", Unauthenticated.code) else translate("login.ended")
        return await self.page(request, "sqladmin/login.html", {"error": said, "username": "", "kept": kept}, 401)

    async def say_refusal(self, request: Request, error: Exception) -> Response:
        """A page for what the domain refuses where no form could say it."""
        if not isinstance(error, EducoreError):
            raise error
        status = 400 if isinstance(error, Invalid) else refusal_status(error)
        response = await self.page(request, "sqladmin/error.html", {"status": status, "said": refusal(error)}, status)
        response.headers.update(wait_before_retry(error))
        return response

    async def say_failure(self, request: Request, error: Exception) -> Response:
        """A page for our own mistakes; the server's log has the rest."""
        context = {"status": 500, "said": sentence(Problem("internal"))}
        return await self.page(request, "sqladmin/error.html", context, 500)


async def _nobody_listens(request: Request, error: Exception) -> Response:
    """Whoever sent this went away before all of it was here; no answer reaches them."""
    return Response(status_code=400)
