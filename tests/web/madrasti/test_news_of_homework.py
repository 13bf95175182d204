"""Homework is handed in at one server, and pupil and mother hear of the score and of the badge at another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from educore import where
from educore.adapters.sql import Database
from educore.messaging import Notification, NotificationType
from support.real_server import Connection
from support.two_servers import TwoServers, call, receive, serve_school_twice

CREATED = HTTPStatus.CREATED
TRUE: dict[str, Any] = {"question_type": "TRUE_FALSE", "question_text": "Vrai ?", "points": 50, "order": 1}
FALSE = TRUE | {"order": 2}
BADGE = {"name": "First Step", "icon": "star", "points_reward": 20, "requirements": {"homework_completed": 1}}


@pytest.fixture
def site(open_database: Callable[..., Database], tmp_path: Any) -> Iterator[TwoServers]:
    """The school at two servers, which bring the news."""
    with serve_school_twice(open_database("postgresql"), tmp_path, worker=True) as site:
        yield site


def set_homework(site: TwoServers, teacher: Connection) -> int:
    """Set homework with two questions, due in three days."""
    people = site.school
    about = {"subject": people.course.id, "grade": people.first_grade.id, "classes": [people.class_a.id]}
    due = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    homework = {"title": "Devoir", "homework_type": "QCM", "due_date": due, **about}
    id: int = call(teacher, "POST", "/homework/homework/", homework, status=CREATED)["id"]
    for question, answer in ((TRUE, True), (FALSE, False)):
        asked = {"homework": id, **question, "correct_answers": [answer]}
        call(teacher, "POST", "/homework/questions/", asked, status=CREATED)
    call(teacher, "POST", f"/homework/homework/{id}/publish/")
    return id


def news(socket: ClientConnection) -> dict[str, Any]:
    """The data of the next two frames, by their type."""
    return {frame["type"]: frame["data"] for frame in (receive(socket), receive(socket))}


def test_pupil_and_mother_hear_of_a_score_and_of_a_badge(site: TwoServers) -> None:
    people, teacher, pupil = site.school, site.line("tarik"), site.line("yasmine")
    badge = call(site.line("driss"), "POST", "/homework/badges/", BADGE, status=CREATED)
    homework = set_homework(site, teacher)
    submission = call(pupil, "POST", "/homework/submissions/", {"homework": homework}, status=CREATED)["id"]
    asked = call(pupil, "GET", f"/homework/homework/{homework}/")["questions"]
    answers = {"answers": [{"question": question["id"], "selected_choices": [1]} for question in asked]}
    mother_id, pupil_id = people.parent.user_id or 0, people.student.user_id or 0
    with site.listen("meryem", mother_id) as mother, site.listen("yasmine", pupil_id) as child:
        done = call(pupil, "POST", f"/homework/submissions/{submission}/submit/", answers)
        assert (done["score"], done["rewards_earned"]["badges_earned"]) == (50, ["First Step"])
        to_mother, to_child = news(mother), news(child)
    assert to_mother == to_child
    assert to_child["grade_published"] == {
        "homework_id": homework,
        "homework_title": "Devoir",
        "student_id": pupil_id,
        "score": 50.0,
        "score_percentage": 50.0,
        "feedback_available": False,
        "points_earned": 25,
    }
    assert to_child["badge_earned"] == {
        "student_id": pupil_id,
        "badge_id": badge["id"],
        "badge_name": "First Step",
        "badge_icon": "star",
        "points_awarded": 20,
        "rarity": "COMMON",
    }

    with site.educore.work(people.parent, read_only=True) as uow:
        written = uow.find(Notification, where(user_id=mother_id))
    assert {row.type for row in written} == {NotificationType.GRADE_PUBLISHED, NotificationType.BADGE_EARNED}
    assert all("Yasmine" in row.message for row in written)
    path = f"/homework/leaderboards/?leaderboard_type=CLASS&class={people.class_a.id}"
    (board,) = call(pupil, "GET", path)["results"]
    (place,) = board["entries"]
    assert (place["rank"], place["student_name"]) == (1, "Yasmine")
    assert place["total_points"] == 50 + 25 + 5 + 20, "done, the score, a day early, the badge"
