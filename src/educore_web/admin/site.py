"""The admin application: its addresses, and the page that answers each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from importlib.resources import files

from sqladmin import Admin
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from educore import Educore, EducoreError
from educore.adapters.sql import Database
from educore_web.admin.frame import Frame
from educore_web.admin.pages import (
    account,
    actions,
    assessment_analytics,
    assessment_questions,
    attendance_files,
    calendar,
    charges,
    choices,
    class_month,
    class_week,
    dashboard,
    details,
    editing,
    error_pages,
    imports,
    leads,
    lesson_analytics,
    lists,
    money,
    notifications,
    question_tables,
    receipt,
    sheet_page,
    sign_in_pages,
    spreadsheets,
)
from educore_web.admin.reading import RowSource
from educore_web.admin.screen import Screen
from educore_web.admin.screens import SCREENS
from educore_web.admin.security.closed_sessions import closed_sessions
from educore_web.admin.security.guard import Guard
from educore_web.admin.security.sign_in import SchoolSignIn, SignInRequired
from educore_web.admin.template_globals import add_globals
from educore_web.admin.ui.language import LanguageMiddleware
from educore_web.admin.ui.naming import RowNames
from educore_web.admin.views import make_view
from educore_web.runtime.limits import MEGABYTE
from educore_web.settings import Settings

BASE = "/admin"
PACKAGE = files("educore_web")
STATIC_PATHS = (f"{BASE}/statics/", f"{BASE}/own/", f"{BASE}/chart/", f"{BASE}/tabler/")

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
Page = Callable[[Frame, Request], Awaitable[Response]]


def create_admin(
    school: Educore, database: Database, settings: Settings, *, screens: Iterable[Screen] = SCREENS
) -> ASGIApp:
    """Return the application that answers every address below /admin.

    The menu shows `screens` in their order. Raises: TypeError for a screen that contradicts the domain, and for two
    screens of one entity.
    """
    host = Starlette()
    sign_in = SchoolSignIn(school, settings, BASE)
    secure = settings.public_url.startswith("https:")
    admin = Admin(
        host,
        session_maker=closed_sessions(),
        base_url=BASE,
        title="Educore",
        templates_dir=str(PACKAGE / "admin" / "templates"),
        authentication_backend=sign_in,
        middlewares=[Middleware(LanguageMiddleware, path=BASE, secure=secure, sentences=school.domain.sentences)],
    )
    screens = tuple(screens)
    if repeated := [kind.__name__ for kind, count in Counter(screen.kind for screen in screens).items() if count > 1]:
        raise TypeError(f"more than one screen for {', '.join(repeated)}")
    names = RowNames(school.domain, {screen.kind: screen.name_rule() for screen in screens})
    source = RowSource(school, names)
    for screen in screens:
        admin.add_view(make_view(screen, source, database.tables.classes[screen.name]))
    frame = Frame(admin, school, sign_in=sign_in, public_url=settings.public_url)
    statics = [route for route in admin.admin.router.routes if getattr(route, "name", "") == "statics"]
    admin.admin.router.routes = [*statics, *routes(frame)]
    admin.admin.exception_handlers = {
        HTTPException: partial(error_pages.show_status, frame),
        SignInRequired: partial(error_pages.ask_to_sign_in, frame),
        ClientDisconnect: error_pages.answer_disconnected,
        EducoreError: partial(error_pages.show_refusal, frame),
        Exception: partial(error_pages.show_failure, frame),
    }
    add_globals(admin.templates.env, frame, names)
    largest = settings.max_body_megabytes * MEGABYTE
    return Guard(host, settings.public_url, STATIC_PATHS, largest=largest, sign_in=f"{BASE}/login")


def routes(frame: Frame) -> list[BaseRoute]:
    """Return every address of the admin; fixed addresses come before those that name a screen.

    None of SQLAdmin's own endpoints is among them, because those read and write past the use cases.
    """

    def route(path: str, page: Page, name: str, methods: list[str] = GET) -> Route:
        return Route(path, partial(page, frame), name=name, methods=methods)

    import_pages = imports.ImportPages(frame)
    return [
        Mount("/own", StaticFiles(directory=str(PACKAGE / "admin" / "static")), name="own"),
        Mount("/chart", StaticFiles(directory=str(PACKAGE / "static" / "chart")), name="chart"),
        Mount("/tabler", StaticFiles(directory=str(PACKAGE / "static" / "tabler")), name="tabler"),
        route("/", dashboard.show_dashboard, "index"),
        route("/login", sign_in_pages.log_in, "login", BOTH),
        route("/logout", sign_in_pages.log_out, "logout", POST),
        route("/profile", account.profile, "profile", BOTH),
        route("/password", account.password, "password", BOTH),
        route("/money", money.show_money, "money"),
        route("/leads", leads.show_board, "board", BOTH),
        route("/funnel", leads.show_funnel, "funnel"),
        route("/payment/{pk}/receipt", receipt.download_receipt, "receipt"),
        route("/charge-run/create", charges.charge_month, "charges", BOTH),
        route("/notification/read-all", notifications.mark_all, "read-all", POST),
        route("/timetable", calendar.show_week, "timetable"),
        route("/timetable/subscribe", calendar.subscribe, "subscribe", POST),
        route("/timetable/unsubscribe", calendar.unsubscribe, "unsubscribe", POST),
        route("/group/{pk:int}/week", class_week.show_class_week, "class-week"),
        route("/group/{pk:int}/month", class_month.show_class_month, "class-month"),
        route("/group/{pk:int}/month/save", class_month.save_class_month, "class-month-save", POST),
        route("/group/{pk:int}/month.{form}", attendance_files.download_month, "class-month-file"),
        route("/session/{pk:int}/register.{form}", attendance_files.download_register, "register-file"),
        route("/timetable/{pk:int}/week", class_week.show_timetable_week, "timetable-week"),
        route("/assessment/{pk:int}/questions", assessment_questions.edit_questions, "assessment-questions", BOTH),
        route("/assessment/{pk:int}/preview", assessment_questions.preview_paper, "assessment-preview"),
        route("/assessment/{pk:int}/analytics", assessment_analytics.show_analytics, "assessment-analytics"),
        route("/assessment/{pk:int}/questions/table", question_tables.import_questions, "questions-import", BOTH),
        route("/assessment/{pk:int}/questions.{form}", question_tables.export_questions, "questions-export"),
        route("/assessment/questions-template.{form}", question_tables.download_template, "questions-template"),
        route("/lesson/{pk:int}/analytics", lesson_analytics.show_analytics, "lesson-analytics"),
        route("/waiting", assessment_analytics.list_waiting, "waiting"),
        *import_pages.routes(),
        route("/{identity}/{pk:int}/{sheet}", sheet_page.fill_sheet, "sheet", BOTH),
        route("/{identity}/import", spreadsheets.import_rows, "import", BOTH),
        route("/{identity}/action/{action}", actions.run_action, "action", BOTH),
        route("/{identity}/list", lists.show_list, "list"),
        route("/{identity}/details/{pk:path}", details.show_details, "details"),
        route("/{identity}/delete", actions.delete_rows, "delete", ["DELETE"]),
        route("/{identity}/create", editing.create_row, "create", BOTH),
        route("/{identity}/edit/{pk:path}", editing.edit_row, "edit", BOTH),
        route("/{identity}/export/{export_type}", spreadsheets.export_rows, "export"),
        route("/{identity}/ajax/lookup", choices.look_up, "ajax_lookup"),
    ]
