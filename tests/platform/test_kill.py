"""The server is killed in the middle of many writes: what was acknowledged is there, and nothing is there by halves.

A commit waits for the disk (PostgreSQL as it is set up, SQLite with `synchronous = FULL` and a write-ahead log), so a
killed process loses nothing that was answered. The same holds when the power goes, as far as the disk keeps what it
says it has written.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPException
from typing import Any

import pytest

from educore import EDUCATION, Educore, FixedClock, everything, memory_ports
from educore.adapters.seals import KeyedSeal
from educore.adapters.sql import Database
from educore.assessment import Assignment, Exam
from educore.attendance import Attendance
from educore.audit import AuditEntry, FaultKind, list_chains, verify_trail
from educore.billing import LedgerEntry, Payment
from educore.identity import Membership, User
from educore.kernel.policy import PLATFORM
from educore.messaging import Job, Notification, Worker
from educore.people import Student
from educore.timetable import Session
from support.cast import PASSWORD
from support.real_server import SECRET, Connection, Server, create_cast_database, run_server

SEED = 20240101
CLIENTS, DEEDS = 5, 100
API = "/center-crm/api"
MOVING = {"sent", "updated_at", "is_cancelled"}
"""What is no part of the row that was answered, and what other deeds change in it afterwards."""

CYCLE = (
    "lesson mark lesson mark payments assignments rooms payments leads lesson cancel payments groups lesson mark "
    "students notifications exams rooms payments"
).split()


@dataclass
class Clerk:
    """One client: does its deeds one after the other on one line, and remembers every answer, until the line breaks."""

    number: int
    line: Connection
    group: int
    room: int
    done: list[tuple[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unanswered: tuple[str, str, dict[str, Any], str] | None = None

    def work(self, acknowledged: threading.Semaphore) -> None:
        """Do everything there is to do; `acknowledged` is told of each success."""
        for number in range(DEEDS):
            name = CYCLE[number % len(CYCLE)]
            path, body = getattr(self, name)(number)
            if not self.send(name, path, body, key=f"deed-{self.number}-{number}"):
                return
            acknowledged.release()

    def send(self, name: str, path: str, body: dict[str, Any], *, key: str) -> bool:
        """Send one deed, and say whether an answer came."""
        try:
            reply = self.line.send("POST", f"{API}{path}", body, headers={"idempotency-key": key})
        except (OSError, HTTPException):
            self.unanswered = (name, path, body, key)
            return False
        if reply.status in (200, 201):
            self.done.append((name, {**reply.json, "sent": body}))
        else:
            self.refused.append(f"{path} {reply.status} {reply.content.decode()}")
        return True

    def last_lesson(self) -> int:
        """The lesson planned last."""
        return int(next(answer["id"] for name, answer in reversed(self.done) if name == "lesson"))

    # -- deeds -----------------------------------------------------------------------------------------

    def lesson(self, number: int) -> tuple[str, dict[str, Any]]:
        """A lesson of the class, on a day of its own."""
        day = date(2024, 1, 2) + timedelta(days=self.number * DEEDS + number)
        return "/lessons/", {"group": 1, "date": str(day), "start_time": "09:00:00", "end_time": "10:30:00"}

    def mark(self, number: int) -> tuple[str, dict[str, Any]]:
        """The whole class at once."""
        marks = [{"student_id": id, "status": "Present", "notes": f"deed {number}"} for id in (1, 2)]
        return "/attendance/bulk-mark/", {"lesson_id": self.last_lesson(), "attendance_data": marks}

    def cancel(self, number: int) -> tuple[str, dict[str, Any]]:
        """A lesson that will not be."""
        return f"/lessons/{self.last_lesson()}/cancel/", {}

    def rooms(self, number: int) -> tuple[str, dict[str, Any]]:
        """Open a room or close it."""
        return f"/rooms/{self.room}/toggle-availability/", {}

    def groups(self, number: int) -> tuple[str, dict[str, Any]]:
        """A group."""
        dates = {"start_date": "2024-01-01", "end_date": "2027-01-01"}
        seats = {"educational_center": 1, "branch": 1, "subject": 1, "teacher": 1, "capacity": DEEDS}
        return "/groups/", {"name": f"Group {self.number}/{number}", **seats, **dates}

    def students(self, number: int) -> tuple[str, dict[str, Any]]:
        """A student with an account and a place."""
        user = {"username": f"student{self.number}x{number}", "password": PASSWORD, "first_name": f"No. {number}"}
        return "/students/", {"user": user, "branch": 1, "group": self.group, "parent_name": f"Parent {number}"}

    def assignments(self, number: int) -> tuple[str, dict[str, Any]]:
        """Homework."""
        return "/assignments/", {"group": 1, "title": f"Work {self.number}/{number}", "due_date": "2030-01-01"}

    def exams(self, number: int) -> tuple[str, dict[str, Any]]:
        """An exam."""
        hours = {"exam_date": "2030-01-01", "start_time": "09:00:00", "end_time": "11:00:00"}
        points = {"total_points": 100, "passing_score": 60}
        return "/exams/", {"group": 1, "title": f"Exam {self.number}/{number}", **hours, **points}

    def payments(self, number: int) -> tuple[str, dict[str, Any]]:
        """Money."""
        notes = f"deed {self.number}/{number}"
        return "/payments/", {"student": 1, "amount": 1000 + number, "payment_type": "Cash", "notes": notes}

    def leads(self, number: int) -> tuple[str, dict[str, Any]]:
        """Somebody who asked."""
        phone = f"+99890{self.number}{number:06}"
        return "/leads/", {"branch": 1, "name": f"Lead {self.number}/{number}", "phone": phone}

    def notifications(self, number: int) -> tuple[str, dict[str, Any]]:
        """A note to a student."""
        words = {"title": f"Note {self.number}/{number}", "message": "Come soon"}
        return "/notifications/", {"user": 7, "notification_type": "payment_reminder", **words}


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    """Where there is room for a database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'school.db'}"
    else:
        postgres = request.getfixturevalue("postgres")
        name = postgres.create()
        yield postgres.at(name)
        postgres.drop(name)


