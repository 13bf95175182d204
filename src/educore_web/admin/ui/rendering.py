"""What the templates can say and ask."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jinja2 import Environment

from educore import Role
from educore.values import WEEKDAYS
from educore_web.admin.pages.extra_pages import MENU_PAGES, MenuPage
from educore_web.admin.security.current_user import visitor
from educore_web.admin.security.sign_in import token_of
from educore_web.admin.ui.cells import options, say_choice
from educore_web.admin.ui.language import (
    current_language,
    find_translation,
    format_date,
    format_day,
    format_instant,
    format_number,
    format_time,
    format_weekday,
    translate,
)
from educore_web.admin.ui.naming import full_name, name_of
from educore_web.admin.ui.problems import field_label
from educore_web.admin.views import UseCaseView
from educore_web.i18n import LANGUAGES

if TYPE_CHECKING:
    from educore_web.admin.site import Site


def add_words(environment: Environment, site: Site) -> None:
    """Give every template the words, the visitor and the menu."""

    def menu() -> dict[str, list[UseCaseView]]:
        sections: dict[str, list[UseCaseView]] = defaultdict(list)
        for view in site.views:
            if isinstance(view, UseCaseView) and view.permits("read"):
                sections[view.screen.section].append(view)
        return sections

    def menu_pages(section: str) -> list[MenuPage]:
        return [p for p in MENU_PAGES if p.section == section and site.view_for(p.kind).permits(p.verb)]

    def view_for(kind: type[Any]) -> UseCaseView | None:
        found = (v for v in site.views if isinstance(v, UseCaseView) and v.screen.kind is kind and v.permits("read"))
        return next(found, None)

    def view_for_name(name: str) -> UseCaseView | None:
        return view_for(site.school.domain.kinds[name])

    environment.globals.update(
        translate=translate,
        find_translation=find_translation,
        current_language=current_language,
        languages=LANGUAGES,
        visitor=visitor,
        token=token_of,
        menu=menu,
        view_for=view_for,
        field_label=field_label,
        say_choice=say_choice,
        format_number=format_number,
        say_role=say_role,
        options=options,
        name_of=name_of,
        full_name=full_name,
        weekdays=weekdays,
        format_date=format_date,
        format_day=format_day,
        format_time=format_time,
        format_weekday=format_weekday,
        format_instant=format_instant,
        view_for_name=view_for_name,
        address_of=site.link_for,
        timedelta=timedelta,
        menu_pages=menu_pages,
    )


def say_role(role: Role) -> str:
    """A role in words."""
    return say_choice(role)


def weekdays() -> list[tuple[str, str]]:
    """The days of the week, each with its name."""
    return [(day, format_weekday(number)) for number, day in enumerate(WEEKDAYS)]
