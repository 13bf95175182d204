"""The real server, in a process of its own, on a port the system chose."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest

from educore_web.app import create_app
from educore_web.demo.schools import list_school_accounts
from educore_web.runtime.secret_file import ensure_secret, secret_path
from educore_web.settings import Settings
from support.small_demo import SMALL_CENTER

TESTS = Path(__file__).parents[1]
SECRET = "a secret for tests that nobody else has"
PATIENCE = 120


@dataclass
class Running:
    """A server and what it has printed; `returncode` once it has ended."""

    process: subprocess.Popen[str]
    log: Path

    @property
    def printed(self):
        return self.log.read_text()

    def address(self):
        """The address it prints when it is about to listen."""
        found = self.wait_for(lambda: re.search(r"^Admin +(\S+)/admin", self.printed, re.MULTILINE))
        return found[1]

    def get(self, path):
        """The body and status at a path, as soon as it answers."""

        def answer():
            try:
                with urllib.request.urlopen(self.address() + path, timeout=PATIENCE) as response:
                    return response.read().decode(), response.status
            except URLError:
                return None

        return self.wait_for(answer)

    def wait_for(self, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, self.printed
            if found := what():
                return found
            time.sleep(0.05)
        raise AssertionError(f"nothing came in {PATIENCE} seconds:\n{self.printed}")


@contextmanager
def running(*options: str, secret: str | None = SECRET, program: str = "educore_web") -> Iterator[Running]:
    """`educore serve`, stopped afterwards as an operator would stop it."""
    log = Path("server.log")
    environment = os.environ | ({"EDUCORE_SECRET": secret} if secret else {})
    environment["PYTHONPATH"] = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", program, "serve", "--port", "0", *options]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, text=True)
    server = Running(process, log)
    try:
        yield server
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_it_starts_answers_and_stops_cleanly():
    with running() as server:
        body, status = server.get("/health")
        assert (status, json.loads(body)["database"]) == (200, "ok")
        assert server.get("/center-crm/docs")[1] == 200
        assert "openapi" in json.loads(server.get("/center-crm/openapi.json")[0])
    assert server.process.returncode == 0
    assert "Traceback" not in server.printed
    assert SECRET not in server.printed


def test_one_api_alone_is_at_the_root():
    with running("--api", "center-crm") as server:
        assert server.get("/docs")[1] == 200
        assert f"{server.address()}/docs" in server.printed


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/madrasti/ws/notifications/1/", ["websocket.accept", "websocket.close"]),
        *((path, ["websocket.close"]) for path in ("/", "/health", "/center-crm/api/groups/", "/admin/", "/files/x")),
        *((path, ["websocket.close"]) for path in ("/ws/notifications/1/", "/madrasti/ws/", "/center-crm/ws/x/1/")),
    ],
)
def test_there_are_sockets_where_an_api_has_a_stream_and_nowhere_else(empty_folder, path, answers):
    app, told = create_app(Settings(database="sqlite:///x.db", secret=SECRET, worker=False)), []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        told.append(message["type"])

    asyncio.run(app({"type": "websocket", "path": path, "headers": [], "query_string": b""}, receive, send))
    app.platform.database.close()
    assert told == answers


def test_the_stream_of_an_api_that_is_served_alone_is_at_the_root(empty_folder):
    for api, path, answer in (
        ("madrasti", "/ws/notifications/1/", "websocket.accept"),
        ("madrasti", "/madrasti/ws/notifications/1/", "websocket.close"),
        ("edumaster", "/ws/notifications/1/", "websocket.close"),
    ):
        app, told = create_app(Settings(database="sqlite:///x.db", secret=SECRET, worker=False, api=api)), []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message, told=told):
            told.append(message["type"])

        asyncio.run(app({"type": "websocket", "path": path, "headers": [], "query_string": b""}, receive, send))
        app.platform.database.close()
        assert told[0] == answer, (api, path)


def test_several_workers_share_the_port():
    with running("--workers", "2") as server:
        assert server.get("/health")[1] == 200
    assert server.process.returncode == 0
    assert "Traceback" not in server.printed


def test_ctrl_c_ends_it_without_a_word():
    with running() as server:
        server.get("/health")
        server.process.send_signal(signal.SIGINT)
        server.process.wait(PATIENCE)
        assert server.process.returncode == 0
        assert "Aborted" not in server.printed


def test_the_demonstration_needs_no_secret_and_survives_a_restart(empty_folder):
    with running("--demo", secret=None, program="support.small_demo") as server:
        server.get("/health")
        assert re.search("^superadmin +SuperAdmin@123$", server.printed, re.MULTILINE)
        assert "Creating the demo centers and schools" in server.printed
        token = _sign_in(server)
    secret = (empty_folder / "educore.db.secret").read_text().strip()
    assert secret not in server.printed
    with running("--demo", secret=None, program="support.small_demo") as again:
        again.get("/health")
        assert "Creating the demo centers and schools" not in again.printed
        assert "director1" in again.printed
        assert re.search("^admin@madrasti.ma +Admin@123$", again.printed, re.MULTILINE)
        assert _register(again)["role"] == "STUDENT", "in the larger one of two schools"
        for email, password in list_school_accounts():
            user = _call_madrasti(again, "login", {"email": email, "password": password})["user"]
            assert (user["email"], user["role"]) == (email, email.partition("@")[0].rstrip("2").upper())
        request = urllib.request.Request(
            f"{again.address()}/center-crm/api/groups/", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            assert json.load(response)["count"] == SMALL_CENTER.groups


def _sign_in(server):
    request = urllib.request.Request(
        f"{server.address()}/center-crm/api/auth/login/",
        data=json.dumps({"username": "director1", "password": "Director@123"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)["token"]


def _register(server):
    person = {"email": "hiba@example.com", "first_name": "Hiba", "last_name": "Alaoui", "role": "STUDENT"}
    return _call_madrasti(server, "register", person | {"password": "Maarif2024x", "password_confirm": "Maarif2024x"})


def _call_madrasti(server, name, body):
    request = urllib.request.Request(
        f"{server.address()}/madrasti/api/users/{name}/",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


class TestTheSecretOfADemonstration:
    def test_is_made_once_and_only_its_owner_can_read_it(self, empty_folder):
        secret = ensure_secret("sqlite:///school.db")
        assert len(secret) == 64
        assert ensure_secret("sqlite:///school.db") == secret
        assert stat.S_IMODE((empty_folder / "school.db.secret").stat().st_mode) == 0o600
        assert [path.name for path in empty_folder.iterdir()] == ["school.db.secret"]

    def test_is_in_the_current_folder_for_a_database_elsewhere(self):
        assert secret_path("postgresql://somebody@db/school") == Path("educore-demo.secret")

    def test_is_the_first_one_made_when_two_start_together(self, empty_folder, monkeypatch):
        first = ensure_secret("sqlite:///school.db")
        read = Path.read_text
        missed = iter([FileNotFoundError()])

        def too_early(path, *about):
            if path.name == "school.db.secret":
                for error in missed:
                    raise error
            return read(path, *about)

        monkeypatch.setattr(Path, "read_text", too_early)
        assert ensure_secret("sqlite:///school.db") == first
