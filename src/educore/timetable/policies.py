"""Policies for sessions and series: which roles may see and plan which rows."""

from __future__ import annotations

from educore.groups.policies import in_group_attended_by_me
from educore.identity.policies import own_center
from educore.kernel.conditions import Where, actor, everything, where
from educore.kernel.policy import Policy, Role, allow
from educore.timetable.entities import Series, Session

my_sessions: Where = own_center & (where(teacher_id=actor.teacher_id) | where(group__teacher_id=actor.teacher_id))
planned_by_me: Where = own_center & where(teacher_id=actor.teacher_id, group__teacher_id=actor.teacher_id)

SESSION_POLICY = Policy(
    Session,
    {
        Role.SUPERADMIN: allow(
            everything, cancel=everything, cancel_rest=everything, reschedule=everything, link=everything,
            mark=everything, see_bookings=everything, see_schedule=everything,
        ),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(read=own_center, mark=own_center, see_bookings=own_center, see_schedule=own_center),
        Role.TEACHER: allow(my_sessions, create=planned_by_me, see_bookings=own_center, see_schedule=own_center),
        Role.STUDENT: allow(read=in_group_attended_by_me, see_schedule=own_center),
    },
)  # fmt: skip

SERIES_POLICY = Policy(
    Series,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(read=my_sessions, create=planned_by_me),
        Role.STUDENT: allow(read=in_group_attended_by_me),
    },
)

POLICIES = (SESSION_POLICY, SERIES_POLICY)
