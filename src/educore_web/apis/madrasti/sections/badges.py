"""Badges, which students earn by their rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from educore import Computed, Count, From, Role, UnitOfWork, Where, where
from educore.rewards import Badge, BadgeAward, BadgeRule, PointsGiven
from educore.values import HexColor, Line, Name, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY, OFFICE, SCHOOL_OFFICE, RarityWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.filters import flag_filter, id_filter

READERS = OFFICE | FAMILY | {Role.TEACHER}
PERCENTS = ("average_score__gte", "min_score")


class BadgeIn(Body, of=Badge):
    """A badge. The rule may stand in a map with its name; all that it says must hold."""

    name: Name
    name_arabic: Annotated[Name | None, To("name_ar")] = None
    name_french: Annotated[Name | None, To("name_fr")] = None
    description: Text = ""
    icon: Annotated[Line, Field(max_length=100)] = ""
    color: HexColor | None = None
    rarity: RarityWord = RarityWord.COMMON
    points_reward: PointsGiven = 0
    requirements: BadgeRule = Field(default_factory=BadgeRule)
    is_active: bool = True


def rule_words(rule: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a rule says: its percents as numbers, and nothing of what it leaves open."""
    given = {name: value for name, value in (rule or {}).items() if value is not None}
    return given | {name: _number(given[name]) for name in PERCENTS if name in given}


class BadgeOut(MadrastiShape, of=Badge):
    """A badge, and how many students have it."""

    id: int
    name: str
    name_arabic: Annotated[str | None, From("name_ar")]
    name_french: Annotated[str | None, From("name_fr")]
    description: str
    icon: str
    color: str | None
    rarity: RarityWord
    points_reward: int
    requirements: Annotated[dict[str, Any], Computed(rule_words, "requirements")]
    is_active: bool
    total_earned: Annotated[int, Count("BadgeAward")]
    created_at: datetime


def held_by(uow: UnitOfWork, student: int) -> Where:
    """Return the condition for the badges of a student, by their account, as far as the actor may know of them."""
    return where(BadgeAward__has=where(student__user_id=student) & uow.scope(BadgeAward, "read"))


def _number(percent: Any) -> float | int:
    exact = Decimal(str(percent))
    return int(exact) if exact == exact.to_integral_value() else float(exact)


PATH = "/homework/badges/"
NAMED: dict[str, Any] = {"resource": "homework.badges"}

ROUTES = [
    madrasti.list(
        PATH,
        BadgeOut,
        order=("name", "id"),
        search=("name", "name_ar", "name_fr", "description"),
        orderings=("id", "name", "points_reward", "created_at"),
        filters=(flag_filter("is_active", "is_active"), id_filter("student", "id", held_by)),
        roles=READERS,
        **NAMED,
    ),
    madrasti.create(PATH, Badge, BadgeIn, BadgeOut, roles=SCHOOL_OFFICE, permission="can_manage_rewards", **NAMED),
    madrasti.retrieve(f"{PATH}{{id}}/", BadgeOut, roles=READERS, **NAMED),
]
