"""`/calendar/<token>.ics`: what calendar programs read, and that they are told when nothing has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar, Event
from pydantic import SecretStr

from educore import Actor, Educore, FixedClock, Unavailable, memory_ports, perform
from educore.adapters.sql import Database
from educore.courses import Course
from educore.groups import Group
from educore.people import Student
from educore.timetable import (
    Session,
    cancel_session,
    change_session,
    close_calendar,
    open_calendar,
    open_register,
    schedule_session,
)
from educore_web.public.calendars import CalendarPages
from educore_web.public.dispatcher import Dispatcher
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings
from support.cast import World

MONDAY = date(2024, 1, 1)
LONG = "Глаголы движения; идти, ехать, лететь 🚆\nи ещё сто: " + "слово, " * 60


@dataclass
class Reader:
    """A calendar program, and the school whose timetable it reads."""

    app: Any
    school: Educore
    clock: FixedClock
    token: str

    def send(self, method: str = "GET", token: str | None = None, **headers: str) -> httpx.Response:
        """Ask for the calendar of a token, the reader's own unless given."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://school.test") as client:
                sent = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, f"/calendar/{token or self.token}.ics", headers=sent)

        return asyncio.run(ask())

    def events(self) -> list[Event]:
        """What is in the calendar now."""
        return list(Calendar.from_ical(self.send().content).walk("VEVENT"))

    def event(self) -> Event:
        """The only thing in the calendar."""
        (event,) = self.events()
        return event


@pytest.fixture
def reader(open_database: Callable[..., Database], clock: FixedClock, world: World, tmp_path: Path) -> Reader:
    """Sardor's calendar program."""
    database = open_database("sqlite", filled=True)
    settings = Settings(database=database.url, secret=SecretStr("for the calendar only " * 2), files=tmp_path / "files")
    opened = open_platform(settings)
    school = Educore(database.store, memory_ports(clock))
    with school.work(world.sardor) as uow:
        token = open_calendar(uow)
    platform = replace(opened, database=database, school=school)
    opened.database.close()
    return Reader(Dispatcher(platform, {"/calendar": CalendarPages(school)}), school, clock, token)


def plan(reader: Reader, world: World, **fields: Any) -> Session:
    """A session of Sardor's group on a Monday at nine in Tashkent, which is four in UTC."""
    given = {"group_id": world.tashkent.morning.id, "date": MONDAY, "start_time": time(9), "end_time": time(10, 30)}
    with reader.school.work(world.dilshod) as uow:
        return schedule_session(uow, **{**given, **fields})


def change(reader: Reader, who: Actor, session: Session, **fields: Any) -> None:
    """Change it a minute later."""
    reader.clock.advance(minutes=1)
    with reader.school.work(who) as uow:
        change_session(uow, session, **fields)


def test_an_empty_timetable_is_a_calendar_too(reader: Reader, world: World) -> None:
    answer = reader.send()
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["version"], calendar["x-wr-calname"]) == ("2.0", "Tashkent Academy")
    assert reader.events() == []


def test_a_session_is_shown_at_its_instants_in_utc(reader: Reader, world: World) -> None:
    session = plan(reader, world, room_id=world.tashkent.room.id, topic="Verbs")
    event = reader.event()
    assert (event["dtstart"].dt, event["dtend"].dt) == (
        datetime(2024, 1, 1, 4, tzinfo=UTC),
        datetime(2024, 1, 1, 5, 30, tzinfo=UTC),
    )
    assert b"DTSTART:20240101T040000Z" in reader.send().content
    assert (event["uid"], event["summary"]) == (f"session-{session.id}@educore", "Morning (English)")
    assert event["location"] == "101, Tashkent Centre, Amir Temur 1"
    assert event["description"] == "Verbs\nTimur"
    assert (event["status"], event["sequence"]) == ("CONFIRMED", 0)


def test_a_register_takes_the_whole_day(reader: Reader, world: World) -> None:
    with reader.school.work(world.timur) as uow:
        open_register(uow, group_id=world.tashkent.morning.id, date=MONDAY)
    event = reader.event()
    assert (event["dtstart"].dt, event["dtend"].dt) == (MONDAY, MONDAY + timedelta(days=1))
    assert b"DTSTART;VALUE=DATE:20240101" in reader.send().content


def test_what_is_cancelled_says_so(reader: Reader, world: World) -> None:
    session = plan(reader, world)
    reader.clock.advance(minutes=1)
    with reader.school.work(world.dilshod) as uow:
        cancel_session(uow, session)
    assert (reader.event()["status"], reader.event()["sequence"]) == ("CANCELLED", 60)