@pytest.mark.long
def test_a_killed_server_keeps_its_word(address: str, tmp_path: Any) -> None:
    database = Database(address, EDUCATION)
    token = create_cast_database(database, "dilshod")["dilshod"]
    with run_server(address, tmp_path) as server:
        clerks = _clerks(server, token)
        _work_until_killed(server, clerks, after=random.Random(SEED).randrange(100, 300))
    assert [said for clerk in clerks for said in clerk.refused] == []
    assert any(clerk.unanswered for clerk in clerks), "it was killed after all was done"
    with run_server(address, tmp_path) as server:
        for clerk in clerks:
            clerk.line = server.line(token)
            _ask_again(clerk)
        assert _forgotten(clerks, server.line(token)) == []
    assert _halves(_rows(database)) == []
    assert _untold(_rows(database)) == []
    assert _lost(_rows(database), clerks) == []
    assert _faults(database) == []
    assert _not_notified(database, clerks) == set()
    database.close()


def _clerks(server: Server, token: str) -> list[Clerk]:
    line, clerks = server.line(token), []
    longer = line.send("PATCH", f"{API}/groups/1/", {"end_date": "2027-01-01"})
    assert longer.status == 200, "the lessons would lie outside the dates of their group"
    for number in range(CLIENTS):
        clerk = Clerk(number, server.line(token), group=0, room=0)
        group = line.send("POST", f"{API}{clerk.groups(DEEDS)[0]}", clerk.groups(DEEDS)[1]).json
        room = line.send("POST", f"{API}/rooms/", {"branch": 1, "name": f"Room {number}", "capacity": 9}).json
        clerk.group, clerk.room = group["id"], room["id"]
        clerks.append(clerk)
    line.close()
    return clerks


def _work_until_killed(server: Server, clerks: list[Clerk], *, after: int) -> None:
    acknowledged = threading.Semaphore(0)
    threads = [threading.Thread(target=clerk.work, args=(acknowledged,), daemon=True) for clerk in clerks]
    for thread in threads:
        thread.start()
    for _ in range(after):
        assert acknowledged.acquire(timeout=60), [clerk.refused for clerk in clerks]
    server.kill()
    for thread in threads:
        thread.join(60)


def _ask_again(clerk: Clerk) -> None:
    """Send money that got no answer once more, with the same key: it is taken once, whether it had been or not."""
    if clerk.unanswered is not None and clerk.unanswered[0] == "payments":
        name, path, body, key = clerk.unanswered
        assert clerk.send(name, path, body, key=key)
        assert not clerk.refused


# -- what was acknowledged -----------------------------------------------------------------------------


def _forgotten(clerks: list[Clerk], line: Connection) -> list[str]:
    """Whatever was acknowledged and is not there, or not as it was answered."""
    answered = [(name, answer) for clerk in clerks for name, answer in clerk.done]
    paths = {"lesson": "/lessons/"} | {name: f"/{name}/" for name, _ in answered if name in LISTED}
    found = {name: _all(line, path) for name, path in paths.items()}
    marks = Counter(row["lesson"] for row in _all(line, "/attendance/").values())
    lost = [
        f"{name} {answer['id']}: {_differences(answer, found[name].get(answer['id'], {}))}"
        for name, answer in answered
        if name in found and _differences(answer, found[name].get(answer["id"], {}))
    ]
    lessons = [answer["sent"]["lesson_id"] for name, answer in answered if name == "mark"]
    lost += [f"marks of lesson {lesson}" for lesson in lessons if marks[lesson] != 2]
    return lost + [f"room {clerk.room}" for clerk in clerks if not _is_as_left(clerk, _all(line, "/rooms/"))]


LISTED = ("groups", "students", "assignments", "exams", "payments", "leads")


def _all(line: Connection, path: str) -> dict[int, Any]:
    """All rows of a list by id."""
    found, page = {}, 1
    while True:
        body = line.send("GET", f"{API}{path}?page_size=100&page={page}").json
        found |= {row["id"]: row for row in body["results"]}
        if body["next"] is None:
            return found
        page += 1


