"""Leaderboards: made when they are first asked for, and refreshed when they are asked for again."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from educore import Computed, Each, From, Invalid, NameOf, Role, UnitOfWork, Where
from educore.rewards import BoardScope, BoardType, Leaderboard, LeaderboardEntry, look_at_board, refresh_board
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY, OFFICE, BoardWord
from educore_web.rest.cache_headers import Cache
from educore_web.rest.errors import ResponseData
from educore_web.rest.filters import choice_filter, day_filter, id_filter, read_parameters
from educore_web.rest.listing import ListSpec
from educore_web.rest.request import RequestData

READERS = OFFICE | FAMILY | {Role.TEACHER}


def one_decimal(percent: Decimal | None) -> float:
    """Return a percent with one decimal, half up."""
    return float((percent or Decimal(0)).quantize(Decimal("0.1"), ROUND_HALF_UP))


class PlaceOut(MadrastiShape, of=LeaderboardEntry):
    """A student on a leaderboard; `rank_change` is by how many places they have come up since the period before."""

    rank: int
    student_name: Annotated[str | None, NameOf("student")]
    student_id: Annotated[int, From("student.user_id")]
    total_points: int
    homework_completed: Annotated[int, From("completed")]
    average_score: Annotated[float, Computed(one_decimal, "average")]
    badges_count: Annotated[int, From("badges")]
    rank_change: int


class BoardOut(MadrastiShape, of=Leaderboard):
    """A leaderboard. Of one that is for all, students and parents see the first ten places and their own."""

    id: int
    leaderboard_type: Annotated[BoardWord, From("type")]
    period_start: date
    period_end: date
    class_: Annotated[int | None, From("group_id")]
    grade: Annotated[int | None, From("grade_level_id")]
    subject: Annotated[int | None, From("course_id")]
    entries: Annotated[list[PlaceOut], Each("LeaderboardEntry", order=("rank", "id"))]


WORDS = {word.value: BoardType[word.name] for word in BoardWord}
ASKED = (
    choice_filter("leaderboard_type", "type", WORDS | {word.lower(): kind for word, kind in WORDS.items()}),
    id_filter("class", "group_id"),
    id_filter("grade", "grade_level_id"),
    id_filter("subject", "course_id"),
    day_filter("period_start", "day"),
)
LISTING = ListSpec(
    BoardOut,
    ("group__name", "grade_level__name", "course__name"),
    order=("-period_start", "id"),
    orderings=("id", "period_start", "period_end"),
    rules=madrasti.dialect.lists,
)


def list_boards(uow: UnitOfWork, request: RequestData, only: Where) -> ResponseData:
    """List leaderboards; the present one of the type that is asked for is made if it is not there yet

    Without a type, that is the board of this week.
    """
    with suppress(Invalid):  # the list names all that is wrong in its query
        limits = read_parameters(ASKED, request.query)
        look_at_board(
            uow,
            board_type=limits.pop("type", BoardType.WEEKLY),
            day=limits.pop("day", None),
            scope=BoardScope(**limits),
        )
    return madrasti.read_page(uow, request, LISTING, seen=BoardOut, only=only)


def show_board(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Show a leaderboard, with places that are at most a minute old"""
    refresh_board(uow, uow.get(Leaderboard, id, only=only))
    return uow.select_one(BoardOut, id, only=only)


PATH = "/homework/leaderboards/"
NAMED: dict[str, Any] = {"resource": "homework.leaderboards", "kind": Leaderboard, "out": BoardOut, "roles": READERS}

ROUTES = [
    madrasti.get(PATH, list_boards, verb="list", listing=LISTING, leaves_trace=True, cache=Cache.LIVE, **NAMED),
    madrasti.get(f"{PATH}{{id}}/", show_board, verb="retrieve", leaves_trace=True, cache=Cache.LIVE, **NAMED),
]
