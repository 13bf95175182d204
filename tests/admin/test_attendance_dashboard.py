"""How lessons are attended, on the first page: rates, shares, who misses most, and today's lessons."""

from __future__ import annotations

import re
from datetime import date, time

from sqlalchemy import event

from educore import perform
from educore.organization import Center
from educore.timetable import Session, cancel_session
from support.admin.browser import page_text
from support.admin.lessons import joined


def table(page, name: str) -> dict[str, str]:
    rows = page.text.partition(f'data-table="{name}"')[2].partition("</table>")[0]
    return dict(re.findall(r'<th scope="row">([^<]*)</th><td[^>]*>([^<]*)<', rows))


def lowest(page) -> str:
    return page.text.partition('data-table="lowest"')[2].partition("</table>")[0]


def held(world, group: int, day: date, **marks: str) -> int:
    """A lesson that took place, marked: `held(world, 1, day, s3="present")`."""
    with world.as_boss() as uow:
        plan = {"group_id": group, "date": day, "start_time": time(7), "end_time": time(8)}
        session = perform(uow, Session, "create", fields=plan)
        given = [{"student_id": int(id[1:]), "status": status} for id, status in marks.items()]
        if given:
            perform(uow, Session, "mark", session.id, {"marks": given})
    return session.id


def test_rates_are_those_of_the_last_eight_weeks(director, lessons, world):
    mine = lessons.kamola
    ali, zilola = f"s{mine.student}", f"s{lessons.second}"
    joined(world, date(2023, 11, 1), mine.student, lessons.second)
    held(world, mine.group, date(2023, 12, 20), **{ali: "present", zilola: "present"})
    held(world, mine.group, date(2023, 12, 22), **{ali: "absent", zilola: "present"})
    held(world, mine.group, date(2023, 11, 1), **{ali: "absent", zilola: "absent"})
    page = director.get("/")
    weeks = table(page, "attendance_per_week")
    assert len(weeks) == 8
    assert weeks["Dec 18"] == "75 %"
    assert weeks["Dec 11"] == "—"
    assert weeks["Jan 1"] == "0 %", "a late student is not present, as in the rates of the APIs"
    assert table(page, "attendance_by_group") == {"Registon group": "60 %", "Yashirin group": "0 %"}
    assert table(page, "attendance_by_status") == {"Present": "3", "Absent": "1", "Late": "2", "Excused": "0"}


def test_a_center_decides_whether_late_is_present_and_excused_counts(director, lessons, world):
    mine = lessons.kamola
    joined(world, date(2023, 12, 20), mine.student, lessons.second)
    held(world, mine.group, date(2023, 12, 20), **{f"s{mine.student}": "late", f"s{lessons.second}": "excused"})
    page = director.get("/")
    assert table(page, "attendance_per_week")["Dec 18"] == "0 %"
    assert table(page, "attendance_by_group") == {"Registon group": "0 %", "Yashirin group": "0 %"}
    assert "Zilola" in lowest(page)
    for late, excused, rate, is_listed in ((True, False, "50 %", True), (True, True, "100 %", False)):
        rules = {"late_is_present": late, "excused_leaves_sum": excused}
        with world.as_boss() as uow:
            perform(uow, Center, "update", world.registon.center, rules)
        page = director.get("/")
        assert table(page, "attendance_per_week")["Dec 18"] == rate
        assert table(page, "attendance_per_week")["Jan 1"] == "100 %"
        assert ("Zilola" in lowest(page), "Ali" in lowest(page)) == (is_listed, False)


def test_those_who_miss_most_are_listed_with_a_link_to_each(director, lessons, world):
    mine = lessons.kamola
    joined(world, date(2023, 12, 20), mine.student, lessons.second)
    held(world, mine.group, date(2023, 12, 20), **{f"s{mine.student}": "present", f"s{lessons.second}": "present"})
    listed = lowest(director.get("/"))
    assert re.findall(r'href="/admin/student/details/(\d+)">([^<]+)<', listed) == [
        (str(lessons.bobur.student), "Vali Yashirin"),
        (str(mine.student), "Ali Registon"),
    ]
    assert "Zilola" not in listed


def test_todays_lessons_lead_to_their_class_grids(director, lessons, world):
    later = held(world, lessons.kamola.group, date(2024, 1, 1))
    gone = held(world, lessons.bobur.group, date(2024, 1, 1))
    with world.as_boss() as uow:
        cancel_session(uow, uow.get(Session, gone))
    page = director.get("/")
    ids = [int(id) for id in re.findall(r'data-today="(\d+)" href="/admin/session/\1/marks"', page.text)]
    assert set(ids) == {later, lessons.kamola.session, lessons.bobur.session}
    assert "To mark" in page.text.partition(f'data-today="{later}"')[2].partition("</a>")[0]
    assert "Marked" in page.text.partition(f'data-today="{lessons.kamola.session}"')[2].partition("</a>")[0]


def test_marks_of_cancelled_lessons_and_other_centers_do_not_count(director, lessons):
    page = director.get("/")
    assert sum(map(int, table(page, "attendance_by_status").values())) == 2
    assert "Zukko" not in page.text


def test_a_center_without_lessons_has_no_broken_charts(director):
    page = director.get("/")
    assert "There are no lessons today." in page_text(page)
    assert "Nobody missed a lesson." in page_text(page)
    assert page.text.count("<canvas") == 3


def test_the_statements_do_not_grow_with_the_lessons(director, lessons, world):
    def statements() -> int:
        seen = []

        def see(connection, cursor, statement, *rest):
            seen.append(statement)

        event.listen(world.database.engine, "before_cursor_execute", see)
        assert director.get("/").status_code == 200
        event.remove(world.database.engine, "before_cursor_execute", see)
        return len(seen)

    joined(world, date(2023, 12, 1), lessons.second)
    few = statements()
    for day in range(1, 20):
        held(world, lessons.kamola.group, date(2023, 12, day), **{f"s{lessons.second}": "absent"})
    assert statements() == few <= 19
