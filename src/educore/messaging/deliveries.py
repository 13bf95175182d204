"""Deliveries: SMS and mail that wait for a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from educore.kernel.actions import locks_row, use_case
from educore.kernel.errors import Conflict
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Channel, Delivery, DeliveryStatus
from educore.organization.entities import Center


def queue_deliveries(
    uow: UnitOfWork,
    center: Center | None,
    channel: Channel,
    messages: Sequence[tuple[str, str]],
    *,
    subject: str = "",
    template_id: int | None = None,
    is_secret: bool = False,
) -> list[Delivery]:
    """Store messages, given as address and text, to be sent as soon as the transaction is committed."""
    shared = delivery_fields(uow, None if center is None else center.id, channel)
    shared |= {"subject": subject, "template_id": template_id, "is_secret": is_secret}
    return uow.add_all(Delivery, [{**shared, "address": address, "text": text} for address, text in messages])


def delivery_fields(uow: UnitOfWork, center_id: int | None, channel: Channel) -> dict[str, Any]:
    """Return the fields that the messages which an actor queues on one channel have in common."""
    now = uow.ports.clock.now()
    place = {"center_id": center_id, "channel": channel}
    return {**place, "sent_by_id": uow.actor.user_id, "created_at": now, "next_try_at": now}


@locks_row
@use_case
def requeue_delivery(uow: UnitOfWork, delivery: Delivery, /) -> Delivery:
    """Queue a failed delivery again, with all its attempts.

    Raises: Conflict("delivery_not_failed"), ("delivery_secret") for one whose text is gone.
    """
    delivery = uow.get(Delivery, delivery.id, to="requeue", lock=True)
    if delivery.status is not DeliveryStatus.FAILED:
        raise Conflict.because("", "delivery_not_failed")
    if delivery.is_secret:
        raise Conflict.because("", "delivery_secret")
    now = uow.ports.clock.now()
    return uow.change(delivery, {"status": DeliveryStatus.QUEUED, "attempts": 0, "next_try_at": now}, to="requeue")
