"""Assignments and submissions; exams and results; and assessments, whose questions are answered here.

An assignment is handed in as a file and gets one grade; an exam is sat in a room and its points are entered by hand.
The questions of an assessment are answered in attempts, and marked by the platform as far as a program can judge.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from educore.courses.entities import CourseId
from educore.groups.entities import GroupId
from educore.identity.entities import ActorId
from educore.kernel.conditions import where
from educore.kernel.entity import (
    Archivable,
    Audited,
    Entity,
    FieldGroups,
    FieldNames,
    Fixed,
    OnDelete,
    Ref,
    StoredFile,
    Timestamped,
    Unique,
)
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId, TeacherId
from educore.schooling.entities import GradeLevelId
from educore.values import (
    Day,
    Line,
    Name,
    Percent,
    Points,
    Position,
    Text,
    TimeOfDay,
    TotalPoints,
    Value,
    WholePoints,
    parse_whole,
)

FileKey = Annotated[str | None, StoredFile(), Field(max_length=255)]


class AssignmentStatus(StrEnum):
    """The state of an assignment. A closed one takes no submissions."""

    ASSIGNED = "assigned"
    CLOSED = "closed"


class Grade(StrEnum):
    """A letter grade; A is the best."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class Assignment(Timestamped, Entity):
    """Work for a group, due by the end of `due_date`, a local day; late work is accepted until it is closed."""

    center_id: OwnCenterId
    group_id: Annotated[GroupId, Fixed()]
    teacher_id: TeacherId | None = None
    title: Name
    description: Text = ""
    file: FileKey = None
    due_date: Day
    status: AssignmentStatus = AssignmentStatus.ASSIGNED


class Submission(Entity):
    """The file a student handed in. `grade` is 0 to 100; graded work cannot be replaced."""

    audited: ClassVar[Audited] = Audited.AFTER_CREATION
    named_by: ClassVar[FieldNames] = ("student_id", "assignment_id")
    unique: ClassVar[FieldGroups] = (("assignment_id", "student_id"),)

    center_id: OwnCenterId
    assignment_id: Annotated[int, Ref("Assignment"), Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    file: FileKey = None
    submitted_at: datetime
    grade: Percent | None = None
    feedback: Text | None = None
    graded_at: datetime | None = None
    graded_by_id: ActorId | None = None


class Exam(Timestamped, Entity):
    """An exam of a group on a day, at times of the Center's wall clock; `total_points` is the best possible score."""

    center_id: OwnCenterId
    group_id: Annotated[GroupId, Fixed()]
    teacher_id: TeacherId | None = None
    title: Name
    description: Text = ""
    exam_date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    total_points: TotalPoints
    passing_score: WholePoints

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.end_time <= self.start_time:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "end_time"})
        if self.passing_score > self.total_points:
            raise PydanticCustomError(
                "less_than_equal", "Above the total.", {"field": "passing_score", "le": self.total_points}
            )
        return self


class ExamResult(Entity):
    """The score of a student in an exam; without a score, the answers that they handed in."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("student_id", "exam_id")
    unique: ClassVar[FieldGroups] = (("exam_id", "student_id"),)

    center_id: OwnCenterId
    exam_id: Annotated[int, Ref("Exam"), Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    score: Points | None = None
    grade: Grade | None = None
    answer_file: FileKey = None
    submitted_at: datetime
    graded_at: datetime | None = None
    graded_by_id: ActorId | None = None


class AssessmentKind(StrEnum):
    """The occasion on which the questions of an assessment are answered."""

    QUIZ = "quiz"
    EXAM = "exam"
    ASSIGNMENT = "assignment"
    HOMEWORK = "homework"
    INTERVIEW = "interview"


class ContentKind(StrEnum):
    """The kinds of questions that an assessment has, as its author names them; no rule depends on it."""

    CHOICE = "choice"
    BOOK = "book"
    OPEN = "open"
    MIXED = "mixed"


class ShowsAnswers(StrEnum):
    """The time from which students see the right answers: those of an attempt, once it is handed in.

    `AFTER_LAST` means that no attempt is left, or that the assessment is due; `AFTER_PASS` that one attempt passed.
    """

    NEVER = "never"
    AFTER_EACH = "after_each"
    AFTER_LAST = "after_last"
    AFTER_PASS = "after_pass"  # noqa: S105  # no password
    AFTER_DUE = "after_due"


class ShowsScore(StrEnum):
    """The time from which students see their score: as soon as it is complete, or when the assessment is due."""

    AT_ONCE = "at_once"
    WHEN_DUE = "when_due"


class QuestionKind(StrEnum):
    """The form of a question and of its answer. A person marks short and long texts, the platform all others."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    FILL_BLANKS = "fill_blanks"
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    MATCHING = "matching"
    ORDERING = "ordering"


