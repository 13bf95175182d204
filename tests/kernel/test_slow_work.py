"""What takes long is done before a transaction opens: files are staged, passwords hashed; a watch sees who forgets."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from pydantic import TypeAdapter

import educore
from educore import Forbidden, Invalid, PlainPassword, Staging
from educore.kernel import hash_passwords
from educore.values import NewPassword, PasswordHash, is_new_password
from support import slow_work_guard as slow_work
from support.library_domain import DIRECTOR, STAFF, Book, Shelves
from support.slow_work_guard import ADAPTERS, SLOW, SlowWorkGuard, slow_calls

# -- files ---------------------------------------------------------------------------------------------


def kept(shelves: Shelves) -> list[bytes]:
    return list(shelves.ports.files.contents.values())


def test_a_staged_file_stays_with_the_row_that_names_it() -> None:
    shelves = Shelves()
    with Staging(shelves.ports.files) as staging:
        cover, other = (staging.store(text, folder="covers", name="1.png") for text in (b"one", b"two"))
        with shelves.work() as uow:
            book = uow.add(Book, {"library_id": 1, "title": "Hamsa", "cover": uow.keep_staged(cover)})
        assert kept(shelves) == [b"one", b"two"]
    assert kept(shelves) == [b"one"], "what nothing names is gone"
    assert shelves.ports.files.read(book.cover) == b"one"
    assert not other.is_kept


def test_a_staged_file_goes_when_its_unit_of_work_is_refused() -> None:
    shelves = Shelves()
    with pytest.raises(Invalid), Staging(shelves.ports.files) as staging:
        cover = staging.store(b"one", folder="covers", name="1.png")
        with shelves.work() as uow:
            uow.add(Book, {"library_id": 1, "title": "", "cover": uow.keep_staged(cover)})
    with pytest.raises(Forbidden), Staging(shelves.ports.files) as staging:
        cover = staging.store(b"two", folder="covers", name="1.png")
        with shelves.work(STAFF) as uow:
            uow.add(Book, {"library_id": 1, "title": "Hamsa", "cover": uow.keep_staged(cover)})
    assert kept(shelves) == []


def test_a_staged_file_that_cannot_be_deleted_changes_nothing_about_the_outcome(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves = Shelves()

    def fail(key: str) -> None:
        raise OSError("the disk is away")

    monkeypatch.setattr(shelves.ports.files, "delete", fail)
    with Staging(shelves.ports.files) as staging:
        staging.store(b"one", folder="covers", name="1.png")
        with shelves.work(DIRECTOR) as uow:
            uow.add(Book, {"library_id": 1, "title": "Hamsa"})
    assert "could not be deleted" in caplog.text


# -- passwords -----------------------------------------------------------------------------------------


def test_a_new_password_is_known_for_one_and_hashed_wherever_it_stands() -> None:
    chosen = TypeAdapter(NewPassword).validate_python("gullola2024")
    assert type(chosen) is PlainPassword
    passwords = Shelves().ports.passwords
    hashed = hash_passwords(passwords, {"name": "gullola2024", "account": {"password": chosen, "phone": None}})
    assert hashed["name"] == "gullola2024"
    assert type(hashed["account"]["password"]) is PasswordHash
    assert passwords.verify("gullola2024", hashed["account"]["password"])
    again = hash_passwords(passwords, hashed)
    assert again == hashed, "a hash is not hashed once more"


@pytest.mark.parametrize(
    ("declared", "is_one"), [(NewPassword, True), (NewPassword | None, True), (list[NewPassword], True), (str, False)]
)
def test_a_field_that_takes_a_new_password_is_told_by_its_declaration(declared: Any, is_one: bool) -> None:
    assert is_new_password(declared, getattr(declared, "__metadata__", ())) is is_one


# -- the watch -----------------------------------------------------------------------------------------


def edge(source: str, **names: Any) -> Any:
    """A function that stands in the web, as far as anybody can see."""
    room = {"__name__": "educore_web.made_up", **names}
    exec(f"def act():\n    return {source}", room)  # noqa: S102 - the module that a frame belongs to is a global
    return room["act"]


@pytest.mark.parametrize(("kind", "name"), slow_calls(), ids=str)
def test_the_watch_refuses_each_slow_call_inside_a_write_transaction(
    kind: type, name: str, slow_work: SlowWorkGuard
) -> None:
    adapter, shelves = object.__new__(kind), Shelves()
    act = edge(f"adapter.{name}()", adapter=adapter)
    with shelves.work(), pytest.raises(AssertionError, match="inside a write transaction"):
        act()
    assert slow_work.caught == [f"{kind.__name__}.{name} inside a write transaction, from educore_web.made_up.act"]
    slow_work.caught.clear()
    with shelves.work(read_only=True), pytest.raises((TypeError, AttributeError)):
        act()


def test_the_watch_refuses_to_parse_inside_a_write_transaction(slow_work: SlowWorkGuard) -> None:
    act = edge("read(b'a\\n1\\n', name='x.csv', most_rows=1)", read=educore.adapters.spreadsheets.read_table)
    with Shelves().work(), pytest.raises(AssertionError, match="inside a write transaction"):
        act()
    slow_work.caught.clear()
    assert act().columns == ["a"]


def test_the_watch_knows_every_adapter_there_is() -> None:
    found = set()
    for module in pkgutil.walk_packages(educore.__path__, "educore."):
        if ".migrations" not in module.name:
            there = importlib.import_module(module.name)
            found |= {
                there
                for kind in vars(there).values()
                if isinstance(kind, type) and kind.__module__ == there.__name__ and not getattr(kind, "_is_protocol", 0)
                if any(slow_work._is(kind, port) for port in SLOW)
            }
    stand_ins = {importlib.import_module("educore.imports.trial")}
    assert found - stand_ins <= set(ADAPTERS)
