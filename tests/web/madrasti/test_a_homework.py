"""A homework from its publication to its grade: the figures that the document prints, and the points that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.web.madrasti.test_homework import BLANKS, MATCH, OPEN, ORDER, SINGLE, TRUE, Work

from educore import Actor, perform, where
from educore.rewards import Badge, RewardEntry, RewardReason, Wallet
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import School

MULTIPLE = {
    "question_type": "QCM_MULTIPLE",
    "question_text": "Lesquels sont premiers ?",
    "points": 5,
    "order": 7,
    "choices": [{"text": "2", "is_correct": True}, {"text": "4"}, {"text": "3", "is_correct": True}],
}
LONG = OPEN | {"question_type": "OPEN_LONG", "order": 8}
BY_MACHINE = (SINGLE, MULTIPLE, TRUE, BLANKS, MATCH, ORDER)
SECONDS = 1247


def director_of(school: School) -> Actor:
    """The director, since Tashkent became a school."""
    dilshod = school.site.world.dilshod
    return replace(dilshod, school_id=dilshod.center_id)


@pytest.fixture
def work(school: School, classes: Classes) -> Work:
    """The class."""
    return Work(school, classes)


def right(question: dict[str, Any]) -> dict[str, Any]:
    """The right answer to one of the questions above, as a pupil finds it on the page."""
    return {"question": question["id"]} | {
        "QCM_SINGLE": lambda: {"selected_choices": [2]},
        "QCM_MULTIPLE": lambda: {"selected_choices": [3, 1]},
        "TRUE_FALSE": lambda: {"selected_choices": [1]},
        "FILL_BLANK": lambda: {"blanks": ["Paris", "1789"]},
        "OPEN_SHORT": lambda: {"text": "Parce que."},
        "OPEN_LONG": lambda: {"text": "Parce que c'est ainsi."},
        "MATCHING": lambda: {"pairs": _pairs(question)},
        "ORDERING": lambda: {"order": [1 + question["items_to_order"].index(n) for n in ("trois", "un", "deux")]},
    }[question["question_type"]]()


def _pairs(question: dict[str, Any]) -> list[list[int]]:
    lefts, rights = question["left_items"], question["right_items"]
    return [[1 + lefts.index(left), 1 + rights.index(right)] for left, right in (("1", "one"), ("2", "two"))]


def booked(work: Work) -> dict[RewardReason, int]:
    """The points in the ledger of the pupil, by their reason; the wallet is their sum."""
    student_id = work.school.site.world.sardor.student_id
    with work.school.site.platform.school.work(director_of(work.school), read_only=True) as uow:
        entries = uow.find(RewardEntry, where(wallet__has=where(student_id=student_id)))
        (wallet,) = uow.find(Wallet, where(student_id=student_id))
    points: dict[RewardReason, int] = {}
    for entry in entries:
        points[entry.reason] = points.get(entry.reason, 0) + entry.points
    assert wallet.total_points == sum(points.values())
    return points


def test_eighty_five_of_a_hundred_a_day_early_bring_the_figures_of_the_document(work: Work) -> None:
    rule = {"max_time_taken": 1500, "min_score": 80}
    with work.school.site.platform.school.work(director_of(work.school)) as uow:
        perform(uow, Badge, "create", fields={"name": "Quick Solver", "requirements": rule})
    questions = [BY_MACHINE[number % len(BY_MACHINE)] | {"order": number} for number in range(1, 21)]
    homework = work.set(*questions)
    submission = work.start(homework)
    asked = work.pupil.get(f"/homework/homework/{homework}/")["questions"]
    work.school.site.clock.advance(seconds=SECONDS)
    work.pupil = work.school.caller("sardor")
    answers = {"answers": [right(question) for question in asked[:17]]}
    assert work.pupil.post(f"/homework/submissions/{submission}/submit/", answers).body == {
        "submission_id": submission,
        "status": "submitted",
        "score": 85.0,
        "score_percentage": 85.0,
        "auto_graded": True,
        "correct_answers": 17,
        "total_questions": 20,
        "points_earned": 85.0,
        "total_points": 100.0,
        "time_taken": SECONDS,
        "rewards_earned": {
            "base_points": 50,
            "score_bonus": 42.5,
            "time_bonus": 5,
            "total_points": 97.5,
            "badges_earned": ["Quick Solver"],
        },
    }
    assert booked(work) == {RewardReason.HOMEWORK_COMPLETION: 92, RewardReason.EARLY_SUBMISSION: 5}
    listed = work.school.caller("timur").get(f"/homework/homework/{homework}/").body
    assert (listed["submissions_count"], listed["completion_rate"], listed["average_score"]) == (1, 100.0, 85.0)


def test_an_open_question_that_is_graded_later_brings_forty_two_points(work: Work) -> None:
    questions = [question | {"points": 10} for question in BY_MACHINE]
    homework = work.set(*questions, OPEN | {"points": 20}, LONG | {"points": 20})
    submission = work.start(homework)
    asked = work.pupil.get(f"/homework/homework/{homework}/")["questions"]
    assert len({question["question_type"] for question in asked}) == 8
    answers = {"answers": [right(question) for question in asked]}
    done = work.pupil.post(f"/homework/submissions/{submission}/submit/", answers)
    assert (done["score"], done["points_earned"], done["auto_graded"]) == (None, None, False)
    assert (done["rewards_earned"]["score_bonus"], done["rewards_earned"]["total_points"]) == (0, 55)
    before = booked(work)
    grade = {"manual_score": 85, "feedback": "Presque"}
    graded = work.teacher.post(f"/homework/submissions/{submission}/grade/", grade)
    assert (graded["status"], graded["score_percentage"]) == ("graded", 85.0)
    assert sum(booked(work).values()) - sum(before.values()) == 42
    seen = work.pupil.get(f"/homework/homework/{homework}/")["student_submission"]
    assert (seen["manual_score"], seen["feedback"]) == (85, "Presque")


@pytest.mark.parametrize("number", [5, 100])
def test_handing_in_costs_the_same_for_five_questions_and_for_a_hundred(work: Work, number: int) -> None:
    first = work.start(work.set(TRUE))
    assert work.pupil.post(f"/homework/submissions/{first}/submit/").status == 200, "the pupil now has a wallet"
    homework = work.set(*(BY_MACHINE[n % len(BY_MACHINE)] | {"order": n, "points": 1} for n in range(1, number + 1)))
    submission = work.start(homework)
    asked = work.pupil.get(f"/homework/homework/{homework}/")["questions"]
    answers = {"answers": [right(question) for question in asked]}
    with work.school.site.statements() as seen:
        assert work.pupil.post(f"/homework/submissions/{submission}/submit/", answers).status == 200
    assert len(seen) <= 32, "\n".join(text[:90].replace("\n", " ") for text in seen)
