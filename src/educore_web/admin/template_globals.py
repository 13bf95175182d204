"""The functions that every template can call."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from jinja2 import Environment

from educore_web.admin.frame import Frame
from educore_web.admin.menu import menu_pages, menu_sections
from educore_web.admin.security.csrf import session_token
from educore_web.admin.security.current_user import current_user
from educore_web.admin.ui.enumerations import format_enum, humanize
from educore_web.admin.ui.language import (
    center_languages,
    current_language,
    find_translation,
    format_date,
    format_day,
    format_instant,
    format_month,
    format_number,
    format_time,
    format_weekday,
    isolate,
    text_direction,
    translate,
)
from educore_web.admin.ui.naming import RowNames
from educore_web.admin.ui.problems import field_label
from educore_web.admin.ui.question import select_options, weekday_options
from educore_web.admin.views import ScreenView


def word_for(section: str, name: str) -> str:
    """Return the translation `<section>.<name>`, the name itself as words where nothing is translated."""
    return find_translation(f"{section}.{name}") or humanize(name)


def add_globals(environment: Environment, frame: Frame, names: RowNames) -> None:
    """Give every template the translations, the formats, the current user and the menu."""

    def view_for(kind: type[Any]) -> ScreenView | None:
        view = frame.find_view(kind)
        return view if view is not None and view.permits("read") else None

    def view_named(name: str) -> ScreenView | None:
        kind = frame.school.domain.kinds.get(name)
        return view_for(kind) if kind is not None else None

    environment.filters["isolate"] = isolate
    environment.globals.update(
        translate=translate, find_translation=find_translation, field_label=field_label,
        current_language=current_language, text_direction=text_direction, center_languages=center_languages,
        current_user=current_user, csrf_token=session_token,
        menu_sections=partial(menu_sections, frame), menu_pages=partial(menu_pages, frame),
        view_for=view_for, view_named=view_named, row_links=frame.row_links,
        format_enum=format_enum, format_number=format_number, format_date=format_date, format_day=format_day,
        format_month=format_month,
        format_time=format_time, format_weekday=format_weekday, format_instant=format_instant, timedelta=timedelta,
        select_options=select_options, weekday_options=weekday_options, word_for=word_for,
        name_of=names.name_of, full_name=names.full_name,
    )  # fmt: skip
