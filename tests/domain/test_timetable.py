"""Sessions: no overlap missed and none invented, whatever the clock does; series; what may be changed when."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from educore import (
    EDUCATION,
    Conflict,
    Educore,
    EducoreError,
    FixedClock,
    Forbidden,
    Invalid,
    MemoryStore,
    NotFound,
    UnitOfWork,
    memory_ports,
    perform,
    where,
)
from educore.adapters.sql import Database
from educore.attendance import mark_class
from educore.groups import Group, GroupStatus, create_group
from educore.organization import Center, Room, close_branch, create_branch
from educore.timetable import (
    Series,
    Session,
    SessionCancelled,
    SessionMoved,
    cancel_session,
    change_session,
    link_session,
    open_register,
    reschedule_rest,
    schedule_series,
    schedule_session,
)
from support.cast import World
from support.refusals import expect_invalid, problem_codes
from support.statement_counts import record_statements

MONDAY = date(2024, 1, 15)
TUESDAY = date(2024, 1, 16)
NINE, HALF_PAST_TEN, NOON = time(9), time(10, 30), time(12)


def plan(school: Educore, world: World, **fields: Any) -> Session:
    """A session of the morning group on a Monday at nine, planned by the director."""
    given = {"group_id": world.tashkent.morning.id, "date": MONDAY, "start_time": NINE, "end_time": HALF_PAST_TEN}
    with school.work(world.dilshod) as uow:
        return schedule_session(uow, **{**given, **fields})


def weekly(school: Educore, world: World, **fields: Any) -> list[Session]:
    """The sessions of a weekly series of the morning group, on Mondays and Wednesdays."""
    given = {"group_id": world.tashkent.morning.id, "weekdays": "wed, mon", "first_date": MONDAY}
    given |= {"last_date": date(2024, 2, 4), "start_time": NINE, "end_time": HALF_PAST_TEN}
    with school.work(world.dilshod) as uow:
        series = schedule_series(uow, **{**given, **fields})
        return uow.find(Session, where(series_id=series.id), order=("date",))


# -- the rule, against an oracle that knows nothing of the code -----------------------------------------

ZONES = ("America/Los_Angeles", "America/St_Johns", "Europe/London", "Africa/Casablanca", "Asia/Tashkent", "Asia/Tokyo")
CHANGES = (date(2024, 3, 10), date(2024, 3, 31), date(2024, 10, 27), date(2024, 11, 3), date(2024, 6, 5))
"""Days on which some of these clocks are set forward or back, and an ordinary one."""

STEP = 15
DAY_STEPS = 24 * 60 // STEP


@dataclass(frozen=True)
class Wish:
    """A session somebody wants, in steps of a quarter of an hour; `cancels` also cancels an earlier one."""

    day: date
    start: int
    length: int
    group: int
    teacher: int | None
    room: int | None
    cancels: int | None

    @property
    def clock(self) -> tuple[time, time]:
        """Both times of the day."""
        return _clock(self.start), _clock(min(self.start + self.length, DAY_STEPS - 1))


def _clock(steps: int) -> time:
    return time(steps * STEP // 60, steps * STEP % 60)


wishes = st.builds(
    Wish,
    day=st.sampled_from(CHANGES).flatmap(lambda day: st.sampled_from([day, day + timedelta(days=1)])),
    start=st.integers(0, DAY_STEPS - 2) | st.integers(0, 14),
    length=st.integers(1, 12),
    group=st.integers(0, 1),
    teacher=st.none() | st.integers(0, 1),
    room=st.none() | st.integers(0, 1),
    cancels=st.none() | st.integers(0, 5),
)


def moments(zone: str, wish: Wish) -> set[datetime] | None:
    """Every quarter of an hour the session takes up, found by watching the clock on the wall; None if it skips one."""
    midnight = datetime.combine(wish.day, time(), UTC)
    watched = [midnight + timedelta(minutes=STEP * step) for step in range(-DAY_STEPS, 2 * DAY_STEPS)]
    shown = {moment: moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in watched}
    begins, ends = (
        next((m for m in watched if shown[m] == datetime.combine(wish.day, clock)), None) for clock in wish.clock
    )
    if begins is None or ends is None:
        return None
    return {moment for moment in watched if begins <= moment < ends}


class Oracle:
    """Remembers what was accepted, moment by moment; `sessions` says by id what each takes up, and if it still does."""

    def __init__(self, zone: str) -> None:
        self.zone, self.sessions = zone, dict[int, tuple[set[datetime], dict[str, int | None], bool]]()

    def accepts(self, wish: Wish, who: dict[str, int | None]) -> bool:
        """Whether the group, the teacher and the room are free at each moment."""
        wanted = moments(self.zone, wish)
        if wanted is None:
            return False
        return not any(
            wanted & moments and any(who[name] is not None and who[name] == other[name] for name in who)
            for moments, other in self._active()
        )

    def _active(self) -> list[tuple[set[datetime], dict[str, int | None]]]:
        return [(moments, who) for moments, who, active in self.sessions.values() if active]


def run_history(school: Educore, world: World, zone: str, history: list[Wish]) -> None:
    """Wish for session after session; the platform must accept exactly what the oracle does."""
    town, oracle = world.tashkent, Oracle(zone)
    teachers = (world.timur.teacher_id, world.tamara.teacher_id)
    with school.work(world.rustam) as uow:
        perform(uow, Center, "update", town.center.id, {"time_zone": zone})
        for group in (town.morning, town.evening):
            perform(uow, Group, "update", group.id, {"end_date": None})
        rooms = (town.room.id, uow.add(Room, {"branch_id": town.branch.id, "name": "102", "capacity": 9}).id)
    for wish in history:
        who = {
            "group_id": (town.morning.id, town.evening.id)[wish.group],
            "teacher_id": teachers[wish.group if wish.teacher is None else wish.teacher],
            "room_id": None if wish.room is None else rooms[wish.room],
        }
        expected = oracle.accepts(wish, who)
        start, end = wish.clock
        if not expected:
            with pytest.raises(Invalid), school.work(world.dilshod) as uow:
                schedule_session(uow, date=wish.day, start_time=start, end_time=end, **who)
            continue
        with school.work(world.dilshod) as uow:
            made = schedule_session(uow, date=wish.day, start_time=start, end_time=end, **who)
        oracle.sessions[made.id] = (moments(zone, wish) or set(), who, True)
        if wish.cancels is not None and wish.cancels < len(oracle.sessions):
            id = list(oracle.sessions)[wish.cancels]
            with school.work(world.dilshod) as uow:
                perform(uow, Session, "cancel", id)
            oracle.sessions[id] = (*oracle.sessions[id][:2], False)


def in_memory(cast: tuple[MemoryStore, World]) -> Educore:
    """A school of its own for one example."""
    store = MemoryStore(EDUCATION)
    store.committed = cast[0].committed
    for name, rows in cast[0].committed.items():
        store.ids[name] = itertools.count(max(rows, default=0) + 1)
    return Educore(store, memory_ports())


@settings(max_examples=150)
@given(zone=st.sampled_from(ZONES), history=st.lists(wishes, min_size=2, max_size=8))
@example(  # London sets its clock back: 01:30 comes twice, and the first is meant
    zone="Europe/London",
    history=[
        Wish(date(2024, 10, 27), 4, 2, 0, None, None, None),
        Wish(date(2024, 10, 27), 6, 6, 0, None, None, None),
        Wish(date(2024, 10, 27), 5, 6, 0, None, None, None),
    ],
)
def test_what_is_accepted_is_what_fits(
    cast_in_memory: tuple[MemoryStore, World], zone: str, history: list[Wish]
) -> None:
    run_history(in_memory(cast_in_memory), cast_in_memory[1], zone, history)


@pytest.mark.parametrize("zone", ZONES)
def test_the_databases_accept_the_same(filled_database: Database, world: World, zone: str) -> None:
    crowded = [
        Wish(day, start, 3, group, None, room, cancels)
        for day in CHANGES[:2]
        for start, group, room, cancels in (
            (4, 0, 0, None),
            (6, 1, 0, 0),
            (7, 0, 1, None),
            (9, 1, 1, 1),
            (9, 0, None, 2),
        )
    ]
    run_history(Educore(filled_database.store, memory_ports()), world, zone, crowded)


# -- one session ---------------------------------------------------------------------------------------


def test_a_session_knows_its_instants_and_its_length(school: Educore, world: World) -> None:
    session = plan(school, world)
    assert session.starts_at == datetime(2024, 1, 15, 4, tzinfo=UTC)
    assert (session.minutes, session.teacher_id) == (90, world.timur.teacher_id)


def test_touching_ends_are_fine(school: Educore, world: World) -> None:
    plan(school, world)
    assert plan(school, world, start_time=HALF_PAST_TEN, end_time=NOON).id


def test_a_refusal_names_the_session_in_the_way_and_what_it_takes(school: Educore, world: World) -> None:
    town = world.tashkent
    there = plan(school, world, room_id=town.room.id)
    with pytest.raises(Conflict) as refused:
        plan(school, world, group_id=town.evening.id, room_id=town.room.id, start_time=time(10))
    (problem,) = refused.value.fields["room_id"]
    assert refused.value.fields.keys() == {"room_id"}
    assert (problem.code, problem.params["session_id"], problem.params["group"]) == ("room_booked", there.id, "Morning")
    assert (problem.params["date"], problem.params["start_time"]) == ("2024-01-15", "09:00")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"end_time": NINE}, {"end_time": ["ends_before_start"]}),
        ({"end_time": time(8)}, {"end_time": ["ends_before_start"]}),
        ({"minutes": 60}, {"minutes": ["duration_mismatch"]}),
        ({"group_id": 999}, {"group_id": ["unknown_id"]}),
        ({"group_id": -1}, {"group_id": ["unknown_id"]}),
        ({"teacher_id": 999}, {"teacher_id": ["unknown_id"]}),
        ({"room_id": 999}, {"room_id": ["unknown_id"]}),
        ({"room_id": 2}, {"room_id": ["unknown_id"]}),  # Samarkand's
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    school_in_memory: Educore, world: World, wrong: dict[str, Any], said: dict[str, list[str]]
) -> None:
    with pytest.raises(Invalid) as refused:
        plan(school_in_memory, world, **wrong)
    assert problem_codes(refused.value) == said


def test_a_time_that_the_clock_skips_is_refused(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.rustam) as uow:
        perform(uow, Center, "update", world.tashkent.center.id, {"time_zone": "Europe/London"})
    with pytest.raises(Invalid) as refused:
        plan(school_in_memory, world, date=date(2024, 3, 31), start_time=time(1, 30), end_time=time(3))
    assert problem_codes(refused.value) == {"start_time": ["no_such_time"]}


def test_closed_branches_and_unavailable_rooms_take_no_sessions(school_in_memory: Educore, world: World) -> None:
    town = world.tashkent
    with school_in_memory.work(world.dilshod) as uow:
        far = uow.add(Room, {"branch_id": town.closed_branch.id, "name": "9", "capacity": 5})
        dark = uow.add(Room, {"branch_id": town.branch.id, "name": "8", "capacity": 5, "is_available": False})
    for room, code in ((far, "branch_closed"), (dark, "room_unavailable")):
        with pytest.raises(Invalid) as refused:
            plan(school_in_memory, world, room_id=room.id)
        assert problem_codes(refused.value) == {"room_id": [code]}


def test_a_group_that_is_over_is_not_planned_any_more(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"status": GroupStatus.COMPLETED})
    with pytest.raises(Conflict) as refused:
        plan(school_in_memory, world)
    assert problem_codes(refused.value) == {"group_id": ["group_not_active"]}


def test_a_substitute_moves_no_session_into_a_group_they_may_not_plan(school: Educore, world: World) -> None:
    town = world.tashkent
    evening = plan(school, world, group_id=town.evening.id, teacher_id=world.timur.teacher_id)
    own = plan(school, world, date=TUESDAY)
    with pytest.raises(Forbidden), school.work(world.timur) as uow:
        perform(uow, Session, "update", own.id, {"group_id": town.evening.id})
    with school.work(world.timur) as uow:
        perform(uow, Session, "update", own.id, {"topic": "Plov", "date": TUESDAY + timedelta(days=1)})
        perform(uow, Session, "update", evening.id, {"topic": "Samsa", "room_id": town.room.id})
    with school.work(world.dilshod) as uow:
        assert perform(uow, Session, "update", own.id, {"group_id": town.evening.id}).group_id == town.evening.id


def test_a_session_moves_into_no_group_of_a_closed_branch(school_in_memory: Educore, world: World) -> None:
    town, session = world.tashkent, plan(school_in_memory, world)
    with school_in_memory.work(world.dilshod) as uow:
        far = create_branch(uow, name="Far")
        group = create_group(uow, branch_id=far.id, course_id=town.course.id, name="Far")
        close_branch(uow, far)
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.dilshod) as uow:
        perform(uow, Session, "update", session.id, {"group_id": group.id})
    assert problem_codes(refused.value) == {"group_id": ["branch_closed"]}


def test_a_teacher_plans_their_own_groups_and_names_only_themself(school: Educore, world: World) -> None:
    town = world.tashkent
    given: dict[str, Any] = {"date": MONDAY, "start_time": NINE, "end_time": NOON}
    with school.work(world.timur) as uow:
        assert schedule_session(uow, group_id=town.morning.id, **given).teacher_id == world.timur.teacher_id
    with pytest.raises(Invalid) as other, school.work(world.timur) as uow:
        schedule_session(uow, group_id=town.morning.id, teacher_id=world.tamara.teacher_id, **given)
    assert problem_codes(other.value) == {"teacher_id": ["only_yourself"]}
    with pytest.raises(Invalid) as foreign, school.work(world.timur) as uow:
        schedule_session(uow, group_id=town.evening.id, **given)
    assert problem_codes(foreign.value) == {"group_id": ["unknown_id"]}


def test_a_teacher_who_stands_in_sees_the_session_and_its_group(school: Educore, world: World) -> None:
    session = plan(school, world, teacher_id=world.tamara.teacher_id)
    with school.work(world.tamara, read_only=True) as uow:
        assert uow.get(Session, session.id).id == session.id
        assert {group.id for group in uow.find(Group)} == {world.tashkent.morning.id, world.tashkent.evening.id}


def test_everybody_sees_their_own_timetable(school: Educore, world: World) -> None:
    session = plan(school, world)
    for name, sees in {"sardor": 1, "shirin": 0, "timur": 1, "tamara": 0, "aziza": 1, "davron": 0, "sobir": 0}.items():
        with school.work(world.everybody()[name], read_only=True) as uow:
            assert uow.count(Session, where(id=session.id)) == sees, name


# -- moving and cancelling -----------------------------------------------------------------------------


def test_moving_a_session_looks_for_a_free_slot(school: Educore, world: World, events: list[object]) -> None:
    plan(school, world)
    later = plan(school, world, start_time=HALF_PAST_TEN, end_time=NOON)
    with pytest.raises(Conflict), school.work(world.dilshod) as uow:
        change_session(uow, later, start_time=time(10))
    with school.work(world.dilshod) as uow:
        moved = change_session(uow, later, start_time=time(11))
    assert (moved.minutes, moved.starts_at) == (60, datetime(2024, 1, 15, 6, tzinfo=UTC))
    assert SessionMoved(world.tashkent.center.id, later.id) in events


def test_a_change_of_words_looks_for_nothing(school: Educore, world: World, events: list[object]) -> None:
    session = plan(school, world)
    events.clear()
    with school.work(world.dilshod) as uow:
        assert change_session(uow, session, topic="Verbs", notes="Bring books").topic == "Verbs"
    assert events == []


def test_cancelling_frees_the_slot_and_restoring_needs_it_free(
    school: Educore, world: World, events: list[object]
) -> None:
    session = plan(school, world)
    with school.work(world.dilshod) as uow:
        assert cancel_session(uow, session).is_cancelled
    with school.work(world.dilshod) as uow:
        assert cancel_session(uow, session).is_cancelled
    assert events.count(SessionCancelled(world.tashkent.center.id, session.id)) == 1
    other = plan(school, world, start_time=time(10), end_time=time(11))
    with pytest.raises(Conflict) as refused, school.work(world.dilshod) as uow:
        change_session(uow, session, is_cancelled=False)
    assert refused.value.fields["group_id"][0].params["session_id"] == other.id
    with school.work(world.dilshod) as uow:
        perform(uow, Session, "delete", other.id)
        assert not change_session(uow, session, is_cancelled=False).is_cancelled


def test_a_session_with_marks_is_neither_cancelled_nor_moved_ahead_nor_deleted(school: Educore, world: World) -> None:
    session = plan(school, world, date=date(2024, 1, 1))
    with school.work(world.timur) as uow:
        mark_class(uow, session, marks=[{"student_id": world.sardor.student_id, "status": "present"}])
    for action, fields in (("cancel", {}), ("delete", {}), ("update", {"date": MONDAY}), ("update", {"group_id": 2})):
        with pytest.raises(Invalid), school.work(world.dilshod) as uow:
            perform(uow, Session, action, session.id, fields)
    with school.work(world.dilshod) as uow:
        assert perform(uow, Session, "update", session.id, {"start_time": time(8)}).start_time == time(8)


def test_a_link_is_made_once_and_not_for_what_is_cancelled(school: Educore, world: World) -> None:
    session = plan(school, world)
    with school.work(world.timur) as uow:
        link = link_session(uow, session).online_link
        assert link is not None
        assert link.startswith("https://meet.jit.si/")
        assert len(link.rsplit("/", 1)[1]) == 10
        assert link_session(uow, session).online_link == link
    other = plan(school, world, start_time=HALF_PAST_TEN, end_time=NOON)
    with pytest.raises(Conflict), school.work(world.dilshod) as uow:
        link_session(uow, cancel_session(uow, other))


def test_students_and_clerks_plan_nothing(school_in_memory: Educore, world: World) -> None:
    session = plan(school_in_memory, world)
    for who in (world.aziza, world.sardor):
        with pytest.raises(Forbidden), school_in_memory.work(who) as uow:
            perform(uow, Session, "cancel", session.id)
    with pytest.raises(NotFound), school_in_memory.work(world.davron) as uow:
        perform(uow, Session, "cancel", session.id)


def test_the_time_zone_stays_once_something_is_planned_by_it(school_in_memory: Educore, world: World) -> None:
    plan(school_in_memory, world)
    with pytest.raises(Conflict) as refused, school_in_memory.work(world.rustam) as uow:
        perform(uow, Center, "update", world.tashkent.center.id, {"time_zone": "Asia/Tokyo"})
    assert problem_codes(refused.value) == {"time_zone": ["time_zone_in_use"]}


# -- series --------------------------------------------------------------------------------------------


def test_a_series_is_planned_at_once(school: Educore, world: World) -> None:
    sessions = weekly(school, world)
    assert [session.date.day for session in sessions] == [15, 17, 22, 24, 29, 31]
    assert {session.start_time for session in sessions} == {NINE}
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.find(Series)[0].weekdays == "mon wed"


def test_a_series_keeps_its_wall_clock_times_when_the_clock_changes(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.rustam) as uow:
        perform(uow, Center, "update", world.tashkent.center.id, {"time_zone": "Europe/London"})
    sessions = weekly(school_in_memory, world, first_date=date(2024, 3, 25), last_date=date(2024, 4, 7))
    assert [session.starts_at and session.starts_at.hour for session in sessions] == [9, 9, 8, 8]


def test_a_series_that_meets_something_is_not_planned_at_all(school: Educore, world: World) -> None:
    there = [plan(school, world, date=day) for day in (date(2024, 1, 17), date(2024, 1, 29))]
    with pytest.raises(Conflict) as refused:
        weekly(school, world)
    clashes = refused.value.fields["group_id"]
    assert [problem.params["session_id"] for problem in clashes] == [session.id for session in there]
    with school.work(world.dilshod, read_only=True) as uow:
        assert (uow.count(Session), uow.count(Series)) == (2, 0)


def test_a_series_may_touch_what_is_there_and_move_between_it(school: Educore, world: World) -> None:
    for start, end in ((time(8), NINE), (HALF_PAST_TEN, NOON), (time(14), time(15))):
        plan(school, world, date=date(2024, 1, 17), start_time=start, end_time=end)
    first = weekly(school, world)[0]
    with school.work(world.dilshod) as uow:
        assert len(reschedule_rest(uow, first, start_time=NOON, end_time=time(14))) == 6


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weekdays": "sunday"}, {"weekdays": ["weekdays"]}),
        ({"weekdays": "sun", "last_date": date(2024, 1, 17)}, {"weekdays": ["no_such_day"]}),
        ({"last_date": date(2024, 1, 1)}, {"last_date": ["ends_before_start"]}),
        ({"last_date": date(2030, 1, 1)}, {"last_date": ["series_too_long"]}),
        ({"last_date": date(2199, 1, 1)}, {"last_date": ["series_too_long"]}),
    ],
)
def test_a_series_must_make_sense(
    school_in_memory: Educore, world: World, wrong: dict[str, Any], said: dict[str, list[str]]
) -> None:
    with pytest.raises(Invalid) as refused:
        weekly(school_in_memory, world, **wrong)
    assert problem_codes(refused.value) == said


def test_the_rest_of_a_series_moves_together(school: Educore, world: World) -> None:
    sessions = weekly(school, world)
    with school.work(world.dilshod) as uow:
        moved = perform(uow, Session, "reschedule", sessions[2].id, {"date": date(2024, 1, 24), "start_time": time(8)})
    assert [session.date.day for session in moved] == [24, 26, 31, 2]
    assert {(session.start_time, session.minutes) for session in moved} == {(time(8), 150)}
    with school.work(world.dilshod, read_only=True) as uow:
        assert [s.date.day for s in uow.find(Session, order=("date",))] == [15, 17, 24, 26, 31, 2]


def test_the_rest_of_a_series_moves_only_if_all_of_it_fits(school: Educore, world: World) -> None:
    sessions = weekly(school, world)
    plan(school, world, date=date(2024, 1, 26))
    with pytest.raises(Conflict), school.work(world.dilshod) as uow:
        perform(uow, Session, "reschedule", sessions[2].id, {"date": date(2024, 1, 24)})
    with school.work(world.dilshod, read_only=True) as uow:
        assert sorted(s.date.day for s in uow.find(Session)) == [15, 17, 22, 24, 26, 29, 31]


def test_the_rest_of_a_series_starts_from_where_it_is_now(school: Educore, world: World) -> None:
    seen_before = weekly(school, world)[2]
    with school.work(world.dilshod) as uow:
        perform(uow, Session, "reschedule", seen_before.id, {"date": seen_before.date + timedelta(days=1)})
    with school.work(world.malika) as uow:
        moved = reschedule_rest(uow, seen_before, date=seen_before.date + timedelta(days=2))
    assert [session.date.day for session in moved] == [24, 26, 31, 2]


def test_what_is_named_without_a_change_is_no_change(school: Educore, world: World, clock: FixedClock) -> None:
    sessions = weekly(school, world)
    clock.advance(hours=1)
    with school.work(world.dilshod) as uow:
        assert reschedule_rest(uow, sessions[0], start_time=NINE) == sessions


def test_the_rest_of_a_series_is_cancelled_together(school: Educore, world: World) -> None:
    sessions = weekly(school, world)
    with school.work(world.dilshod) as uow:
        assert len(perform(uow, Session, "cancel_rest", sessions[3].id)) == 3
        assert uow.count(Session, where(is_cancelled=False)) == 3


def test_planning_takes_as_many_statements_for_a_year_as_for_a_week(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    with school.work(world.dilshod) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"end_date": None})
    counted = []
    for first, last in ((MONDAY, date(2024, 1, 21)), (date(2024, 2, 1), date(2025, 2, 1))):
        with record_statements(filled_database.engine) as seen:
            weekly(school, world, first_date=first, last_date=last)
        counted.append(len(seen))
    assert counted[0] == counted[1]


# -- registers, which have no times --------------------------------------------------------------------


def test_a_register_is_opened_once_a_day_and_takes_nobodys_time(school: Educore, world: World) -> None:
    with school.work(world.timur) as uow:
        register = open_register(uow, group_id=world.tashkent.morning.id, date=MONDAY, topic="Verbs")
    assert (register.starts_at, register.minutes) == (None, None)
    with pytest.raises(Conflict) as refused, school.work(world.timur) as uow:
        open_register(uow, group_id=world.tashkent.morning.id, date=MONDAY)
    assert problem_codes(refused.value) == {"date": ["session_exists"]}
    assert plan(school, world).id  # a lesson with times finds teacher and group free


def test_a_lesson_becomes_a_register_only_on_a_day_without_another(school: Educore, world: World) -> None:
    lesson = plan(school, world)
    with school.work(world.timur) as uow:
        untimed = change_session(uow, lesson, start_time=None, end_time=None)
    assert (untimed.starts_at, untimed.ends_at, untimed.minutes) == (None, None, None)
    second = plan(school, world)
    with pytest.raises(Conflict) as refused, school.work(world.timur) as uow:
        change_session(uow, second, start_time=None, end_time=None)
    assert problem_codes(refused.value) == {"date": ["session_exists"]}
    with school.work(world.timur) as uow:  # its own words and room may change all the same
        assert change_session(uow, untimed, room_id=world.tashkent.room.id, topic="Verbs").topic == "Verbs"


LATE: dict[str, Any] = {"start_time": time(17), "end_time": time(18)}
OUTSIDE = ((date(2023, 12, 25), "before_group_start", "first_date"), (date(2024, 7, 1), "after_group_end", "last_date"))
"""Mondays on which the groups of the cast do not run: the code of the refusal, and its field for a series."""


@pytest.mark.parametrize(("day", "code", "field"), OUTSIDE)
def test_no_session_takes_place_before_its_group_starts_or_after_it_ends(
    school_in_memory: Educore, world: World, day: date, code: str, field: str
) -> None:
    """In whichever way it is planned or moved there: the first and the last day of the group are accepted."""
    school, morning = school_in_memory, world.tashkent.morning
    first, *_, last = sessions = weekly(school, world)
    is_before = day < MONDAY
    with school.work(world.dilshod) as uow:
        given = {"branch_id": morning.branch_id, "course_id": morning.course_id, "name": "Endless"}
        endless = perform(uow, Group, "create", fields=given)
    elsewhere = plan(school, world, group_id=endless.id, teacher_id=world.tamara.teacher_id, date=day)
    span = {"first_date": min(day, MONDAY), "last_date": max(day, MONDAY)}
    ways: dict[str, tuple[str, Callable[[UnitOfWork], object]]] = {
        "planned": ("date", lambda uow: schedule_session(uow, group_id=morning.id, date=day, **LATE)),
        "register": ("date", lambda uow: open_register(uow, group_id=morning.id, date=day)),
        "series": (field, lambda uow: schedule_series(uow, group_id=morning.id, weekdays="mon", **span, **LATE)),
        "moved": ("date", lambda uow: change_session(uow, first, date=day)),
        "other group": ("date", lambda uow: change_session(uow, elsewhere, group_id=morning.id)),
        "rescheduled": ("date", lambda uow: reschedule_rest(uow, first if is_before else last, date=day)),
    }
    for way, (name, act) in ways.items():
        with expect_invalid() as codes, school.work(world.dilshod) as uow:
            act(uow)
        assert codes == {name: code}, way
    edge = (morning.start_date if is_before else morning.end_date) or day
    with school.work(world.dilshod) as uow:
        assert change_session(uow, sessions[1], date=edge).date == edge


def test_a_session_outside_of_its_group_is_still_changed_but_not_restored(school: Educore, world: World) -> None:
    """Groups may be shortened after their sessions were planned."""
    lesson = plan(school, world)
    with school.work(world.dilshod) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"start_date": MONDAY + timedelta(days=1)})
        assert change_session(uow, lesson, topic="Verbs", start_time=time(8)).topic == "Verbs"
        perform(uow, Session, "cancel", lesson.id)
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        change_session(uow, uow.get(Session, lesson.id), is_cancelled=False)
    assert codes == {"date": "before_group_start"}


def test_refusals_leave_nothing_behind(school: Educore, world: World) -> None:
    for wrong in ({"end_time": NINE}, {"room_id": 999}, {"teacher_id": 999}):
        with pytest.raises(EducoreError):
            plan(school, world, **wrong)
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Session) == 0
