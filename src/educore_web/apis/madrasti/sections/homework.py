"""Homework: set for classes, published, duplicated, and looked at as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from educore import Computed, Conflict, Each, From, Later, NameOf, UnitOfWork, Where, everything, perform, where
from educore.assessment import (
    LIVE_QUESTIONS,
    Assessment,
    AssessmentKind,
    Audience,
    ShowsAnswers,
    ShowsScore,
    assessment_figures,
    find_learners,
    paper_of,
)
from educore.schooling import GradeLevel
from educore.values import Moment, Name, Percent, Text
from educore_web.apis.madrasti.dialect import FigureShape
from educore_web.apis.madrasti.refusals import translate
from educore_web.apis.madrasti.sections.questions import (
    HOMEWORK,
    WRITERS,
    QuestionOut,
    describe_for_learner,
    learners_of,
    require_fitting_questions,
)
from educore_web.apis.madrasti.sections.submission_schemas import SubmissionOut
from educore_web.apis.madrasti.sections.submissions import SUBMISSIONS
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY, HomeworkWord
from educore_web.rest.archiving import ARCHIVED_ONLY, action_of_list
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.bulk import with_bulk
from educore_web.rest.filters import choice_filter, id_filter
from educore_web.rest.further_names import ADDITION
from educore_web.rest.listing import ListSpec
from educore_web.rest.request import RequestData

MOST_CLASSES, LONGEST_TITLE = 50, 200
LEAST_MINUTES, MOST_MINUTES = 5, 300
ClassIds = Annotated[list[int], Field(min_length=1, max_length=MOST_CLASSES)]
Shown = Annotated[Text, Field(max_length=1_000)]


def require_minutes(minutes: int) -> int:
    """Return a time limit in minutes. Raises: PydanticCustomError("minutes_between")."""
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        limits = {"least": LEAST_MINUTES, "most": MOST_MINUTES}
        raise PydanticCustomError("minutes_between", "Give a time from {least} to {most} minutes.", limits)
    return minutes


TimeLimit = Annotated[
    int,
    AfterValidator(require_minutes),
    WithJsonSchema({"type": "integer", "minimum": LEAST_MINUTES, "maximum": MOST_MINUTES}),
]
"""The time for one attempt in minutes."""


class HomeworkIn(Body, of=Assessment):
    """A homework for classes of one grade. Students see it once it is published."""

    title: Name
    title_arabic: Annotated[Name | None, To("title_ar")] = None
    title_french: Annotated[Name | None, To("title_fr")] = None
    description: Shown = ""
    description_arabic: Annotated[Shown | None, To("description_ar")] = None
    description_french: Annotated[Shown | None, To("description_fr")] = None
    instructions: Text = ""
    homework_type: Annotated[HomeworkWord, To("content")]
    subject: Annotated[int, To("course_id")]
    grade: Annotated[int, To("grade_level_id")]
    classes: Annotated[ClassIds, To("group_ids")]
    due_date: Annotated[Moment, To("due_at")]
    time_limit: Annotated[TimeLimit | None, To("minutes")] = None
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 1
    passing_score: Annotated[Percent | None, To("passing_percent")] = None
    is_published: bool = False
    show_correct_answers: Annotated[bool, To("shows_answers")] = True
    show_score_immediately: Annotated[bool, To("shows_score")] = True
    shuffle_questions: Annotated[bool, To("shuffles")] = False
    allow_late_submission: Annotated[bool, To("takes_late")] = False
    late_penalty: Percent | None = None


def shows_answers(word: str) -> bool:
    """Return whether students ever see the right answers."""
    return word != ShowsAnswers.NEVER


def shows_at_once(word: str) -> bool:
    """Return whether students see their score as soon as it is complete."""
    return word == ShowsScore.AT_ONCE


class HomeworkOut(FigureShape, of=Assessment):
    """A homework with its figures. Students and parents are not told the average, which would tell single scores."""

    id: int
    title: str
    title_arabic: Annotated[str | None, From("title_ar")]
    title_french: Annotated[str | None, From("title_fr")]
    description: str
    instructions: str
    homework_type: Annotated[HomeworkWord, From("content")]
    subject: Annotated[int | None, From("course_id")]
    subject_name: Annotated[str | None, From("course.name")]
    grade: Annotated[int | None, From("grade_level_id")]
    grade_name: Annotated[str | None, From("grade_level.name")]
    classes: Annotated[list[int], Each("Audience", shows="group_id")]
    class_names: Annotated[list[str], Each("Audience", shows="group.name")]
    due_date: Annotated[datetime | None, From("due_at")]
    time_limit: Annotated[int | None, From("minutes")]
    max_attempts: int | None
    passing_score: Annotated[float | None, From("passing_percent")]
    is_published: bool
    show_correct_answers: Annotated[bool, Computed(shows_answers, "shows_answers")]
    show_score_immediately: Annotated[bool, Computed(shows_at_once, "shows_score")]
    shuffle_questions: Annotated[bool, From("shuffles")]
    allow_late_submission: Annotated[bool, From("takes_late")]
    late_penalty: float
    auto_grade: Annotated[bool, Later()]
    total_points: float
    created_by: Annotated[int | None, From("created_by_id")]
    created_by_name: Annotated[str | None, NameOf("created_by")]
    created_at: datetime
    updated_at: datetime
    questions_count: Annotated[int, Later()]
    submissions_count: Annotated[int, Later()]
    completion_rate: Annotated[float, Later()]
    average_score: Annotated[float | None, Later()]
    description_arabic: Annotated[str | None, From("description_ar"), ADDITION]
    description_french: Annotated[str | None, From("description_fr"), ADDITION]
    published_at: Annotated[datetime | None, ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Count questions, submissions and students, in three statements."""
        figures, sees_scores = assessment_figures(uow, [row["id"] for row in rows]), uow.actor.role not in FAMILY
        for row in rows:
            found = figures[row["id"]]
            row["auto_grade"], row["questions_count"] = found.is_marked_by_machine, found.questions
            row["submissions_count"], row["completion_rate"] = found.submissions, float(found.completion)
            average = found.average if sees_scores else None
            row["average_score"] = None if average is None else float(average)


