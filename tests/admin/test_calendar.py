"""The calendar: a week as a grid, narrowed or not, with the way to plan and to subscribe."""

from __future__ import annotations

import re
from datetime import date, time
from html import unescape

import pytest
from sqlalchemy import event

from educore import perform, where
from educore.identity import CalendarFeed
from educore.timetable import Session, link_session, open_register
from educore_web.admin.ui.week import ROWS_PER_HOUR, lay_out
from support.admin.browser import page_text
from support.admin.lessons import TODAY

WEEK = "/timetable?week=2024-01-01"


def shown(page) -> set[int]:
    return {int(id) for id in re.findall(r'data-lesson="(\d+)"', page.text)}


def test_the_calendar_opens_at_this_week_and_leads_to_its_neighbours(director, lessons):
    page = director.get("/timetable")
    assert shown(page) == shown(director.get(WEEK)) != set()
    assert "Jan 1 – Jan 7, 2024" in page_text(page)
    assert shown(director.get("/timetable?week=2024-01-10")) == {lessons.kamola.coming, lessons.bobur.coming}
    links = dict(re.findall(r'href="/admin/timetable\?week=(\S+)"[^>]*rel="(prev|next)"', page.text))
    assert links == {"2023-12-25": "prev", "2024-01-08": "next"}


@pytest.mark.parametrize("week", ["never", "2024-13-01", "1066-10-14", "9999-12-31"])
def test_a_week_that_makes_no_sense_is_refused(director, week):
    assert director.get(f"/timetable?week={week}").status_code == 400


def test_each_lesson_leads_to_its_class_grid_and_a_cancelled_one_is_struck_through(director, lessons, world):
    page = director.get(WEEK)
    assert f'href="/admin/session/{lessons.kamola.session}/marks"' in page.text
    gone = world.find(Session, group_id=lessons.kamola.group, is_cancelled=True)[0]
    block = page.text.partition(f'data-lesson="{gone.id}"')
    assert "is-cancelled" in block[0].rpartition("<a")[2]
    assert "Cancelled" in block[2].partition("</a>")[0]
    assert f'href="/admin/session/details/{gone.id}"' in page.text


def test_it_is_narrowed_by_teacher_group_room_and_branch_and_the_filters_stay(director, lessons, world):
    mine = {lessons.kamola.session, world.find(Session, group_id=lessons.kamola.group, is_cancelled=True)[0].id}
    for query in (
        f"teacher_id={world.registon.teacher}",
        f"group_id={lessons.kamola.group}",
        f"room_id={world.registon.room}",
    ):
        page = director.get(f"{WEEK}&{query}")
        assert shown(page) == mine, query
        assert f"week=2024-01-08&amp;{query}" in page.text
    assert len(shown(director.get(f"{WEEK}&branch_id={world.registon.branch}"))) == 4
    assert shown(director.get(f"{WEEK}&group_id=9999")) == set()
    assert len(shown(director.get(f"{WEEK}&group_id=x"))) == 4


def test_the_superadmin_chooses_a_center_first(as_, lessons, world):
    boss = as_("sayyora")
    assert "Choose a center" in page_text(boss.get(WEEK))
    assert shown(boss.get(WEEK)) == set()
    assert lessons.zukko.session in shown(boss.get(f"{WEEK}&center_id={world.zukko.center}"))


def test_a_click_on_an_empty_hour_opens_the_form_with_day_and_hours_filled_in(director, lessons):
    page = director.get(f"{WEEK}&group_id={lessons.kamola.group}")
    path = next(
        path for path in re.findall(r'href="/admin(/session/create[^"]+)"', page.text) if "start_time=14%3A00" in path
    )
    form = director.get(unescape(path)).text
    for text in ('value="2024-01-01"', 'value="14:00"', 'value="15:00"', f'value="{lessons.kamola.group}" selected'):
        assert text in form


def test_who_may_not_plan_gets_no_way_to(as_, lessons):
    page = as_("aziz").get(WEEK)
    assert shown(page)
    assert "/session/create" not in page.text
    assert "/series/create" not in page.text


