"""Wallets, transactions, badges and leaderboards: the office gives and takes, the pupil and the mother look on."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Answer, Caller, School

WALLETS, TRANSACTIONS = "/homework/student-wallets/", "/homework/reward-transactions/"
BADGES, BOARDS = "/homework/badges/", "/homework/leaderboards/"


@pytest.fixture
def office(school: School) -> Caller:
    """The clerk."""
    return school.caller("salima")


def give(school: School, office: Caller, points: int, **more: Any) -> Answer:
    """Book points for Sardor by hand."""
    student = school.member("sardor").user_id
    given = {"student": student, "transaction_type": "BONUS", "reason": "MANUAL_ADJUSTMENT", "points": points}
    return office.post(TRANSACTIONS, given | more)


def test_what_is_given_and_spent_shows_in_the_wallet(school: School, classes: Classes, office: Caller) -> None:
    assert give(school, office, 505, transaction_type="EARNED")["coins"] == 50
    spent = give(school, office, -105, transaction_type="spent", coins=-10)
    assert (spent.status, spent["transaction_type"], spent["points"]) == (201, "SPENT", -105)
    wallet = school.caller("sardor").get(f"{WALLETS}my_wallet/")
    assert {name: wallet[name] for name in wallet.body if name.endswith(("points", "coins", "spent", "progress"))} == {
        "total_points": 505,
        "total_coins": 50,
        "points_spent": 105,
        "coins_spent": 10,
        "available_points": 400,
        "available_coins": 40,
        "level_progress": 1.0,
    }
    assert wallet["level"] == 2
    refused = give(school, office, -401, transaction_type="SPENT")
    assert (refused.status, refused.details) == (400, {"points": ["There are too few: 1 are missing."]})
    assert school.caller("sardor").post(TRANSACTIONS, {}).status == 403
    mine = school.caller("sardor").get(TRANSACTIONS)
    assert [row["points"] for row in mine["results"]] == [-105, 505]


@pytest.mark.parametrize(
    ("kind", "points", "code"),
    [("SPENT", 5, "below 0"), ("PENALTY", 5, "below 0"), ("EARNED", -5, "above 0"), ("BONUS", 0, "Give points")],
)
def test_a_sign_that_does_not_fit_is_refused(
    school: School, classes: Classes, office: Caller, kind: str, points: int, code: str
) -> None:
    refused = give(school, office, points, transaction_type=kind)
    assert refused.status == 400
    assert code in refused.details["points"][0]


def test_the_office_sets_sums_and_the_ledger_says_so(school: School, classes: Classes, office: Caller) -> None:
    give(school, office, 10)
    id = school.caller("sardor").get(f"{WALLETS}my_wallet/")["id"]
    changed = office.send("PATCH", f"{WALLETS}{id}/", {"total_points": 30, "points_spent": 5, "level": 9})
    assert (changed.status, changed["available_points"], changed["level"]) == (200, 25, 1)
    booked = office.get(f"{TRANSACTIONS}?ordering=id")["results"]
    assert [(row["transaction_type"], row["points"], row["reason"]) for row in booked[1:]] == [
        ("BONUS", 20, "MANUAL_ADJUSTMENT"),
        ("SPENT", -5, "MANUAL_ADJUSTMENT"),
    ]
    too_much = office.send("PATCH", f"{WALLETS}{id}/", {"points_spent": 31})
    assert (too_much.status, list(too_much.details)) == (400, ["points_spent"])
    for bad in ({"total_points": -1}, {"total_points": 1.5}, {"total_points": "x"}, {"total_points": 3 * 10**9}):
        assert office.send("PATCH", f"{WALLETS}{id}/", bad).status == 400


def test_a_rule_is_unwrapped_and_an_unknown_word_refused(school: School, office: Caller) -> None:
    rule = {"subject": "MATH", "homework_completed": 10, "average_score__gte": 85}
    made = office.post(BADGES, {"name": "Math Champion", "requirements": {"math_champion": rule}})
    assert (made.status, made["requirements"], made["rarity"], made["total_earned"]) == (201, rule, "COMMON", 0)
    assert office.post(BADGES, {"name": "Math Champion"}).status == 400
    for bad in ({"homework_done": 1}, {"a": {"b": {"homework_completed": 1}}}, {"homework_completed": 0}, [1], "x"):
        assert office.post(BADGES, {"name": "Other", "requirements": bad}).status == 400, bad
    assert school.caller("sardor").get(f"{BADGES}{made['id']}/")["requirements"] == rule


def test_a_board_is_made_at_the_first_look_and_is_one(school: School, classes: Classes, office: Caller) -> None:
    give(school, office, 30)
    group = classes.a
    path = f"{BOARDS}?leaderboard_type=CLASS&class={group}"
    looks = [caller.get(path) for caller in (school.caller("sardor"), office, school.caller("sardor"))]
    assert {look["count"] for look in looks} == {1}
    (board,) = looks[0]["results"]
    assert (board["leaderboard_type"], board["class"], board["grade"]) == ("CLASS", group, None)
    assert [(row["rank"], row["total_points"], row["rank_change"]) for row in board["entries"]] == [(1, 30, 0)]
    assert school.caller("sardor").get(f"{BOARDS}{board['id']}/").body == board
    give(school, office, 10)
    school.site.clock.advance(seconds=61)
    shown = office.get(f"{BOARDS}{board['id']}/")
    assert [row["total_points"] for row in shown["entries"]] == [40]


def test_odd_questions_for_boards_are_answered(school: School, classes: Classes, office: Caller) -> None:
    for query in ("leaderboard_type=CLASS", "class=999999", "leaderboard_type=weekly&period_start=2020-01-06"):
        assert office.get(f"{BOARDS}?{query}")["count"] == 0, query
    for query in ("leaderboard_type=DAILY", "class=x", "period_start=2024-13-01", "class=99999999999999999999"):
        assert office.get(f"{BOARDS}?{query}").status == 400, query
