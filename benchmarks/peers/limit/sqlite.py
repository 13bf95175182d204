"""Statements with sqlite3, without threads: a statement takes less time than a change of thread."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import make_url

from benchmarks.peers.limit import answers
from benchmarks.peers.limit.answers import ZONE, Refused

SIGN_IN, PAGE, ONE, COUNT = (
    text.format("?1", "?2", "?3") for text in (answers.SIGN_IN, answers.PAGE, answers.ONE, answers.COUNT)
)
LESSON = "SELECT group_id, date, is_cancelled FROM session WHERE id = ? AND center_id = ?"
MEMBERS = """SELECT DISTINCT student_id FROM enrollment
    WHERE group_id = ?1 AND enrolled_on <= ?2 AND (left_on IS NULL OR left_on >= ?2)"""
PRESENT = "SELECT student_id, status, notes, id FROM attendance WHERE session_id = ?"
INSERT = """INSERT INTO attendance (center_id, session_id, student_id, status, notes, marker_id, marked_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
KEEP = """INSERT INTO attendance_correction (center_id, session_id, corrected_by_id, corrected_at, student_id,
    status_before, notes_before, status_after, notes_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
CORRECT = "UPDATE attendance SET status = ?, notes = ?, marker_id = ?, marked_at = ? WHERE id = ?"


class Store:
    """The statements."""

    def __init__(self, address: str) -> None:
        self.file = make_url(address).database or ""
        self.connection: Any = None

    async def open(self) -> None:
        """Connect, with the same durability as the other programs."""
        self.connection = sqlite3.connect(self.file, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000"):
            self.connection.execute(f"PRAGMA {pragma}")

    async def signed_in(self, id: int, key_digest: str) -> Any:
        """Return the caller. Raises: Refused."""
        row = self.connection.execute(SIGN_IN, (id, key_digest)).fetchone()
        if row is None or row[5] <= datetime.now(UTC).isoformat(" ")[:26]:
            raise Refused(401, "You have been signed out; sign in again.")
        return row

    async def page(self, center: int, limit: int, offset: int) -> tuple[int, list[Any]]:
        """Return the number of students and a page of them."""
        ((count,),) = self.connection.execute(COUNT, (center,))
        rows = self.connection.execute(PAGE, (center, limit, offset))
        return count, [_student(row) for row in rows]

    async def one(self, center: int, id: int) -> Any:
        """Return a student. Raises: Refused."""
        row = self.connection.execute(ONE, (center, id)).fetchone()
        if row is None:
            raise Refused(404, "Not found")
        return _student(row)

    async def mark(self, center: int, who: Any, lesson_id: int, marks: dict[int, tuple[str, str]]) -> int:
        """Mark a class. Raises: Refused."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self._mark(center, who[6], lesson_id, marks)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return len(marks)

    def _mark(self, center: int, by: int, lesson_id: int, marks: dict[int, tuple[str, str]]) -> None:
        run, now = self.connection, datetime.now(UTC)
        lesson = run.execute(LESSON, (lesson_id, center)).fetchone()
        if lesson is None:
            raise Refused(404, "Not found")
        answers.require_markable(lesson[2], date.fromisoformat(lesson[1]), now.astimezone(ZONE).date())
        if not marks.keys() <= {row[0] for row in run.execute(MEMBERS, lesson[:2])}:
            raise Refused(400, "Somebody is not in this group.")
        present = {row[0]: row for row in run.execute(PRESENT, (lesson_id,))}
        at = now.isoformat(" ")[:26]
        new = [(center, lesson_id, id, *marks[id], by, at) for id in marks if id not in present]
        changed = [id for id in marks if id in present and marks[id] != present[id][1:3]]
        run.executemany(INSERT, new)
        run.executemany(KEEP, [(center, lesson_id, by, at, id, *present[id][1:3], *marks[id]) for id in changed])
        run.executemany(CORRECT, [(*marks[id], by, at, present[id][3]) for id in changed])


def _student(row: Any) -> dict[str, Any]:
    shown = answers.student(row)
    for name in ("created_at", "updated_at"):
        shown[name] = f"{shown[name][:10]}T{shown[name][11:19]}Z"
    return shown
