"""Policies of notifications, deliveries, SMS templates and jobs."""

from __future__ import annotations

from educore.identity.policies import own_center, own_user
from educore.kernel.conditions import everything
from educore.kernel.policy import Policy, Role, allow, only_fields
from educore.messaging.entities import Delivery, Job, Notification, SmsTemplate

OWN = allow(read=own_user, update=only_fields(own_user, "is_read"), delete=own_user)
OWN_AND_CREATE = {**OWN, **allow(create=own_center)}

NOTIFICATIONS = Policy(
    Notification,
    {
        **dict.fromkeys((Role.TEACHER, Role.STUDENT), OWN),
        **dict.fromkeys((Role.DIRECTOR, Role.MANAGER, Role.ADMIN), OWN_AND_CREATE),
        Role.SUPERADMIN: {**OWN, **allow(create=everything, remind=everything)},
    },
)

DELIVERIES = Policy(
    Delivery,
    {
        Role.SUPERADMIN: allow(everything),
        **dict.fromkeys(
            (Role.DIRECTOR, Role.MANAGER, Role.ADMIN), allow(read=own_center, create=own_center, requeue=own_center)
        ),
    },
)

SMS_TEMPLATES = Policy(
    SmsTemplate,
    {Role.SUPERADMIN: allow(everything), **dict.fromkeys((Role.DIRECTOR, Role.MANAGER, Role.ADMIN), allow(own_center))},
)

JOBS = Policy(Job, {Role.SUPERADMIN: allow(everything)})

POLICIES = (NOTIFICATIONS, DELIVERIES, SMS_TEMPLATES, JOBS)