def _differences(answered: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (value, found.get(name))
        for name, value in answered.items()
        if name not in MOVING and found.get(name) != value
    }


def _is_as_left(clerk: Clerk, rooms: dict[int, Any]) -> bool:
    """Whether a room is open after an even number of turns; the one nobody answered may have come or not."""
    turns = sum(name == "rooms" for name, _ in clerk.done)
    in_doubt = clerk.unanswered is not None and clerk.unanswered[0] == "rooms"
    return in_doubt or rooms[clerk.room]["is_available"] is (turns % 2 == 0)


def _lost(rows: dict[str, list[Any]], clerks: list[Clerk]) -> list[str]:
    """What was acknowledged and no list shows: notes to others, and how many lessons are cancelled."""
    answered = [(name, answer) for clerk in clerks for name, answer in clerk.done]
    there = {row.id for row in rows["Notification"]}
    found = [
        f"note {answer['id']}" for name, answer in answered if name == "notifications" and answer["id"] not in there
    ]
    cancelled, told = sum(row.is_cancelled for row in rows["Session"]), sum(name == "cancel" for name, _ in answered)
    in_doubt = sum(clerk.unanswered is not None and clerk.unanswered[0] == "cancel" for clerk in clerks)
    return found + [f"{told} lessons, not {cancelled}"] * (not told <= cancelled <= told + in_doubt)


# -- what may not be there by halves -------------------------------------------------------------------


def _rows(database: Database) -> dict[str, list[Any]]:
    transaction = database.store.begin(read_only=True)
    teaching, money = (Session, Attendance, Assignment, Exam), (Payment, LedgerEntry)
    kinds = (User, Membership, Student, *teaching, *money, Job, Notification, AuditEntry)
    found = {kind.__name__: list(transaction.find(kind, everything)) for kind in kinds}
    transaction.rollback()
    return found


def _halves(rows: dict[str, list[Any]]) -> list[str]:
    """Whatever is there without what belongs to it."""
    members = {row.user_id for row in rows["Membership"]}
    marks = Counter(row.session_id for row in rows["Attendance"])
    ledger = Counter[int]()
    for entry in rows["LedgerEntry"]:
        ledger[entry.payment_id] += entry.amount
    notes = Counter(row.notes for row in rows["Payment"])
    found = [f"user {row.username} is no member" for row in rows["User"] if row.id not in members]
    found += [f"student {row.id} is no member" for row in rows["Student"] if row.user_id not in members]
    found += [f"session {id} has {count} marks" for id, count in marks.items() if count != 2]
    found += [f"payment {row.id} is not booked" for row in rows["Payment"] if ledger[row.id] != row.amount]
    return found + [f"payment {text} was taken {count} times" for text, count in notes.items() if count > 1]


def _faults(database: Database) -> list[str]:
    """What is wrong with the audit trail: gaps, altered entries, and entries that name nobody."""
    founded, served_by = memory_ports(), KeyedSeal.from_secret(SECRET)
    ports = replace(founded, seal=served_by)  # the town was founded under another key than the server goes on with
    with Educore(database.store, ports).work(PLATFORM, read_only=True) as uow:
        proofs = [verify_trail(uow, chain=chain, old_seals=[founded.seal]) for chain in list_chains(uow)]
    found = [str(proof.fault) for proof in proofs if proof.fault and proof.fault.kind is not FaultKind.OLD_END]
    entries = [entry for entry in _rows(database)["AuditEntry"] if entry.center_id and entry.row_id]
    assert entries
    return found + [f"{entry.kind} {entry.row_id} by nobody" for entry in entries if entry.actor_role == "anonymous"]


def _untold(rows: dict[str, list[Any]]) -> list[str]:
    """Cancelled lessons, work and exams that nobody will be told of, or that are told of without being there."""
    planned = {("SessionCancelled", row.id) for row in rows["Session"] if row.is_cancelled}
    planned |= {("AssignmentGiven", row.id) for row in rows["Assignment"]} | {
        ("ExamPlanned", row.id) for row in rows["Exam"]
    }
    told = {(job.name, id) for job in rows["Job"] if job.name in dict(planned) for id in json.loads(job.payload)["ids"]}
    return [f"{name} of {id}" for name, id in planned ^ told]


def _not_notified(database: Database, clerks: list[Clerk]) -> set[str]:
    """The acknowledged work and exams that a worker does not tell the class of."""
    later = FixedClock(datetime.now(UTC) + timedelta(hours=1))  # when what the dead worker had taken is given up
    worker = Worker(Educore(database.store, memory_ports(later)))
    while worker.run_once():
        pass
    told = {note.key for note in _rows(database)["Notification"]}
    words = {"assignments": "assignment", "exams": "exam"}
    given = {f"{words[name]}:{answer['id']}" for clerk in clerks for name, answer in clerk.done if name in words}
    assert given
    return given - told
