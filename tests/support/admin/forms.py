"""Forms as a browser would send them back: what a page holds, and answers that a form takes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from html.parser import HTMLParser
from typing import Any

from educore import Actor, Role, where
from educore_web.admin.screens import SCREENS
from educore_web.admin.ui.question import Question
from support.admin.office import director_of
from support.admin.town import World
from support.cast import all_rows

SCREENS_BY_NAME = {screen.name: screen for screen in SCREENS}
REQUEST_TRACES = ("AnsweredRequest", "SignIn", "FailedSignIn")
"""What a request leaves behind that is not what somebody wrote."""


class _Form(HTMLParser):
    """Collects the controls of the form that holds what somebody writes."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.select, self.area = False, "", ""
        self.fields: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        has = dict(attrs)
        if tag == "form":
            self.inside = "data-guard" in has or "data-resume" in has
        if not self.inside:
            return
        name, value = has.get("name", ""), has.get("value") or ""
        if tag == "input" and name and has.get("type") != "file":
            if has.get("type") not in ("checkbox", "radio") or "checked" in has:
                self.add(name, value)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in has:
            self.add(self.select, value)
        elif tag == "textarea":
            self.area, self.fields[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area] += data

    def add(self, name: str, value: str) -> None:
        """One more value; several with one name are a list."""
        before = self.fields.get(name)
        several = [*(before if isinstance(before, list) else [before]), value]
        self.fields[name] = value if before is None else several


def screen_address(name: str) -> str:
    """Return the first part of the addresses of a screen: `exam-result` for ExamResult."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def read_form(page: Any) -> dict[str, Any]:
    """What a browser sends when somebody presses the button of a form and touches nothing."""
    parser = _Form()
    parser.feed(page.text)
    return parser.fields


def screen_rows(world: World, screen: Any) -> list[Any]:
    """The rows of a screen as its readers see them: notes are only one's own."""
    actor = director_of(world, world.registon) if screen.name == "Notification" else Actor(Role.SUPERADMIN)
    with world.school.work(actor) as uow:
        return [row for row in uow.find(screen.kind) if screen.only.holds(row)]


def reader_name(screen: Any) -> str:
    """Who sees those rows."""
    return "dilnoza-r" if screen.name == "Notification" else "sayyora"


def stored_data(world: World) -> dict[str, Any]:
    """All that is stored, but for what only requests leave behind."""
    return {name: rows for name, rows in all_rows(world.database.store).items() if name not in REQUEST_TRACES}


def required_answers(world: World, questions: Any, **given: Any) -> dict[str, Any]:
    """An answer to each question that must be answered, and those given."""
    asked = [q for q in questions if q.required and q.name not in given]
    return {q.name: _answer(world, q) for q in asked if not q.is_file} | given


def different_value(question: Question, text: str) -> str | None:
    """Another text for a control that holds this one, or None where that takes more thought."""
    plain = question.type[0]
    if question.target or question.is_file or question.widget in ("password", "email", "tel", "url", "weekdays"):
        return None
    if plain is bool:
        return None if text else "true"
    if issubclass(plain, Enum):
        return next((str(word.value) for word in question.values or plain if str(word.value) != text), None)
    if plain in (int, Decimal) and question.widget in ("number", "decimal"):
        return str(Decimal(text or 4) + 1)
    if plain is date and question.widget == "date":
        return str(date.fromisoformat(text) - timedelta(days=1)) if text else None
    return f"{text}x" if plain is str and question.widget in ("text", "textarea") else None


def possible_changes(screen: Any, fields: dict[str, Any]) -> dict[str, str]:
    """Return a different answer for each question of the edit form that has one."""
    pairs = ((q, different_value(q, str(fields.get(q.name, "")))) for q in screen.edit)
    return {q.name: text for q, text in pairs if text is not None}


def _answer(world: World, question: Question) -> Any:
    plain = question.type[0]
    if question.target:
        kind = world.school.domain.kinds[question.target]
        center = world.registon.center
        with world.school.work(Actor(Role.SUPERADMIN)) as uow:
            mine = where(id=center) if question.target == "Center" else where(center_id=center)
            return uow.find(kind, mine, order=("-id",), limit=1)[0].id
    by_name = {"weekdays": "mon", "month": "2024-03", "phone": "+998901119988"}
    if question.widget in by_name or question.field in by_name:
        return by_name.get(question.field) or by_name[question.widget]
    if issubclass(plain, Enum):
        return str((question.values or tuple(plain))[0].value)
    simple = {int: "7", Decimal: "70", date: "2024-01-30"}
    return (
        simple.get(plain, "10:00" if question.field.startswith("start") else "11:00") if plain is not str else "fresh"
    )
