"""The fakes behave like what they stand for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from educore import FixedClock, NotFound, Ports, Unauthenticated, memory_ports
from support.library_domain import DIRECTOR, Book, Shelves


@pytest.fixture
def fakes(clock: FixedClock) -> Ports:
    return memory_ports(clock)


def test_a_fixed_clock_moves_only_when_told(clock: FixedClock) -> None:
    assert clock.now() == clock.now() == datetime(2024, 1, 1, 10, tzinfo=UTC)
    clock.advance(days=1, minutes=5)
    assert clock.now() == datetime(2024, 1, 2, 10, 5, tzinfo=UTC)


def test_plain_passwords_tell_right_from_wrong(fakes: Ports) -> None:
    hashed = fakes.passwords.hash("plov")
    assert fakes.passwords.verify("plov", hashed)
    assert not fakes.passwords.verify("Plov", hashed)
    assert not fakes.passwords.verify("plov", None)


def test_memory_tokens_expire_and_cannot_be_made_up(fakes: Ports, clock: FixedClock) -> None:
    token = fakes.tokens.sign({"sid": 1}, timedelta(minutes=5))
    assert fakes.tokens.read(token) == {"sid": 1}
    clock.advance(minutes=5)
    with pytest.raises(Unauthenticated) as refused:
        fakes.tokens.read(token)
    assert refused.value.code == "token_expired"
    with pytest.raises(Unauthenticated) as refused:
        fakes.tokens.read("token-99")
    assert refused.value.code == "token_invalid"


def test_memory_files_keep_read_and_forget(fakes: Ports) -> None:
    key = fakes.files.save(b"x", folder="logo", name="crest.png")
    assert fakes.files.read(key) == b"x"
    assert fakes.files.url(key) == f"memory://{key}"
    fakes.files.delete(key)
    fakes.files.delete(key)
    with pytest.raises(NotFound):
        fakes.files.read(key)


def test_a_new_memory_file_never_takes_the_place_of_another(fakes: Ports) -> None:
    first = fakes.files.save(b"1", folder="logo", name="crest.png")
    second = fakes.files.save(b"2", folder="logo", name="crest.png")
    fakes.files.delete(first)
    third = fakes.files.save(b"3", folder="logo", name="crest.png")
    assert (fakes.files.read(second), fakes.files.read(third)) == (b"2", b"3")


# -- the store -----------------------------------------------------------------------------------------


def test_a_reader_sees_the_last_committed_state() -> None:
    shelves = Shelves()
    with shelves.work() as writer:
        writer.add(Book, {"title": "Hamsa", "library_id": 1})
        with shelves.work(read_only=True) as reader:
            assert reader.count(Book) == 0
        assert writer.count(Book) == 1
    with shelves.work(read_only=True) as reader:
        assert reader.count(Book) == 1


def test_a_reader_goes_on_seeing_what_it_saw_at_first() -> None:
    shelves = Shelves()
    with shelves.work(read_only=True) as reader:
        shelves.book()
        assert reader.count(Book) == 0


def test_what_was_undone_leaves_no_trace() -> None:
    shelves = Shelves()
    with pytest.raises(ZeroDivisionError), shelves.work() as uow:
        uow.add(Book, {"title": "Hamsa", "library_id": 1})
        raise ZeroDivisionError
    with shelves.work() as uow:
        assert uow.count(Book) == 0


def test_a_reader_that_writes_is_a_mistake_of_the_programmer() -> None:
    shelves = Shelves()
    with pytest.raises(TypeError, match="read_only"), shelves.work(DIRECTOR, read_only=True) as uow:
        uow.add(Book, {"title": "Hamsa", "library_id": 1})
