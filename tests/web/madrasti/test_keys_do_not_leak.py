"""No answer tells a student or a parent a key or a score before its time, whichever operation and query they try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from tests.web.madrasti.test_homework import BLANKS, MATCH, OPEN, ORDER, SINGLE, TRUE, Work

from educore import EDUCATION
from educore.groups import enroll_in_class
from educore.people import link_guardian
from educore_web.apis.madrasti import OPERATIONS
from educore_web.rest.operation import Operation
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Caller, School

KEYS = {"is_correct", "correct_choices", "correct_answers", "correct_pairs", "correct_order", "explanation"}
SCORES = {"score", "score_percentage", "manual_score", "points_earned", "average_score", "correct_answers"}
SECRETS = ("Parce que secret", "Mot de passe", "Retour secret")
EXPLAINED = {"explanation": SECRETS[0]}
HIDDEN = BLANKS | {"correct_answers": [[SECRETS[1]], ["1789"]]}


@dataclass
class Sat:
    """A homework that a pupil has handed in and a teacher commented on, with everybody who looks at it."""

    work: Work
    homework: int
    submission: int
    open: int
    questions: list[int]
    curious: dict[str, str]

    def paths(self, operation: Operation) -> Iterator[str]:
        """The paths of an operation that reads, with the ids of the homework, and with each of its queries."""
        ids = {"questions": self.questions, "submissions": [self.submission, self.open]}
        known = ids.get(operation.name.split(".")[1], [self.homework]) if "{id}" in operation.path else [0]
        for id in known:
            path = operation.path.replace("{id}", str(id))
            yield path
            if operation.listing is None:
                continue
            listing = operation.listing.compile(EDUCATION)
            yield from (f"{path}?ordering={sign}{word}" for word in listing.orderings for sign in ("", "-"))
            yield from (f"{path}?{known.name}={value}" for known in listing.filters for value in (1, "true", "draft"))
            yield from (f"{path}?search={text}" for text in ("secret", "passe", "Devoir"))


SECTIONS = ("homework.homework.", "homework.questions.", "homework.submissions.")
READS = [op for op in OPERATIONS if op.method == "GET" and op.name.startswith(SECTIONS)]


@pytest.fixture
def sat(school: School, classes: Classes) -> Sat:
    """A homework whose score is shown when it is due; the pupil has handed in once and begun again."""
    world = school.site.world
    with school.site.platform.school.work(world.dilshod) as uow:
        parent = school.member("parvin").user_id
        link_guardian(uow, guardian_id=parent, student_id=world.sardor.student_id or 0)
        enroll_in_class(uow, group_id=classes.a, student_id=world.shirin.student_id or 0)
    work = Work(school, classes)
    asked = [{**question, **EXPLAINED} for question in (SINGLE, OPEN, ORDER, MATCH, HIDDEN, TRUE)]
    homework = work.set(*asked, show_score_immediately=False, max_attempts=2)
    questions = [question["id"] for question in work.questions(work.teacher, homework)]
    submission = work.start(homework)
    answers = [{"question": questions[0], "selected_choices": [2]}, {"question": questions[5], "selected_choices": [1]}]
    handed_in = work.pupil.post(f"/homework/submissions/{submission}/submit/", {"answers": answers})
    assert handed_in.status == 200
    assert list(find_told(handed_in.body)) == []
    curious = {"sardor": "pupil", "shirin": "other pupil", "parvin": "parent"}
    return Sat(work, homework, submission, work.start(homework), questions, curious)


def find_told(body: Any, name: str = "$") -> Iterator[str]:
    """The places in an answer that tell a key or a score."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key in KEYS | SCORES and value not in (None, []) and not (key == "correct_answers" and value == 0):
                yield f"{name}.{key} = {value!r}"
            yield from find_told(value, f"{name}.{key}")
    elif isinstance(body, list):
        for place, entry in enumerate(body):
            yield from find_told(entry, f"{name}[{place}]")
    elif isinstance(body, str):
        yield from (f"{name} = {body!r}" for secret in SECRETS if secret in body)


