"""What the commands say and how they end."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from educore import EDUCATION, Educore, memory_ports
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.sql import Database
from educore.people import sign_in
from educore_web.app import APIS, routes
from educore_web.reports.generated_pages import render_permissions

SECRET = "a secret for tests that nobody else has"


class TestServe:
    def test_without_a_secret_it_says_how_to_make_one(self, educore):
        refused = educore("serve")
        assert refused.exit_code == 2
        assert "EDUCORE_SECRET is not set" in refused.output
        assert "secrets.token_hex(32)" in refused.output

    def test_a_short_secret_is_refused_and_not_repeated(self, educore, monkeypatch):
        monkeypatch.setenv("EDUCORE_SECRET", "too-short")
        refused = educore("serve")
        assert refused.exit_code == 2
        assert refused.output == "Error: EDUCORE_SECRET must have at least 32 characters\n"

    def test_an_unknown_api_is_refused_with_the_names_there_are(self, educore):
        refused = educore("serve", "--api", "nothing")
        assert refused.exit_code == 2
        assert all(name in refused.output for name in APIS)

    def test_a_port_in_use_is_refused(self, educore):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            refused = educore("serve", "--demo", "--port", str(taken.getsockname()[1]))
        assert refused.exit_code == 2
        assert "Address already in use" in refused.output
        assert "--port" in refused.output

    def test_an_unknown_host_is_refused(self, educore):
        refused = educore("serve", "--demo", "--host", "300.1.1.1")
        assert refused.exit_code == 2
        assert "Cannot listen on 300.1.1.1" in refused.output

    def test_a_database_in_memory_is_refused(self, educore):
        refused = educore("serve", "--demo", "--database", "sqlite://")
        assert refused.exit_code == 2
        assert "name a file" in refused.output

    def test_a_database_that_is_away_is_one_line(self, educore, monkeypatch):
        monkeypatch.setenv("EDUCORE_SECRET", SECRET)
        url = "postgresql://somebody:hidden-word@127.0.0.1:1/school"
        refused = educore("serve", "--port", "0", "--database", url)
        assert refused.exit_code == 2
        assert refused.output.startswith("Error: The database does not answer: ")
        assert refused.output.count("\n") == 1
        assert "hidden-word" not in refused.output

    @pytest.mark.parametrize("url", ["mysql://root:hidden-word@localhost/school", "postgresql://[::1", "school.db"])
    def test_a_url_of_no_database_is_one_line(self, educore, url):
        refused = educore("serve", "--database", url)
        assert refused.exit_code == 2
        assert refused.output.startswith("Error: EDUCORE_DATABASE (--database) ")
        assert refused.output.count("\n") == 1
        assert "hidden-word" not in refused.output

    def test_settings_that_make_no_sense_are_all_named(self, educore, monkeypatch):
        monkeypatch.setenv("EDUCORE_PORT", "many")
        monkeypatch.setenv("EDUCORE_POOL_SIZE", "0")
        refused = educore("serve")
        assert refused.exit_code == 2
        assert "EDUCORE_PORT (--port) should be a valid integer" in refused.output
        assert "EDUCORE_POOL_SIZE should be greater than or equal to 1" in refused.output
        assert "PUBLIC_URL" not in refused.output


class TestDatabase:
    def test_check_ends_with_1_until_upgrade_has_run(self, educore):
        before = educore("db", "check")
        assert before.exit_code == 1
        assert "needs migration" in before.output
        assert "educore db upgrade" in before.output
        assert educore("db", "upgrade").exit_code == 0
        after = educore("db", "check")
        assert (after.exit_code, after.output) == (0, "sqlite:///educore.db is up to date.\n")

    def test_a_database_that_lacks_a_table_is_one_line(self, educore, empty_folder, monkeypatch):
        monkeypatch.setenv("EDUCORE_SECRET", SECRET)
        assert educore("audit", "verify").exit_code == 0
        with closing(sqlite3.connect(empty_folder / "educore.db")) as connection:
            connection.execute("DROP TABLE audit_entry")
        refused = educore("audit", "verify")
        assert refused.exit_code == 2
        assert refused.output.startswith("Error: The database lacks a table or a column (no such table: ")
        assert "Run `educore db upgrade`" in refused.output
        assert refused.output.count("\n") == 1

    def test_check_ends_with_1_when_the_database_is_away(self, educore):
        away = educore("db", "check", "--database", "postgresql://somebody:hidden-word@127.0.0.1:1/school")
        assert away.exit_code == 1
        assert away.output.startswith(
            "Error: postgresql://somebody:***@127.0.0.1:1/school: The database does not answer: connection failed"
        )
        assert len(away.output.splitlines()) == 1

    def test_an_option_wins_over_the_environment(self, educore, empty_folder, monkeypatch):
        monkeypatch.setenv("EDUCORE_DATABASE", "sqlite:///from_environment.db")
        educore("db", "upgrade", "--database", "sqlite:///from_option.db")
        assert [path.name for path in empty_folder.glob("*.db")] == ["from_option.db"]
        educore("db", "upgrade")
        assert (empty_folder / "from_environment.db").exists()

    def test_a_folder_that_is_not_there_is_one_line(self, educore):
        refused = educore("db", "upgrade", "--database", "sqlite:///nowhere/school.db")
        assert refused.exit_code == 2
        assert refused.output == "Error: The database does not answer: unable to open database file\n"


class TestSuperadmin:
    @pytest.fixture(autouse=True)
    def secret(self, monkeypatch):
        """What the audit trail is sealed with."""
        monkeypatch.setenv("EDUCORE_SECRET", SECRET)

    def test_without_the_secret_nothing_is_written_that_could_not_be_sealed(self, educore, monkeypatch):
        monkeypatch.setenv("EDUCORE_SUPERADMIN_PASSWORD", "Strong-word-1")
        monkeypatch.delenv("EDUCORE_SECRET")
        refused = educore("create-superadmin", "--username", "boss")
        assert refused.exit_code == 2
        assert refused.output.startswith("Error: EDUCORE_SECRET is not set")
        monkeypatch.setenv("EDUCORE_AUDIT_KEY", SECRET)
        assert educore("create-superadmin", "--username", "boss").exit_code == 0
        assert educore("audit", "verify").exit_code == 0

    def test_the_account_can_sign_in(self, educore):
        made = educore("create-superadmin", given="Boss\nStrong-word-1\nStrong-word-1\n")
        assert made.exit_code == 0, made.output
        assert "boss may now sign in" in made.output
        assert "Strong-word-1" not in made.output

        database = Database("sqlite:///educore.db", EDUCATION)
        school = Educore(database.store, replace(memory_ports(), passwords=Argon2Passwords()))
        assert sign_in(school, username="boss", password="Strong-word-1").actor.role == "superadmin"
        database.close()

    def test_a_weak_password_is_refused(self, educore, monkeypatch):
        monkeypatch.setenv("EDUCORE_SUPERADMIN_PASSWORD", "only-letters")
        refused = educore("create-superadmin", "--username", "boss")
        assert refused.exit_code == 2
        assert refused.output == "Error: password: Use at least 8 characters with letters and digits.\n"

    def test_a_name_that_is_taken_is_refused(self, educore, monkeypatch):
        monkeypatch.setenv("EDUCORE_SUPERADMIN_PASSWORD", "Strong-word-1")
        assert educore("create-superadmin", "--username", "boss").exit_code == 0
        refused = educore("create-superadmin", "--username", "BOSS")
        assert refused.exit_code == 2
        assert refused.output.startswith("Error: username: ")

    def test_every_problem_is_named(self, educore, monkeypatch):
        monkeypatch.setenv("EDUCORE_SUPERADMIN_PASSWORD", "Strong-word-1")
        refused = educore("create-superadmin", "--username", "two words", "--phone", "12", "--email", "nobody")
        assert refused.exit_code == 2
        assert all(name in refused.output for name in ("username: ", "phone: ", "email: "))


class TestWhatThereIs:
    def test_routes_prints_a_line_per_operation(self, educore):
        printed = educore("routes")
        assert printed.exit_code == 0
        assert len(printed.output.splitlines()) == len(routes())
        assert "/center-crm/api/students/{id}/" in printed.output

    def test_permissions_prints_who_may_do_what(self, educore):
        printed = educore("permissions")
        assert printed.exit_code == 0
        assert "student: my student record, only parent_name, parent_phone" in printed.output
        assert "own center: rows where center_id = actor.center_id" in printed.output

    def test_permissions_as_markdown_is_the_page(self, educore):
        assert educore("permissions", "--markdown").output == render_permissions()

    def test_the_module_is_the_command(self):
        shown = subprocess.run(
            [sys.executable, "-m", "educore_web", "--version"], capture_output=True, text=True, check=True
        )
        assert shown.stdout.startswith("educore")
        assert "version" in shown.stdout
