"""Sheets that mark or grade a whole class: one line for each student."""

from __future__ import annotations

import re
from typing import Any

from educore.attendance import Attendance
from support.admin.town import World


def sheet_line(page: Any, id: int) -> str:
    """Return the part of a sheet about one student."""
    text: str = page.text
    return text.partition(f'data-line="{id}"')[2].partition("sheet-line")[0]


def chosen_marks(page: Any, id: int) -> list[str]:
    """Return the mark that the sheet has chosen for a student, if any."""
    return re.findall(rf'name="status-{id}" value="(\w+)" checked', page.text)


def stored_mark(world: World, session: int, student: int) -> str | None:
    """Return the mark that is stored for a student."""
    found = world.find(Attendance, session_id=session, student_id=student)
    return found[0].status.value if found else None
