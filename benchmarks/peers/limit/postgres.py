"""Statements with asyncpg: one connection for each request, prepared statements cached by the driver."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg

from benchmarks.peers.limit import answers
from benchmarks.peers.limit.answers import ZONE, Refused

SIGN_IN, PAGE, ONE, COUNT = (
    text.format("$1", "$2", "$3") for text in (answers.SIGN_IN, answers.PAGE, answers.ONE, answers.COUNT)
)
LESSON = "SELECT group_id, date, is_cancelled FROM session WHERE id = $1 AND center_id = $2 FOR NO KEY UPDATE"
MEMBERS = """SELECT count(DISTINCT student_id) FROM enrollment
    WHERE group_id = $1 AND student_id = ANY($2::bigint[]) AND enrolled_on <= $3
        AND (left_on IS NULL OR left_on >= $3)"""
PRESENT = "SELECT student_id, status, notes, id FROM attendance WHERE session_id = $1"
INSERT = """INSERT INTO attendance (center_id, session_id, marker_id, marked_at, student_id, status, notes)
    SELECT $1, $2, $3, $4, * FROM unnest($5::bigint[], $6::text[], $7::text[])"""
KEEP = """INSERT INTO attendance_correction (center_id, session_id, corrected_by_id, corrected_at, student_id,
        status_before, notes_before, status_after, notes_after)
    SELECT $1, $2, $3, $4, * FROM unnest($5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])"""
CORRECT = """UPDATE attendance a SET status = n.status, notes = n.notes, marker_id = $1, marked_at = $2
    FROM unnest($3::bigint[], $4::text[], $5::text[]) AS n(id, status, notes) WHERE a.id = n.id"""


class Store:
    """The statements."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pool: Any = None

    async def open(self) -> None:
        """Connect."""
        self.pool = await asyncpg.create_pool(self.address, min_size=10, max_size=10)

    async def signed_in(self, id: int, key_digest: str) -> Any:
        """Return the caller. Raises: Refused."""
        row = await self.pool.fetchrow(SIGN_IN, id, key_digest)
        if row is None or row["expires_at"] <= datetime.now(UTC):
            raise Refused(401, "You have been signed out; sign in again.")
        return row

    async def page(self, center: int, limit: int, offset: int) -> tuple[int, list[Any]]:
        """Return the number of students and a page of them."""
        async with self.pool.acquire() as connection:
            count = await connection.fetchval(COUNT, center)
            rows = await connection.fetch(PAGE, center, limit, offset)
        return count, [answers.student(row) for row in rows]

    async def one(self, center: int, id: int) -> Any:
        """Return a student. Raises: Refused."""
        row = await self.pool.fetchrow(ONE, center, id)
        if row is None:
            raise Refused(404, "Not found")
        return answers.student(row)

    async def mark(self, center: int, who: Any, lesson_id: int, marks: dict[int, tuple[str, str]]) -> int:
        """Mark a class. Raises: Refused."""
        now, ids = datetime.now(UTC), list(marks)
        async with self.pool.acquire() as connection, connection.transaction():
            lesson = await connection.fetchrow(LESSON, lesson_id, center)
            if lesson is None:
                raise Refused(404, "Not found")
            answers.require_markable(lesson["is_cancelled"], lesson["date"], now.astimezone(ZONE).date())
            if await connection.fetchval(MEMBERS, lesson["group_id"], ids, lesson["date"]) != len(ids):
                raise Refused(400, "Somebody is not in this group.")
            present = {row[0]: row for row in await connection.fetch(PRESENT, lesson_id)}
            new = [id for id in ids if id not in present]
            changed = [id for id in ids if id in present and marks[id] != present[id][1:3]]
            by = (center, lesson_id, who["user_id"], now)
            if new:
                await connection.execute(INSERT, *by, new, *_columns(marks, new))
            if changed:
                before = [present[id][1] for id in changed], [present[id][2] for id in changed]
                await connection.execute(KEEP, *by, changed, *before, *_columns(marks, changed))
                rows = [present[id][3] for id in changed]
                await connection.execute(CORRECT, who["user_id"], now, rows, *_columns(marks, changed))
        return len(marks)


def _columns(marks: dict[int, tuple[str, str]], ids: list[int]) -> tuple[list[str], list[str]]:
    return [marks[id][0] for id in ids], [marks[id][1] for id in ids]