def test_a_session_without_times_stands_on_top_and_an_online_lesson_shows_it(director, lessons, world):
    with world.as_boss() as uow:
        register = open_register(uow, group_id=lessons.kamola.group, date=date(2024, 1, 3))
        link_session(uow, uow.get(Session, lessons.kamola.session))
    page = director.get(WEEK)
    assert f'data-lesson="{register.id}"' in page.text.partition('class="week-all-day"')[2].partition("</div>")[0]
    assert "ti-video" in page.text.partition(f'data-lesson="{lessons.kamola.session}"')[2].partition("</a>")[0]


def test_the_number_of_statements_does_not_grow_with_the_lessons(director, lessons, world):
    def statements() -> int:
        seen = []

        def see(connection, cursor, statement, *rest):
            seen.append(statement)

        event.listen(world.database.engine, "before_cursor_execute", see)
        assert director.get(WEEK).status_code == 200
        event.remove(world.database.engine, "before_cursor_execute", see)
        return len(seen)

    few = statements()
    with world.as_boss() as uow:
        for hour in range(12, 20):
            perform(
                uow,
                Session,
                "create",
                fields={
                    "group_id": lessons.kamola.group,
                    "date": TODAY,
                    "start_time": time(hour),
                    "end_time": time(hour, 45),
                },
            )
    assert statements() == few <= 6


def test_lessons_at_the_same_time_stand_side_by_side():
    def lesson(id, start, end):
        return {"id": id, "group_id": id, "date": TODAY, "start_time": start, "end_time": end}

    week = lay_out(TODAY, [lesson(1, time(9), time(11)), lesson(2, time(10), time(12)), lesson(3, time(11), time(12))])
    blocks = {block.lesson["id"]: block for block in week.days[0].blocks}
    assert [blocks[id].lane for id in (1, 2, 3)] == [1, 2, 1]
    assert {block.lanes for block in blocks.values()} == {2}
    assert blocks[1].first_row == ROWS_PER_HOUR + 1
    assert (week.hours.start, week.hours.stop) == (8, 20)
    early = lay_out(TODAY, [lesson(1, time(6, 30), time(6, 35)), lesson(2, time(23), time(23, 59))])
    assert (early.hours.start, early.hours.stop) == (6, 24)
    assert all(block.last_row <= early.rows + 1 for block in early.days[0].blocks)


def test_the_address_to_subscribe_is_told_once_and_can_be_switched_off(director, lessons, world):
    page = director.post("/timetable/subscribe")
    address = re.search(r'value="(http://testserver/calendar/[\w-]+\.ics)"', page.text)
    assert address
    feed = world.find(CalendarFeed)[0]
    assert feed.revoked_at is None
    again = director.get("/timetable")
    assert ".ics" not in again.text
    assert "Switch the address off" in page_text(again)
    assert "no longer works" in page_text(director.post("/timetable/unsubscribe"))
    with world.as_boss() as uow:
        assert not uow.count(CalendarFeed, where(revoked_at__isnull=True))
    assert "Switch the address off" not in page_text(director.get("/timetable"))


def test_nobody_subscribes_from_another_site_or_without_a_token(director, world):
    assert director.post("/timetable/subscribe", token="wrong").status_code == 403
    assert director.post("/timetable/subscribe", headers={"origin": "http://evil"}).status_code == 403
    assert director.get("/timetable/subscribe").status_code == 405
    assert not world.find(CalendarFeed)


def test_who_belongs_to_no_center_is_not_offered_an_address(as_, lessons):
    boss = as_("sayyora")
    assert "subscribe" not in boss.get(WEEK).text.lower()
    assert boss.post("/timetable/subscribe").status_code == 403


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ar", ["التقويم", "الاثنين"]),
        ("fr", ["Calendrier", "lun"]),
        ("ru", ["Календарь", "Пн"]),
        ("uz", ["Taqvim", "Dush"]),
    ],
)
def test_the_calendar_speaks_the_language_of_the_visitor(director, lessons, code, words):
    page = page_text(director.get(f"{WEEK}&lang={code}"))
    for word in words:
        assert word.casefold() in page.casefold()