class HomeworkDetail(HomeworkOut, of=Assessment):
    """A homework with its questions and, for a student, their newest submission."""

    questions: Annotated[list[QuestionOut], Later(), ADDITION]
    student_submission: Annotated[SubmissionOut | None, Later(), ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Show the questions as the reader may see them."""
        super().finish(uow, rows)
        for row in rows:  # there is one
            row["questions"], row["student_submission"] = show_questions(uow, row["id"]), show_newest(uow, row["id"])


def show_questions(uow: UnitOfWork, id: int) -> list[dict[str, Any]]:
    """Return the questions of a homework: of students and their parents, those of the newest attempt."""
    if uow.actor.role not in FAMILY:
        live = LIVE_QUESTIONS & where(assessment_id=id)
        return uow.select(QuestionOut, live, order=("position", "id"))
    for homework, student_id in find_learners(uow, where(id=id), learners_of(uow)).values():
        paper = paper_of(uow, homework, student_id=student_id)
        return [describe_for_learner(uow, question) for question in paper.questions]
    return []


def show_newest(uow: UnitOfWork, id: int) -> dict[str, Any] | None:
    """Return the newest submission of a student, or of a parent's child; None for everybody else."""
    if uow.actor.role not in FAMILY:
        return None
    rows = uow.select(SubmissionOut, where(assessment_id=id), order=("-number", "id"), limit=1)
    return rows[0] if rows else None


class PublishedOut(BaseModel):
    """A homework that was published or hidden."""

    id: int
    is_published: bool
    published_at: datetime | None
    message: str


def list_homework(uow: UnitOfWork, request: RequestData, only: Where) -> Any:
    """List homework"""
    action = action_of_list(request.query, LISTING.rules, action="read")
    if request.query.get("status", "").strip().casefold() == ARCHIVED:
        action = "restore"
    return madrasti.read_page(uow, request, LISTING, seen=HomeworkOut, only=only, action=action)


def set_homework(uow: UnitOfWork, *, is_published: bool = False, **fields: Any) -> Assessment:
    """Set a homework, published if it says so. Raises: the errors of the domain; Conflict("no_questions")."""
    values = {"max_attempts": 1, **_domain_fields(fields), "kind": AssessmentKind.HOMEWORK}
    uow.reference(GradeLevel, values["grade_level_id"], field="grade_level_id")  # before its classes are compared
    homework = perform(uow, Assessment, "create", fields=values)
    return _publish(uow, homework, is_published=is_published)


def change_homework(uow: UnitOfWork, homework: Assessment, *, is_published: bool | None = None, **fields: Any) -> None:
    """Change a homework, and publish or hide it. Its classes and its questions must fit the grade and the type."""
    values = _domain_fields(fields, homework)
    if "content" in values:
        require_fitting_questions(uow, homework, values["content"])
    if "grade_level_id" in values:
        uow.reference(GradeLevel, values["grade_level_id"], field="grade_level_id")
    # Its classes, all of them, which a teacher may not all read.
    audience = uow.as_platform().find(Audience, where(assessment_id=homework.id))
    group_ids = [row.group_id for row in audience]
    if set(values.get("group_ids", group_ids)) == set(group_ids):
        values.pop("group_ids", None)
    if "grade_level_id" in values:
        values.setdefault("group_ids", group_ids)
    if values:
        homework = perform(uow, Assessment, "update", homework.id, values)
    if is_published is not None:
        _publish(uow, homework, is_published=is_published)


def duplicate_homework(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> dict[str, Any]:
    """Create a duplicate of a homework, with its questions, unpublished"""
    homework = uow.get(Assessment, id, to="duplicate", only=only)
    copied = translate("copy_of", request.language)
    title = f"{homework.title[: LONGEST_TITLE - len(copied) - 1]} {copied}"
    copy = perform(uow, Assessment, "duplicate", id, {"title": title}, only=only, returns=Assessment)
    return uow.select_one(HomeworkOut, copy.id)


def publish_homework(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> dict[str, Any]:
    """Publish a homework"""
    return _describe(perform(uow, Assessment, "publish", id, only=only), "homework_published", request)


def unpublish_homework(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> dict[str, Any]:
    """Hide a homework again that nobody has begun"""
    return _describe(perform(uow, Assessment, "unpublish", id, only=only), "homework_hidden", request)


def list_submissions(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> Any:
    """List the submissions of a homework"""
    uow.get(Assessment, id, only=only)
    of_homework = where(assessment_id=id)
    return madrasti.read_page(uow, request, SUBMISSIONS, seen=SubmissionOut, only=of_homework)


def _describe(homework: Assessment, message: str, request: RequestData) -> dict[str, Any]:
    return {
        "id": homework.id,
        "is_published": homework.is_published,
        "published_at": FigureShape.spelling[datetime](homework.published_at) if homework.published_at else None,
        "message": translate(message, request.language),
    }


def _domain_fields(fields: dict[str, Any], homework: Assessment | None = None) -> dict[str, Any]:
    """Return the fields of a body with the members of the domain for its flags; true keeps a member that it means."""
    values = dict(fields)
    if "shows_answers" in values:
        shown = homework.shows_answers if homework else ShowsAnswers.AFTER_LAST
        shown = ShowsAnswers.AFTER_LAST if shown is ShowsAnswers.NEVER else shown
        values["shows_answers"] = shown if values["shows_answers"] else ShowsAnswers.NEVER
    if "shows_score" in values:
        values["shows_score"] = ShowsScore.AT_ONCE if values["shows_score"] else ShowsScore.WHEN_DUE
    if "late_penalty" in values:
        values["late_penalty"] = values["late_penalty"] or 0
    if homework is not None:
        return {name: value for name, value in values.items() if getattr(homework, name, ...) != value}
    return values


def _publish(uow: UnitOfWork, homework: Assessment, *, is_published: bool) -> Assessment:
    if homework.is_published == is_published:
        return homework
    try:
        return perform(uow, Assessment, "publish" if is_published else "unpublish", homework.id, returns=Assessment)
    except Conflict as error:
        problems = [problem for found in error.fields.values() for problem in found]
        raise type(error)({"is_published": problems}) from None


ARCHIVED = "archived"
STATES = {"draft": where(is_published=False), "published": where(is_published=True), ARCHIVED: everything}


def by_status(uow: UnitOfWork, wanted: Where) -> Where:
    """Return the condition for the homework in a state; archived ones are another list (see `list_homework`)."""
    return wanted


PATH, ROW = "/homework/homework/", "/homework/homework/{id}/"
CAN_CREATE: dict[str, Any] = {"permission": "can_create_homework"}
NAMED: dict[str, Any] = {"resource": "homework.homework"}
ACTED: dict[str, Any] = {**NAMED, "kind": Assessment, "only": HOMEWORK}
WRITING: dict[str, Any] = {**ACTED, "roles": WRITERS, **CAN_CREATE}

FILTERS = (
    replace(choice_filter("status", "status", STATES), condition=by_status),
    id_filter("classes", "Audience__group_id"),
    ARCHIVED_ONLY,
)
ORDERINGS = {
    "id": "id",
    "title": "title",
    "due_date": "due_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "total_points": "total_points",
    "is_published": "is_published",
    "subject__name": "course.name",
    "grade__grade_number": "grade_level.number",
}
SEARCH = ("title", "title_ar", "title_fr", "description", "description_ar", "description_fr")
RULES = madrasti.dialect.lists
LISTING = ListSpec(HomeworkOut, SEARCH, ("-created_at", "-id"), ORDERINGS, FILTERS, RULES)

CRUD = madrasti.crud(
    PATH,
    Assessment,
    HomeworkIn,
    HomeworkOut,
    create=set_homework,
    update=change_homework,
    only=HOMEWORK,
    write_roles=WRITERS,
    archives=True,
    **CAN_CREATE,
    **NAMED,
)

ROUTES = [
    madrasti.get(PATH, list_homework, verb="list", out=HomeworkOut, listing=LISTING, **ACTED),
    madrasti.retrieve(ROW, HomeworkDetail, only=HOMEWORK, **NAMED),
    *(known for known in with_bulk(CRUD, creates=True, updates=True) if known.verb not in ("list", "retrieve")),
    madrasti.post(f"{ROW}publish/", publish_homework, action="publish", out=PublishedOut, **WRITING),
    madrasti.post(f"{ROW}unpublish/", unpublish_homework, action="unpublish", out=PublishedOut, **WRITING),
    madrasti.post(f"{ROW}duplicate/", duplicate_homework, action="duplicate", out=HomeworkOut, status=201, **WRITING),
    madrasti.get(f"{ROW}submissions/", list_submissions, out=SubmissionOut, listing=SUBMISSIONS, **ACTED),
]
