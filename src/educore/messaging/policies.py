"""Policies of notifications, deliveries, SMS templates and jobs."""

from __future__ import annotations

from educore.identity.policies import own_center, own_user, taught_by_me
from educore.kernel.conditions import Where, actor, everything, where
from educore.kernel.policy import Grants, Policy, Role, allow, only_fields
from educore.messaging.entities import ATTENDANCE_TYPES, Delivery, Job, Notification, SmsTemplate

of_my_school: Where = where(center_id=actor.school_id)
about_attendance: Where = where(type__in=ATTENDANCE_TYPES)
about_my_students: Where = of_my_school & about_attendance & where(student__has=taught_by_me)

OWN = allow(
    read=own_user,
    read_attendance=own_user & about_attendance,
    update=only_fields(own_user, "is_read", "read_at"),
    answer=only_fields(own_user & about_attendance, "action_taken", "is_read", "read_at"),
    delete=own_user,
)

NOTIFICATION_TEXTS = ("title", "message", "title_ar", "message_ar", "title_fr", "message_fr")


def grant_writing(rows: Where) -> Grants:
    """Return the grants of an office: it reads what guardians are told of attendance, writes to them and rewrites."""
    rewrite = only_fields(rows & about_attendance, *NOTIFICATION_TEXTS, "priority", "requires_action", "action_taken")
    return allow(read_attendance=rows & about_attendance, write_to_guardian=rows, rewrite=rewrite)


OF_OFFICE = {**OWN, **grant_writing(of_my_school)}
OF_OFFICE_AND_CREATE = {**OF_OFFICE, **allow(create=own_center)}

NOTIFICATION_POLICY = Policy(
    Notification,
    {
        **dict.fromkeys((Role.STUDENT, Role.PARENT, Role.DRIVER), OWN),
        Role.TEACHER: {**OWN, **allow(read_attendance=own_user & about_attendance | about_my_students)},
        Role.STAFF: OF_OFFICE,
        **dict.fromkeys((Role.DIRECTOR, Role.MANAGER, Role.ADMIN), OF_OFFICE_AND_CREATE),
        Role.SUPERADMIN: {**OWN, **grant_writing(everything), **allow(create=everything, remind=everything)},
    },
)

DELIVERY_POLICY = Policy(
    Delivery,
    {
        Role.SUPERADMIN: allow(everything),
        **dict.fromkeys(
            (Role.DIRECTOR, Role.MANAGER, Role.ADMIN), allow(read=own_center, create=own_center, requeue=own_center)
        ),
    },
)

SMS_TEMPLATE_POLICY = Policy(
    SmsTemplate,
    {Role.SUPERADMIN: allow(everything), **dict.fromkeys((Role.DIRECTOR, Role.MANAGER, Role.ADMIN), allow(own_center))},
)

JOB_POLICY = Policy(Job, {Role.SUPERADMIN: allow(everything)})

POLICIES = (NOTIFICATION_POLICY, DELIVERY_POLICY, SMS_TEMPLATE_POLICY, JOB_POLICY)