class AttemptStatus(StrEnum):
    """The state of an attempt: being answered, handed in with answers that a person must mark, or marked as a whole."""

    OPEN = "open"
    SUBMITTED = "submitted"
    GRADED = "graded"


class Assessment(Timestamped, Archivable, Entity):
    """Questions that students answer here: a quiz, homework and so on.

    Students may begin from `opens_at` on and hand in until `due_at`, or later if it `takes_late` work, which loses
    `late_penalty` percent. `minutes` is the time for one attempt, `max_attempts` their number; without one, there is
    no limit. `total_points` is the sum over its questions. It is for the groups of its `Audience`.
    """

    center_id: OwnCenterId
    kind: Annotated[AssessmentKind, Fixed()]
    content: ContentKind = ContentKind.MIXED
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CLEAR)] | None = None
    created_by_id: Annotated[ActorId, Fixed()] | None = None
    course_id: CourseId | None = None
    grade_level_id: GradeLevelId | None = None
    title: Name
    title_ar: Name | None = None
    title_fr: Name | None = None
    description: Text = ""
    description_ar: Text | None = None
    description_fr: Text | None = None
    instructions: Text = ""
    opens_at: datetime | None = None
    due_at: datetime | None = None
    minutes: Annotated[int, Field(ge=1, le=1_440), BeforeValidator(parse_whole)] | None = None
    max_attempts: Annotated[int, Field(ge=1, le=100), BeforeValidator(parse_whole)] | None = None
    passing_percent: Percent | None = None
    total_points: Points = Decimal(0)
    is_published: bool = False
    published_at: datetime | None = None
    shows_answers: ShowsAnswers = ShowsAnswers.AFTER_LAST
    shows_score: ShowsScore = ShowsScore.AT_ONCE
    shuffles: bool = False
    takes_late: bool = False
    late_penalty: Percent = Decimal(0)

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        if self.opens_at and self.due_at and self.due_at <= self.opens_at:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "due_at"})
        if self.shows_score is ShowsScore.WHEN_DUE and self.due_at is None:
            raise PydanticCustomError("missing", "This field is required.", {"field": "due_at"})
        return self


class Audience(Entity):
    """A group for which an assessment is."""

    named_by: ClassVar[FieldNames] = ("assessment_id", "group_id")
    unique: ClassVar[FieldGroups] = (("assessment_id", "group_id"),)

    center_id: OwnCenterId
    assessment_id: Annotated[int, Ref("Assessment", OnDelete.CASCADE), Fixed()]
    group_id: Annotated[GroupId, Fixed()]


class Question(Timestamped, Entity):
    """A question of an assessment, with the points for its answer, all or none.

    The key is in its choices. A retired question is in no new attempt. `model_answer` helps whoever marks a text;
    `explanation` is shown with the right answers. `seed` decides in which order each student sees the parts of a
    matching or ordering question, so it must stay unknown to them. Students and parents never read this kind: see
    `paper_of`.
    """

    named_by: ClassVar[FieldNames] = ("text",)

    center_id: OwnCenterId
    assessment_id: Annotated[int, Ref("Assessment"), Fixed()]
    kind: Annotated[QuestionKind, Fixed()]
    text: Annotated[Text, Field(min_length=1)]
    text_ar: Text | None = None
    text_fr: Text | None = None
    points: Annotated[Points, Field(gt=0, le=1_000)]
    position: Annotated[int, Field(ge=0, le=10_000), BeforeValidator(parse_whole)] = 0
    explanation: Text = ""
    model_answer: Text = ""
    image: FileKey = None
    is_required: bool = True
    case_sensitive: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**31), Fixed()] = 0
    retired_at: datetime | None = None