def test_each_change_has_a_higher_number(reader: Reader, world: World) -> None:
    session = plan(reader, world)
    numbers = [reader.event()["sequence"]]
    for hour in (11, 12, 13):
        change(reader, world.dilshod, session, start_time=time(hour), end_time=time(hour + 1))
        numbers.append(reader.event()["sequence"])
    assert numbers == sorted(set(numbers))
    assert reader.event()["dtstart"].dt.hour == 8
    assert reader.event()["last-modified"].dt == reader.clock.now()


def test_texts_survive_commas_lines_and_folding(reader: Reader, world: World) -> None:
    with reader.school.work(world.dilshod) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"name": "Ёжики; A1, B\\2 🦔"})
        perform(uow, Course, "update", world.tashkent.course.id, {"name": 'English "for", everybody:'})
    plan(reader, world, topic=LONG[:500].replace("\n", " "), notes="not shown")
    content = reader.send().content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert reader.event()["summary"] == 'Ёжики; A1, B\\2 🦔 (English "for", everybody:)'
    assert reader.event()["description"] == LONG[:500].replace("\n", " ").strip() + "\nTimur"
    assert "not shown" not in content.decode()


def test_no_text_brings_in_a_session_of_its_own(reader: Reader, world: World) -> None:
    forged = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:forged\r\nSUMMARY:A free day"
    with reader.school.work(world.dilshod) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"name": forged})
    plan(reader, world, topic=forged)
    assert len(reader.events()) == 1
    assert "UID:forged" in reader.event()["summary"], "it stands in the text, and only there"


def test_a_link_is_there_to_follow(reader: Reader, world: World) -> None:
    change(reader, world.dilshod, plan(reader, world), online_link="https://meet.example/a,b;c")
    assert reader.event()["url"] == "https://meet.example/a,b;c"


def test_only_near_days_are_shown(reader: Reader, world: World) -> None:
    near = [MONDAY - timedelta(days=60), MONDAY, MONDAY + timedelta(days=366)]
    far = [MONDAY - timedelta(days=61), MONDAY + timedelta(days=367)]
    with reader.school.work(world.dilshod) as uow:
        dates = {"start_date": far[0], "end_date": far[1]}
        perform(uow, Group, "update", world.tashkent.morning.id, dates)
    for day in (*near, *far):
        plan(reader, world, date=day)
    assert [event["dtstart"].dt.date() for event in reader.events()] == near


def test_what_has_not_changed_is_not_sent_again(reader: Reader, world: World) -> None:
    session = plan(reader, world)
    first = reader.send()
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        same = reader.send(if_none_match=known)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert reader.send(if_none_match='"other"').status_code == 200
    change(reader, world.dilshod, session, topic="Nouns")
    later = reader.send(if_none_match=tag)
    assert later.status_code == 200
    assert later.headers["etag"] != tag


def test_the_same_timetable_has_the_same_tag_at_any_time(reader: Reader, world: World) -> None:
    plan(reader, world)
    tag = reader.send().headers["etag"]
    reader.clock.advance(hours=5)
    assert reader.send().headers["etag"] == tag


def test_asking_for_the_headers_gives_the_headers(reader: Reader, world: World) -> None:
    plan(reader, world)
    whole, head = reader.send(), reader.send("HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert whole.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_calendar_is_only_read(reader: Reader, method: str) -> None:
    assert reader.send(method).status_code == 405


@pytest.mark.parametrize("token", ["x", "..", "a/b", "%00", "%F0%9F%A6%94", "x" * 5000])
def test_a_token_nobody_was_given_is_not_found(reader: Reader, token: str) -> None:
    answer = reader.send(token=token)
    assert answer.status_code == 404
    assert token not in answer.text or token == "x"


def test_a_feed_that_is_closed_or_replaced_is_not_found(reader: Reader, world: World) -> None:
    with reader.school.work(world.sardor) as uow:
        newer = open_calendar(uow)
    assert (reader.send().status_code, reader.send(token=newer).status_code) == (404, 200)
    with reader.school.work(world.sardor) as uow:
        close_calendar(uow)
    assert reader.send(token=newer).status_code == 404


def test_who_is_blocked_is_not_found_from_that_moment(reader: Reader, world: World) -> None:
    assert reader.send().status_code == 200
    with reader.school.work(world.dilshod) as uow:
        perform(uow, Student, "block", world.sardor.student_id)
    assert reader.send().status_code == 404


def test_a_database_that_is_away_is_said_to_be(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**options: Any) -> None:
        raise Unavailable

    monkeypatch.setattr(reader.school.store, "begin", away)
    answer = reader.send()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
