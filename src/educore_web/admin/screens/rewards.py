"""The screens of rewards in a school: the wallets of students with their ledger, badges, and leaderboards."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from educore import Domain, NameOf, Shape, UnitOfWork, where
from educore.people import StudentStatus
from educore.rewards import Badge, BadgeAward, BadgeRule, Leaderboard, LeaderboardEntry, RewardEntry, Wallet, level_of
from educore_web.admin.screen import Panel, RowAction, Screen, limit_choices
from educore_web.admin.screens.common import STUDENT_SEARCH
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.formats import NO_VALUE
from educore_web.admin.ui.language import format_date, format_number, join_isolated
from educore_web.admin.ui.naming import RowNames
from educore_web.admin.ui.problems import field_label
from educore_web.admin.ui.question import questions_about

SUMS = ("total_points", "total_coins", "points_spent", "coins_spent")
RULE = tuple(f"requirements.{name}" for name in BadgeRule.model_fields)
"""The parts of the rule of a badge, for each of which the form asks."""


class Ranked(Shape, of=LeaderboardEntry):
    """The place of a student on a leaderboard."""

    rank: int
    student_name: Annotated[str | None, NameOf("student")]
    total_points: int
    completed: int
    average: Decimal
    badges: int
    rank_change: int


def show_level(domain: Domain, wallet: Any) -> str:
    """Return the level of a student, which follows from the points."""
    return format_number(level_of(wallet.total_points))


def present_sums(uow: UnitOfWork, wallet: int) -> Mapping[str, Any]:
    """Return the sums of a wallet as they are."""
    found = uow.get(Wallet, wallet)
    return {name: getattr(found, name) for name in SUMS}


def rule_of_badge(uow: UnitOfWork, badge: int) -> list[list[Cell]]:
    """Return a line for each thing that the rule of a badge says."""
    said = uow.get(Badge, badge).requirements.model_dump(exclude_none=True)
    return [
        [Cell(field_label(name, BadgeRule.__name__)), Cell(value if isinstance(value, str) else format_number(value))]
        for name, value in said.items()
    ]


def board_name(names: RowNames, board: Any) -> str:
    """Return the name of a leaderboard: its kind and its first day."""
    return join_isolated(format_enum(board.type), format_date(board.period_start))


def places_on_board(uow: UnitOfWork, board: int) -> list[list[Cell]]:
    """Return a line for each student of a leaderboard, the best first."""
    found = uow.select(Ranked, where(leaderboard_id=board), order=("rank", "id"))
    return [
        [
            Cell(format_number(row["rank"])),
            Cell(row["student_name"] or NO_VALUE),
            *(
                Cell(format_number(row[name]))
                for name in ("total_points", "completed", "average", "badges", "rank_change")
            ),
        ]
        for row in found
    ]


WALLETS = Screen(
    Wallet,
    "learning",
    "ti ti-wallet",
    columns=("name", "level", *SUMS),
    search=STUDENT_SEARCH,
    filters=("student_id",),
    order="-total_points",
    actions=(
        RowAction(
            "adjust",
            "ti ti-adjustments",
            questions=questions_about(Wallet, *SUMS),
            single_row=True,
            present=present_sums,
        ),
    ),
    formatters={"level": show_level},
    related=((RewardEntry, "wallet_id"),),
    for_teachers=True,
    in_schools=True,
)

ENTRIES = Screen(
    RewardEntry,
    "learning",
    "ti ti-coins",
    columns=("name", "type", "reason", "points", "coins", "description", "created_at"),
    search=("description",),
    filters=("type", "reason", "wallet_id"),
    date_filter="created_at",
    create=limit_choices(
        (
            *questions_about(BadgeAward, "student_id"),
            *questions_about(
                RewardEntry, "type", "reason", "points", "coins", "description", optional=("points", "coins")
            ),
        ),
        student_id=where(status=StudentStatus.ACTIVE),
    ),
    hidden_fields=("about_kind", "about_id", "key"),
    for_teachers=True,
    in_schools=True,
)

BADGE_QUESTIONS = questions_about(
    Badge,
    *("name", "name_ar", "name_fr", "description", "icon", "color", "rarity", "points_reward"),
    *RULE,
    "is_active",
    optional=RULE,
)

BADGES = Screen(
    Badge,
    "learning",
    "ti ti-award",
    columns=("name", "rarity", "points_reward", "is_active"),
    create=(*questions_about(Badge, "center_id"), *BADGE_QUESTIONS),
    edit=BADGE_QUESTIONS,
    search=("name", "name_ar", "name_fr"),
    filters=("rarity", "is_active"),
    hidden_fields=("requirements",),
    related=((BadgeAward, "badge_id"),),
    panels=(Panel("rule", Badge, ("condition", "number"), rule_of_badge),),
    can_delete=True,
    for_teachers=True,
    in_schools=True,
)

AWARDS = Screen(
    BadgeAward,
    "learning",
    "ti ti-medal",
    columns=("name", "student", "earned_at"),
    search=(*STUDENT_SEARCH, "badge.name"),
    filters=("badge_id", "student_id"),
    order="-earned_at",
    for_teachers=True,
    in_schools=True,
)

BOARDS = Screen(
    Leaderboard,
    "learning",
    "ti ti-trophy",
    columns=("name", "period_start", "period_end", "group", "grade_level", "course", "refreshed_at"),
    filters=("type",),
    order="-period_start",
    hidden_fields=("scope",),
    row_name=board_name,
    panels=(
        Panel(
            "board",
            LeaderboardEntry,
            ("rank", "student", "total_points", "completed", "average", "badges", "rank_change"),
            places_on_board,
        ),
    ),
    for_teachers=True,
    in_schools=True,
)

SCREENS = (WALLETS, ENTRIES, BADGES, AWARDS, BOARDS)
