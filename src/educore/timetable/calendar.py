"""Personal calendar feeds: a member opens and closes one; a calendar program reads it with the secret token."""

from __future__ import annotations

import secrets
from typing import Annotated

from educore.identity.entities import CalendarFeed, Membership
from educore.kernel.conditions import where
from educore.kernel.errors import Forbidden, Unauthenticated
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.authentication import MemberState, build_actor, secret_digest


class FeedState(Shape, of=CalendarFeed):
    """The member whose timetable a token opens."""

    student_id: int | None
    teacher_id: int | None
    member: Annotated[MemberState, From("membership")]


def open_calendar(uow: UnitOfWork) -> str:
    """Open a calendar feed for the actor and return its token, which is not stored; an earlier feed stops working.

    Raises: Forbidden("no_membership") for actors who belong to no Center.
    """
    actor = uow.actor
    if actor.center_id is None or actor.membership_id is None:
        raise Forbidden("no_membership")
    uow.get(Membership, actor.membership_id, lock=True)  # two requests at once take turns and leave one feed
    close_calendar(uow)
    token = secrets.token_urlsafe(32)
    uow.add(
        CalendarFeed,
        {
            "user_id": actor.user_id,
            "membership_id": actor.membership_id,
            "student_id": actor.student_id,
            "teacher_id": actor.teacher_id,
            "token_digest": secret_digest(token),
            "created_at": uow.ports.clock.now(),
        },
    )
    return token


def close_calendar(uow: UnitOfWork) -> int:
    """Close the calendar feed of the actor; return the number of feeds that were open."""
    open_feeds = where(user_id=uow.actor.user_id, membership_id=uow.actor.membership_id, revoked_at__isnull=True)
    return uow.change_all(CalendarFeed, open_feeds, {"revoked_at": uow.ports.clock.now()})


def read_calendar(uow: UnitOfWork, *, token: str) -> UnitOfWork:
    """Return the same transaction as the owner of the feed sees it: only with rows that the owner may read.

    Raises: Unauthenticated("token_invalid"), ("blocked"), ("center_inactive").
    """
    open_feed = where(token_digest=secret_digest(token), revoked_at__isnull=True)
    found = uow.as_platform().select(FeedState, open_feed, to="open_feed", limit=1)
    if not found:
        raise Unauthenticated("token_invalid")
    return uow.as_actor(build_actor(found[0]))
