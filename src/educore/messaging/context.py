"""The messaging context: its entities, policies, actions, jobs, periodic tasks and indexes."""

from __future__ import annotations

from educore.groups.entities import Group
from educore.kernel.conditions import where
from educore.kernel.context import Context
from educore.kernel.storage import Index
from educore.messaging.deliveries import requeue_delivery
from educore.messaging.entities import Delivery, DeliveryStatus, Job, JobStatus, Notification, SmsTemplate
from educore.messaging.guardian_messages import answer_notification, rewrite_notification, write_to_guardian
from educore.messaging.guardians import tell_guardians
from educore.messaging.handlers import HANDLERS, PERIODIC
from educore.messaging.notifications import change_notification, write_notification
from educore.messaging.outbox import append_jobs
from educore.messaging.policies import POLICIES
from educore.messaging.sms import send_sms_to_group
from educore.messaging.templates import add_template, change_template

CONTEXT = Context(
    "messaging",
    entities=(Notification, SmsTemplate, Delivery, Job),
    policies=POLICIES,
    actions={
        (Notification, "create"): write_notification,
        (Notification, "update"): change_notification,
        (Notification, "write_to_guardian"): write_to_guardian,
        (Notification, "rewrite"): rewrite_notification,
        (Notification, "answer"): answer_notification,
        (SmsTemplate, "create"): add_template,
        (SmsTemplate, "update"): change_template,
        (Delivery, "requeue"): requeue_delivery,
        (Group, "send_sms"): send_sms_to_group,
    },
    jobs=HANDLERS,
    periodic=PERIODIC,
    before_commit=(append_jobs, tell_guardians),
    storage=(
        Index(Delivery, ("center_id", "id")),
        Index(Delivery, ("center_id", "channel", "created_at"), name="ix_delivery_center_id_created_at"),
        Index(
            Delivery, ("channel", "next_try_at"), name="ix_delivery_waiting", only=where(status=DeliveryStatus.QUEUED)
        ),
        Index(Job, ("next_try_at",), name="ix_job_waiting", only=where(status=JobStatus.WAITING)),
    ),
)
