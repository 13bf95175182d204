"""Loads of signed-in users, slow servers and broken machines. Each returns the targets that were missed."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPException
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from benchmarks.attack.ground import Ground, Site, end, running
from benchmarks.attack.workbooks import BOMBS
from support.cast import PASSWORD
from support.real_server import SECRET, Connection, Reply
from support.stand_in_servers import keep_silent, run_stand_in, send_slowly

API = "/center-crm/api"
LOCKED = 4.0
"""Seconds for which a lock is held."""
IMPORT_SECONDS = 300
"""Seconds that an import of two thousand students may take, most of them for password hashes."""
DELAY = 0.5
"""Seconds by which an import may delay other writers."""
GRACE = 30.0
"""Seconds that a server may take to end."""


# -- signing in and locks ------------------------------------------------------------------------------


def sign_in_at_once(ground: Ground) -> list[str]:
    """Sign in one student a hundred times at once, always with the right password."""
    body = {"username": "sardor", "password": PASSWORD}

    def sign_in(number: int) -> int:
        return _status(lambda: ground.line().send("POST", f"{API}/auth/login/", body))

    with ThreadPoolExecutor(100) as pool:
        statuses = list(pool.map(sign_in, range(100)))
    odd = sorted({status for status in statuses if status not in (200, 429, 503)})
    return [f"sign-ins were answered {odd}"] if odd else []


def write_without_token(ground: Ground) -> list[str]:
    """Send twelve writes without a token while another connection holds the write lock."""
    with ThreadPoolExecutor(12) as pool, _write_lock(ground):
        post = [pool.submit(_status, lambda: ground.line().send("POST", f"{API}/rooms/", {})) for _ in range(12)]
        time.sleep(LOCKED)
    odd = sorted({one.result() for one in post} - {401})
    return [f"they were answered {odd}"] if odd else []


def lock_a_table(ground: Ground) -> list[str]:
    """Lock a table of PostgreSQL and send forty reads of it. Target: other lists are answered within 35 s."""
    engine = sa.create_engine(ground.url)
    answered = threading.Event()

    def ask_for_others() -> None:
        if _status(lambda: ground.line("dilshod").send("GET", f"{API}/students/")) == 200:
            answered.set()

    with engine.connect() as holder, ThreadPoolExecutor(41) as pool:
        holder.execute(sa.text("LOCK TABLE room IN ACCESS EXCLUSIVE MODE"))
        for _ in range(40):
            pool.submit(_status, lambda: ground.line("dilshod").send("GET", f"{API}/rooms/"))
        time.sleep(1)
        pool.submit(ask_for_others)
        is_in_time = answered.wait(35)
        holder.rollback()
    engine.dispose()
    return [] if is_in_time else ["another list was not answered while a table was locked"]


@contextmanager
def _write_lock(ground: Ground) -> Iterator[None]:
    if ground.site.kind == "sqlite":
        with closing(sqlite3.connect(_path(ground.url), isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield
            holder.execute("ROLLBACK")
        return
    engine = sa.create_engine(ground.url)
    with engine.connect() as holder:
        holder.execute(sa.text("LOCK TABLE room IN SHARE MODE"))
        yield
        holder.rollback()
    engine.dispose()


# -- imports -------------------------------------------------------------------------------------------


def upload(ground: Ground, name: str) -> list[str]:
    """Upload a workbook that is large when unpacked to the admin."""
    content = BOMBS[name]()
    site = f"http://127.0.0.1:{ground.port}"
    with httpx.Client(base_url=site, headers={"origin": site}, follow_redirects=True, timeout=60) as browser:
        found = browser.get("/admin/login")
        browser.post("/admin/login", data=_token(found) | {"username": "dilshod", "password": PASSWORD})
        token = _token(browser.get("/admin/session/list"))
        if not token:
            return ["the director could not sign in"]
        begin = time.monotonic()
        answer = browser.post("/admin/imports/students/check", data=token, files={"file": ("rows.xlsx", content)})
        seconds = time.monotonic() - begin
    bad = [f"it was answered {answer.status_code}"] if answer.status_code not in (200, 400, 413) else []
    return bad + ([f"it took {seconds:.0f} s"] if seconds > 5 else [])


def _token(page: httpx.Response) -> dict[str, str]:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    return {"csrf": unescape(found[1])} if found else {}


def import_beside_teachers(ground: Ground) -> list[str]:
    """Import 2,000 students with passwords while twelve teachers mark. Target: no mark takes more than 0.5 s."""
    table = ground.folder / "students.csv"
    branch = ground.line("dilshod").send("GET", f"{API}/branches/").json["results"][0]["name"]
    rows = (f"new{n},gullola2024,Yangi,Oquvchi,+99890{n:07},{branch}" for n in range(2_000))
    table.write_text("\n".join(["username,password,first_name,last_name,phone,branch", *rows]))
    command = [sys.executable, "-m", "educore_web", "import", "apply", "students", str(table), "--as", "dilshod"]
    environment = os.environ | {"EDUCORE_DATABASE": ground.url, "EDUCORE_SECRET": SECRET}
    teachers = [Teacher(ground.line("timur"), number) for number in range(12)]
    for teacher in teachers:
        teacher.plan()
    stop = threading.Event()
    threads = [threading.Thread(target=teacher.mark_until, args=(stop,)) for teacher in teachers]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as taking:
        for thread in threads:
            thread.start()
        try:
            said, _ = taking.communicate(timeout=IMPORT_SECONDS)
            complaints = [] if taking.returncode == 0 else [f"the import failed: {said.strip()[-200:]}"]
        except subprocess.TimeoutExpired:
            complaints = [f"the import was not done after {IMPORT_SECONDS} s"]
            taking.kill()
        stop.set()
        for thread in threads:
            thread.join(40)
    worst = max(teacher.worst for teacher in teachers)
    refused = [status for teacher in teachers for status in teacher.refused]
    complaints += [f"a teacher waited {worst:.1f} s"] if worst > DELAY else []
    return complaints + ([f"{len(refused)} marks were refused: {sorted(set(refused))}"] if refused else [])


@dataclass
class Teacher:
    """A teacher who marks a class in a loop."""

    line: Connection
    number: int
    worst: float = 0.0
    refused: list[int] = field(default_factory=list)
    lesson: int = 0

    def plan(self) -> None:
        """Plan a lesson that only this teacher marks."""
        day = datetime.now(UTC).date() + timedelta(days=1 - self.number)
        times = {"start_time": "06:00:00", "end_time": "07:00:00"}
        planned = self.line.send("POST", f"{API}/lessons/", {"group": 1, "date": str(day), **times})
        self.lesson = planned.json["id"]

    def mark_until(self, stop: threading.Event) -> None:
        """Mark until the event is set, a few times a second."""
        turn = 0
        while not stop.wait(0.2):
            turn += 1
            marks = [{"student_id": id, "status": "Present", "notes": f"turn {turn}"} for id in (1, 2)]
            body, begin = {"lesson_id": self.lesson, "attendance_data": marks}, time.monotonic()
            status = _status(lambda: self.line.send("POST", f"{API}/attendance/bulk-mark/", body))  # noqa: B023
            self.worst = max(self.worst, time.monotonic() - begin)
            if status not in (200, 201):
                self.refused.append(status)


# -- others' servers -----------------------------------------------------------------------------------


@contextmanager
def beside_dripping_mail(site: Site) -> Iterator[Ground]:
    """Run a server with a mail server that sends slowly and an SMS gateway that never answers."""
    with run_stand_in(lambda line: send_slowly(line, b"220-wait\r\n")) as mail, run_stand_in(keep_silent) as gateway:
        settings = {"smtp_url": f"smtp://127.0.0.1:{mail}", "sms_url": f"http://127.0.0.1:{gateway}/"}
        with running(site, **settings, mail_from="info@ziyo.example", sms_token="x", worker="true") as ground:  # noqa: S106
            yield ground


def write_to_those_who_hang(ground: Ground) -> list[str]:
    """Send SMS to a silent gateway. Target: notifications still arrive, and the server ends in time."""
    office, student = ground.line("aziza"), ground.line("sardor")
    numbers = [f"+99890{number:07}" for number in range(80)]
    office.send("POST", "/edumaster/api/messaging/send-sms/", {"phone_numbers": numbers, "message": "Salom"})
    time.sleep(3)
    before = student.send("GET", f"{API}/notifications/").json["count"]
    homework = {"group": 1, "title": "Read", "due_date": "2100-01-01"}
    asked = ground.line("timur").send("POST", f"{API}/assignments/", homework)
    until = time.monotonic() + 8
    while time.monotonic() < until and student.send("GET", f"{API}/notifications/").json["count"] == before:
        time.sleep(0.1)
    complaints = [] if time.monotonic() < until else [f"no note of the homework ({asked.status}) came within 8 s"]
    return complaints + ([] if end(ground, within=GRACE) else [f"it did not end within {GRACE:.0f} s"])


# -- dying ---------------------------------------------------------------------------------------------


@dataclass
class Payer:
    """A client that pays in a loop, with a key for each payment, and records the acknowledged payments."""

    ground: Ground
    number: int
    acknowledged: dict[str, int] = field(default_factory=dict)
    unanswered: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def pay_until_it_breaks(self, stop: threading.Event, turn: int) -> None:
        """Pay until the server fails or the event is set."""
        line, number = self.ground.line("malika"), 0
        while not stop.is_set():
            number += 1
            key = f"{self.number}-{turn}-{number}"
            body = {"student": 1, "amount": 1000, "payment_type": "Cash", "notes": key}
            try:
                self.remember(key, body, self.pay(line, key, body))
            except (OSError, HTTPException):
                self.unanswered.append((key, body))
                return

    def pay(self, line: Connection, key: str, body: dict[str, Any]) -> Reply:
        """Send one payment and return the answer."""
        return line.send("POST", f"{API}/payments/", body, headers={"idempotency-key": key})

    def remember(self, key: str, body: dict[str, Any], reply: Reply) -> None:
        """Record an acknowledged payment, or one to send again."""
        if reply.status in (200, 201):
            self.acknowledged[key] = reply.json["id"]
        else:
            self.unanswered.append((key, body))

    def send_again(self) -> None:
        """Send the payments without an answer again, with the same keys."""
        again, self.unanswered = self.unanswered, []
        line = self.ground.line("malika")
        for key, body in again:
            self.remember(key, body, self.pay(line, key, body))


def kill_while_they_pay(ground: Ground) -> list[str]:
    """Kill the server three times while clients pay. Target: no acknowledged payment is lost or stored twice."""
    payers = [Payer(ground, number) for number in range(4)]
    before = _payments(ground)
    for turn in range(3):
        _pay_for(ground, payers, turn, seconds=1.5, then=ground.server.kill)
        ground.start()
        for payer in payers:
            payer.send_again()
    return _compare(ground, payers, before)


@contextmanager
def on_a_small_disk(site: Site) -> Iterator[Ground]:
    """Run a server with its database on a small disk. Raises: Skipped if no disk can be mounted."""
    if os.geteuid() != 0:
        raise Skipped("only root can mount a small disk")
    disk = Path(tempfile.mkdtemp(dir=site.folder))
    mounted = _run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk))
    if mounted.returncode:
        raise Skipped(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        shutil.copyfile(_path(site.copy()), disk / "school.db")
        with running(site, url=f"sqlite:///{disk}/school.db") as ground:
            yield ground
    finally:
        _run("umount", "-l", str(disk))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - a command of ours


def pay_on_a_full_disk(ground: Ground) -> list[str]:
    """Fill the disk for a while. Target: payments are refused, none is lost, and later they succeed again."""
    payers, before = [Payer(ground, 0)], _payments(ground)
    _pay_for(ground, payers, 0, seconds=0.5)
    filler = Path(_path(ground.url)).parent / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    _pay_for(ground, payers, 1, seconds=1)
    health = ground.line().send("GET", "/health").json
    refused = len(payers[0].unanswered)
    filler.unlink()
    payers[0].send_again()
    complaints = [] if refused else ["no payment was refused on a full disk"]
    complaints += [] if health.get("disk") == "full" else [f"/health says {health}"]
    complaints += ["payments are still refused"] if payers[0].unanswered else []
    return complaints + _compare(ground, payers, before)


def _pay_for(
    ground: Ground, payers: list[Payer], turn: int, *, seconds: float, then: Callable[[], None] = lambda: None
) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=payer.pay_until_it_breaks, args=(stop, turn)) for payer in payers]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    then()
    stop.set()
    for thread in threads:
        thread.join(40)


def _compare(ground: Ground, payers: list[Payer], before: set[int]) -> list[str]:
    acknowledged = {id for payer in payers for id in payer.acknowledged.values()}
    there = _payments(ground) - before
    complaints = [] if acknowledged else ["nothing was paid"]
    complaints += [f"{len(lost)} payments are lost"] if (lost := acknowledged - there) else []
    return complaints + ([f"{len(more)} payments are there twice"] if (more := there - acknowledged) else [])


def _payments(ground: Ground) -> set[int]:
    engine = sa.create_engine(ground.url)
    with engine.connect() as connection:
        found = set(connection.execute(sa.text("SELECT id FROM payment")).scalars())
    engine.dispose()
    return found


class Skipped(Exception):
    """Raised if an attack is impossible on this machine."""


def _status(ask: Callable[[], Reply]) -> int:
    try:
        return ask().status
    except (OSError, HTTPException):
        return 0


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")