def test_no_read_and_no_query_tells_a_key_or_a_score_before_its_time(sat: Sat) -> None:
    told: list[str] = []
    tried = 0
    for name, role in sat.curious.items():
        caller = sat.work.school.caller(name)
        for operation in READS:
            for path in sat.paths(operation):
                answer, tried = caller.get(path), tried + 1
                assert answer.status < 500, path
                if answer.status == 200:
                    told += [f"{role} {path}: {found}" for found in find_told(answer.body)]
    assert tried > 500
    assert told == []


def test_what_a_query_finds_does_not_depend_on_the_key(sat: Sat) -> None:
    """A filter, an order or a search by what is hidden would tell it bit by bit."""
    pupil = sat.work.school.caller("sardor")
    for word in (*KEYS, *SCORES - {"average_score"}, "percent", "points"):
        listed = "questions" if word in KEYS else "submissions"
        assert pupil.get(f"/homework/{listed}/?ordering={word}").status in (400, 200)
        everything, found = (
            [row["id"] for row in pupil.get(f"/homework/{listed}/{query}")["results"]]
            for query in ("", f"?{word}=true")
        )
        assert found == everything, word
    for secret in ("secret", "passe"):
        assert pupil.get(f"/homework/questions/?search={secret}")["count"] == 0


def test_no_write_of_a_pupil_tells_a_key_or_a_score(sat: Sat) -> None:
    pupil, path = sat.work.school.caller("sardor"), f"/homework/submissions/{sat.open}/"
    answers = [{"question": sat.questions[0], "selected_choices": [2], "is_correct": True, "points_earned": 5}]
    claims = {"manual_score": 30, "status": "graded", "score": 30, "feedback": "Parfait", "answers": answers}
    tries = [
        pupil.send("PUT", path, claims),
        pupil.send("PATCH", path, claims),
        pupil.post("/homework/submissions/", {"homework": sat.homework, **claims}),
        pupil.post(f"/homework/submissions/{sat.homework}/start/"),
        pupil.post(f"{path}submit/", claims),
        pupil.send("PATCH", f"/homework/questions/{sat.questions[0]}/", {"points": 1}),
        pupil.post(f"/homework/submissions/{sat.submission}/grade/", {"manual_score": 30}),
        pupil.post(f"/homework/homework/{sat.homework}/bulk_grade/", {"grades": [{"submission": sat.submission}]}),
    ]
    assert [answer.status for answer in tries] == [200, 200, 200, 200, 200, 403, 403, 403]
    assert [found for answer in tries[:5] for found in find_told(answer.body)] == []
    other = sat.work.school.caller("shirin")
    assert [other.send("PATCH", path, claims).status, other.get(path).status] == [404, 404]


def test_the_teacher_sees_everything_and_the_pupil_when_it_is_time(sat: Sat) -> None:
    """The control: the same search finds in the answers of a teacher what it must not find in those of a pupil."""
    teacher = sat.work.teacher
    seen = "\n".join(find_told(teacher.get(f"/homework/homework/{sat.homework}/").body))
    assert all(secret in seen for secret in SECRETS[:2])
    comment = {"manual_score": 12, "feedback": SECRETS[2]}
    assert teacher.post(f"/homework/submissions/{sat.submission}/grade/", comment).status == 200
    graded = sat.work.school.caller("sardor").get(f"/homework/submissions/{sat.submission}/").body
    assert (graded["score_percentage"], graded["feedback"]) == (40.0, SECRETS[2]), "a grade is shown at once"
    assert (
        list(find_told(sat.work.school.caller("sardor").get(f"/homework/homework/{sat.homework}/")["questions"])) == []
    )
    pupil = sat.work.school.caller("sardor")
    assert pupil.post(f"/homework/submissions/{sat.open}/submit/").status == 200
    sat.work.school.site.clock.advance(seconds=int(timedelta(days=8).total_seconds()))
    late = sat.work.school.caller("sardor").get("/homework/questions/")["results"]
    told = "\n".join(found for question in late for found in find_told(question))
    assert all(secret in told for secret in SECRETS[:2])
    other = Caller(sat.work.school.site.wire, sat.work.school.login("shirin")["access"])
    assert list(find_told(other.get("/homework/questions/")["results"])) == [], "who handed in nothing sees no key"
