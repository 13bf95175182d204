"""Personal calendar feeds: opened and closed by a member, read by whoever has the secret token."""

from __future__ import annotations

import secrets
from typing import Annotated

from educore.identity.entities import CalendarFeed, Membership
from educore.kernel.conditions import where
from educore.kernel.errors import Forbidden, Unauthenticated
from educore.kernel.policy import ANONYMOUS
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.sign_in import MemberState, build_actor, secret_digest


class FeedState(Shape, of=CalendarFeed):
    """What decides whose timetable a token opens."""

    student_id: int | None
    teacher_id: int | None
    member: Annotated[MemberState, From("membership")]


def open_calendar(uow: UnitOfWork) -> str:
    """Make the actor a new calendar feed and give its token, which is not kept; an earlier feed stops working.

    Raises: Forbidden for those who belong to no Center.
    """
    me = uow.actor
    if me.center_id is None or me.membership_id is None:
        raise Forbidden("no_membership")
    uow.get(Membership, me.membership_id, lock=True)  # who opens two at once is left with one
    close_calendar(uow)
    token = secrets.token_urlsafe(32)
    uow.add(
        CalendarFeed,
        user_id=me.user_id,
        membership_id=me.membership_id,
        student_id=me.student_id,
        teacher_id=me.teacher_id,
        token_digest=secret_digest(token),
        created_at=uow.ports.clock.now(),
    )
    return token


def close_calendar(uow: UnitOfWork) -> int:
    """End the actor's calendar feed; gives how many there were."""
    open_feeds = where(user_id=uow.actor.user_id, membership_id=uow.actor.membership_id, revoked_at__isnull=True)
    return uow.change_all(CalendarFeed, open_feeds, revoked_at=uow.ports.clock.now())


def read_calendar(uow: UnitOfWork, *, token: str) -> UnitOfWork:
    """The same transaction as the member sees it whose feed this token opens; what they may not see is not there.

    Raises: Unauthenticated("token_invalid"), ("blocked"), ("center_inactive").
    """
    this = where(token_digest=secret_digest(token), revoked_at__isnull=True)
    found = uow.as_actor(ANONYMOUS).select(FeedState, this, to="open_feed", limit=1)
    if not found:
        raise Unauthenticated("token_invalid")
    return uow.as_actor(build_actor(found[0]))
