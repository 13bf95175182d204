"""The menu: the screens by section, and the pages that are no screens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from educore import Entity
from educore.admissions import Lead
from educore.assessment import Attempt
from educore.billing import Payment
from educore_web.admin.frame import Frame
from educore_web.admin.views import ScreenView


@dataclass(frozen=True)
class MenuPage:
    """A page of the menu that is no screen, for users who may do `verb` with some rows of `kind`."""

    section: str
    name: str
    icon: str
    kind: type[Entity]
    verb: str


MENU_PAGES = (
    MenuPage("teaching", "waiting", "ti ti-hourglass", Attempt, "grade"),
    MenuPage("money", "money", "ti ti-chart-bar", Payment, "summarize"),
    MenuPage("admissions", "board", "ti ti-layout-kanban", Lead, "read"),
    MenuPage("admissions", "funnel", "ti ti-filter", Lead, "read"),
)


def menu_sections(frame: Frame) -> dict[str, list[ScreenView]]:
    """Return the screens that the user may read, by section, both in the order of the declarations."""
    sections: dict[str, list[ScreenView]] = defaultdict(list)
    for view in frame.views:
        if view.permits("read"):
            sections[view.screen.section].append(view)
    return sections


def menu_pages(frame: Frame, section: str) -> list[MenuPage]:
    """Return the other pages of a section that the user may open."""
    return [page for page in MENU_PAGES if page.section == section and _may_open(frame, page)]


def _may_open(frame: Frame, page: MenuPage) -> bool:
    view = frame.find_view(page.kind)
    return view is not None and view.permits(page.verb)
