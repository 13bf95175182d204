"""Policies of notifications, deliveries, SMS templates and jobs."""

from __future__ import annotations

from educore.identity.policies import own_center, own_user
from educore.kernel.conditions import everything
from educore.kernel.policy import Policy, Role, allow, only_fields
from educore.messaging.entities import Delivery, Job, Notification, SmsTemplate

OWN = allow(read=own_user, update=only_fields(own_user, "is_read", "read_at"), delete=own_user)
OWN_AND_CREATE = {**OWN, **allow(create=own_center)}

NOTIFICATION_POLICY = Policy(
    Notification,
    {
        **dict.fromkeys((Role.STAFF, Role.TEACHER, Role.STUDENT, Role.PARENT, Role.DRIVER), OWN),
        **dict.fromkeys((Role.DIRECTOR, Role.MANAGER, Role.ADMIN), OWN_AND_CREATE),
        Role.SUPERADMIN: {**OWN, **allow(create=everything, remind=everything)},
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