class Choice(Entity):
    """A part of a question, with its part of the key.

    For questions of choice it is an answer to choose, and `is_correct` tells the right ones. For blanks it is a text
    that is accepted in the blank with the number `blank`. For matching, `text` is in the left column and `match` its
    partner in the right one, at the place `place`; without `text` it is a right one without partner. For ordering, it
    is an item, and `place` is its place in the right order. `position` is its place as its author wrote it.
    """

    named_by: ClassVar[FieldNames] = ("text", "|match")
    unique: ClassVar[FieldGroups] = (Unique(("question_id", "position"), only=where(retired_at__isnull=True)),)

    center_id: OwnCenterId
    question_id: Annotated[int, Ref("Question", OnDelete.CASCADE), Fixed()]
    position: Annotated[int, Field(ge=0, le=1_000), BeforeValidator(parse_whole)]
    text: Annotated[Text, Field(max_length=1_000)] = ""
    match: Line | None = None
    blank: Position | None = None
    place: Position | None = None
    is_correct: bool = False
    retired_at: datetime | None = None


class Attempt(Timestamped, Entity):
    """One sitting of a student at an assessment.

    `deadline` is when its time is over. `raw_points` are those given so far; once all are given, `points` are what is
    left after the penalty for late work, and `percent` their share of `max_points`. A score by hand, `override`, counts
    in place of `points`. The student and parents see these from `score_published_at` on. `seconds` is the time taken.
    """

    audited: ClassVar[Audited] = Audited.AFTER_CREATION
    named_by: ClassVar[FieldNames] = ("student_id", "assessment_id")
    unique: ClassVar[FieldGroups] = (
        ("assessment_id", "student_id", "number"),
        Unique(("assessment_id", "student_id"), only=where(is_best=True)),
    )

    center_id: OwnCenterId
    assessment_id: Annotated[int, Ref("Assessment"), Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    number: Annotated[int, Field(ge=1), Fixed()]
    status: AttemptStatus = AttemptStatus.OPEN
    started_at: Annotated[datetime, Fixed()]
    deadline: datetime | None = None
    submitted_at: datetime | None = None
    seconds: Annotated[int, Field(ge=0)] | None = None
    is_late: bool = False
    max_points: Annotated[Points, Fixed()]
    raw_points: Points | None = None
    points: Points | None = None
    override: Points | None = None
    percent: Percent | None = None
    auto_graded: bool | None = None
    feedback: Text | None = None
    graded_at: datetime | None = None
    graded_by_id: ActorId | None = None
    is_best: bool = False
    score_published_at: datetime | None = None


class Given(Value):
    """An answer that is neither one choice nor a text: choices, texts of blanks, pairs of choices, or an order."""

    choices: tuple[int, ...] = ()
    blanks: tuple[Line, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    order: tuple[int, ...] = ()


class Answer(Entity):
    """The answer of an attempt to one question: a choice, a text or what `given` holds; none of them if unanswered.

    It exists from the start of the attempt on, so the paper of an attempt does not change. Students and parents never
    read this kind: see `result_of`.
    """

    named_by: ClassVar[FieldNames] = ("attempt_id", "question_id")
    unique: ClassVar[FieldGroups] = (("attempt_id", "question_id"),)

    center_id: OwnCenterId
    attempt_id: Annotated[int, Ref("Attempt", OnDelete.CASCADE), Fixed()]
    question_id: Annotated[int, Ref("Question"), Fixed()]
    position: Annotated[int, Field(ge=0), Fixed()]
    choice_id: Annotated[int, Ref("Choice")] | None = None
    text: Text | None = None
    given: Given | None = None
    answered_at: datetime | None = None
    points: Points | None = None
    is_correct: bool | None = None
    feedback: Text | None = None
    graded_at: datetime | None = None
    graded_by_id: ActorId | None = None
