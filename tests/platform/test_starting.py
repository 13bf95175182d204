"""What a server imports and makes before the first request, and what waits until somebody asks for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from educore import EDUCATION
from educore.adapters.sql import Database
from educore_web.runtime.asgi import LazyApp

OF_A_PAGE = {"fpdf", "fontTools", "uharfbuzz", "PIL", "openpyxl", "icalendar", "rich", "sqladmin", "wtforms", "jinja2"}
OF_A_SETTING = {"boto3", "botocore", "smtplib", "educore.adapters.smtp", "educore.adapters.http_sms", "psycopg"}
OF_A_CHANGE = {"alembic", "mako"}

SERVED = """
import asyncio, sys
from educore_web.app import create_app
from educore_web.settings import Settings

app = create_app(Settings(database=sys.argv[1], secret="s" * 40, worker=False))
assert app.health()[1]["database"] == "ok"
print(*sys.modules)
"""
"""All that happens until a server whose database is up to date answers that it is well."""

SPARED = """
import gc, os, sys
os.environ |= {"EDUCORE_DATABASE": sys.argv[1], "EDUCORE_SECRET": "s" * 40}
from educore_web.cli.server import create_worker_app

before = len(gc.get_objects())
app = create_worker_app()
print("spared" if len(gc.get_objects()) < before / 100 and gc.isenabled() else "looked through")
"""
"""How much a server's collector has to look through while it answers."""

BUILT = """
import educore_web.cli
from educore import Entity, Shape
from educore_web.rest.bodies import Body

found = [Entity, Body, Shape]
for model in found:
    found += model.__subclasses__()
assert len(found) > 150
print(*(model.__name__ for model in found[3:] if model.__pydantic_complete__))
"""


def told(program: str, *arguments: str) -> set[str]:
    """The words that a program prints in an interpreter of its own."""
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_a_server_that_is_well_has_imported_nothing_of_what_few_use(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/school.db"
    database = Database(url, EDUCATION)
    database.upgrade()
    database.close()
    assert (OF_A_PAGE | OF_A_SETTING | OF_A_CHANGE) & told(SERVED, url) == set()


def test_the_collector_of_a_server_need_not_look_through_what_it_is_made_of(tmp_path: Path) -> None:
    assert told(SPARED, f"sqlite:///{tmp_path}/school.db") == {"spared"}


def test_the_command_line_imports_no_page_and_no_bar() -> None:
    loaded = told("import sys, educore_web.cli; print(*sys.modules)")
    assert (OF_A_PAGE | OF_A_SETTING | OF_A_CHANGE) & loaded == set()


def test_no_model_is_built_before_it_is_used() -> None:
    assert told(BUILT) == set()


class Site:
    """An application that counts how often it is made and asked."""

    def __init__(self) -> None:
        self.made = self.asked = 0
        self.first_is_here = threading.Event()

    def make(self):
        self.made += 1
        self.first_is_here.wait(0.2)  # long enough for a second to come
        return self.answer

    async def answer(self, scope, receive, send):
        self.asked += 1


@pytest.mark.parametrize("visitors", [0, 1, 3])
def test_what_waits_to_be_asked_is_made_once_at_most(visitors):
    site = Site()
    app = LazyApp(site.make)

    async def visit():
        await asyncio.gather(*(app({"type": "http"}, None, None) for _ in range(visitors)))

    asyncio.run(visit())
    assert (site.made, site.asked) == (min(visitors, 1), visitors)
