"""Policies for timetables, sessions and series: which roles may see and plan which rows."""

from __future__ import annotations

from educore.groups.policies import in_group_attended_by_me, in_my_school
from educore.identity.policies import my_children, own_center
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Policy, Role, allow
from educore.timetable.entities import Series, Session, Timetable, is_slot

my_sessions: Where = own_center & (where(teacher_id=actor.teacher_id) | where(group__teacher_id=actor.teacher_id))
planned_by_me: Where = own_center & where(teacher_id=actor.teacher_id, group__teacher_id=actor.teacher_id)
in_class_of_my_child: Where = own_center & where(
    group__has=where(Enrollment__has=where(left_on__isnull=True, student__has=my_children))
)

led_by_me: Where = own_center & where(teacher_id=actor.teacher_id)
ROLL = ("prepare_register", "change_register", "drop_register", "start_register", "complete_register", "take_register")
"""The actions on the register of a session; `reset_register` is the director's alone."""

SESSION_POLICY = Policy(
    Session,
    {
        Role.SUPERADMIN: allow(
            everything, cancel=everything, cancel_rest=everything, reschedule=everything, link=everything,
            mark=everything, see_bookings=everything, see_schedule=everything,
            **dict.fromkeys(ROLL, everything), reset_register=everything,
        ),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center, reset_register=nothing),
        Role.ADMIN: allow(
            read=own_center, mark=own_center, see_bookings=own_center, see_schedule=own_center,
            **dict.fromkeys(ROLL, own_center),
        ),
        Role.STAFF: allow(read=own_center, mark=own_center, see_schedule=own_center, **dict.fromkeys(ROLL, own_center)),
        Role.TEACHER: allow(
            my_sessions, create=planned_by_me, see_bookings=own_center, see_schedule=own_center,
            **dict.fromkeys(ROLL, led_by_me), reset_register=nothing,
        ),
        Role.STUDENT: allow(read=in_group_attended_by_me, see_schedule=own_center),
        Role.PARENT: allow(read=in_class_of_my_child),
    },
)  # fmt: skip

slots_here: Where = own_center & is_slot
KEEP_SLOTS = {"add_slot": slots_here, "update": slots_here, "archive": slots_here}
"""The grants of clerks, who plan the slots of timetables and no other series."""

SERIES_POLICY = Policy(
    Series,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(read=own_center, **KEEP_SLOTS),
        Role.STAFF: allow(read=own_center, **KEEP_SLOTS),
        Role.TEACHER: allow(read=my_sessions | in_my_school, create=planned_by_me),
        Role.STUDENT: allow(read=in_group_attended_by_me),
        Role.PARENT: allow(read=in_class_of_my_child),
    },
)

KEEP_TIMETABLES = {"read": own_center, "create": own_center, "update": own_center, "archive": own_center}

TIMETABLE_POLICY = Policy(
    Timetable,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(**KEEP_TIMETABLES),
        Role.MANAGER: allow(**KEEP_TIMETABLES),
        Role.ADMIN: allow(**KEEP_TIMETABLES),
        Role.STAFF: allow(**KEEP_TIMETABLES),
        Role.TEACHER: allow(read=in_my_school),
        Role.STUDENT: allow(read=in_group_attended_by_me),
        Role.PARENT: allow(read=in_class_of_my_child),
    },
)

POLICIES = (TIMETABLE_POLICY, SESSION_POLICY, SERIES_POLICY)
