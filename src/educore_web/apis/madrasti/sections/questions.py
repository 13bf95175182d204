"""The questions of homework, with their key for those who teach, and without it for students and parents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from educore import Computed, From, Invalid, Later, NotFound, Role, UnitOfWork, Where, everything, perform, where
from educore.assessment import (
    LIVE_QUESTIONS,
    Assessment,
    AssessmentKind,
    Choice,
    ContentKind,
    PaperQuestion,
    Question,
    QuestionKind,
    page_questions,
)
from educore.people import Student
from educore.values import Line, Points, Text
from educore_web.apis.madrasti.dialect import FigureShape
from educore_web.apis.madrasti.question_forms import (
    ACCEPTED_SCHEMA,
    CHOICES,
    KEY_FIELDS,
    NOTHING,
    build_parts,
    describe_choice,
    describe_parts,
    find_changes,
    place_errors,
    read_accepted,
)
from educore_web.apis.madrasti.sections.files import QuestionImage
from educore_web.apis.madrasti.sections.profile import stored_key
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY, HomeworkWord, QuestionWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import To
from educore_web.rest.bulk import bulk_create, bulk_update, without_files
from educore_web.rest.common import format_instant
from educore_web.rest.errors import ResponseData
from educore_web.rest.filters import id_filter
from educore_web.rest.further_names import Also
from educore_web.rest.listing import ListSpec
from educore_web.rest.request import RequestData

HOMEWORK = where(kind=AssessmentKind.HOMEWORK)
OF_HOMEWORK = where(assessment__kind=AssessmentKind.HOMEWORK)
MOST_PARTS = 50

Number = Annotated[int, Field(strict=True, ge=0, le=1_000)]
Numbers = Annotated[list[Number], Field(max_length=MOST_PARTS)]
Pairs = Annotated[list[tuple[Number, Number]], Field(max_length=MOST_PARTS)]
Item = Annotated[Line, Field(min_length=1)]
Items = Annotated[list[Item], Field(max_length=MOST_PARTS)]
Accepted = Annotated[
    list[Annotated[Any, PlainValidator(read_accepted), WithJsonSchema(ACCEPTED_SCHEMA)]], Field(max_length=MOST_PARTS)
]
"""Accepted texts: one for each blank, or a list of them for each; of TRUE_FALSE, true or false."""

TAKES: Mapping[ContentKind, tuple[QuestionKind, ...]] = {
    ContentKind.CHOICE: tuple(kind for kind in QuestionKind if kind in CHOICES),
    ContentKind.OPEN: (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT),
    ContentKind.BOOK: (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT),
    ContentKind.MIXED: tuple(QuestionKind),
}
"""The questions that each type of homework takes."""

PART_FIELDS = frozenset(NOTHING)


class ChoiceIn(Body):
    """A choice; without an id it has the number of its place in the list."""

    id: Annotated[int, Field(ge=1, le=1_000)] | None = None
    text: Annotated[Text, Field(max_length=1_000), Also("choice_text")] = ""
    is_correct: bool = False


class QuestionIn(Body, of=Question):
    """A question. Its type decides which of the lists it has.

    Choices are right by `is_correct` or by their ids in `correct_choices`. `correct_answers` holds the texts that each
    blank accepts. Pairs and orders name the entries of `left_items`, `right_items` and `items_to_order` by their
    numbers, from 1; without `correct_order` the items stand in the right order.
    """

    homework: Annotated[int, To("assessment_id")]
    question_type: Annotated[QuestionWord, To("kind")]
    question_text: Annotated[Text, Field(min_length=1), To("text")]
    question_text_arabic: Annotated[Text | None, To("text_ar")] = None
    question_text_french: Annotated[Text | None, To("text_fr")] = None
    points: Annotated[Points, Field(gt=0, le=1_000)]
    order: Annotated[int, Field(ge=0, le=10_000), To("position")]
    explanation: Text = ""
    is_required: bool = True
    image: QuestionImage | None = None
    choices: Annotated[list[ChoiceIn], Field(max_length=MOST_PARTS)] = Field(default_factory=list)
    correct_choices: Numbers = Field(default_factory=list)
    allow_multiple: Annotated[bool, To(None)] = False
    correct_answers: Accepted = Field(default_factory=list)
    case_sensitive: bool = False
    left_items: Items = Field(default_factory=list)
    right_items: Items = Field(default_factory=list)
    correct_pairs: Pairs = Field(default_factory=list)
    items_to_order: Items = Field(default_factory=list)
    correct_order: Numbers = Field(default_factory=list)


class ChoiceOut(FigureShape, of=Choice):
    """A choice by its number. `is_correct` is null for students and parents until they may know."""

    id: Annotated[int, From("position")]
    text: str
    is_correct: bool | None
    choice_text: Annotated[str, From("text")]


def allows_multiple(kind: str) -> bool:
    """Return whether several choices of a question may be right."""
    return kind == QuestionKind.MULTIPLE_CHOICE


class QuestionOut(FigureShape, of=Question):
    """A question. What tells the right answer is null for students and parents until they may know it."""

    id: int
    homework: Annotated[int, From("assessment_id")]
    question_type: Annotated[QuestionWord, From("kind")]
    question_text: Annotated[str, From("text")]
    question_text_arabic: Annotated[str | None, From("text_ar")]
    question_text_french: Annotated[str | None, From("text_fr")]
    points: float
    order: Annotated[int, From("position")]
    explanation: str | None
    is_required: bool
    image: Annotated[str | None, Computed(stored_key, "image")]
    image_url: Annotated[str | None, From("image")]
    choices: Annotated[list[ChoiceOut], Later()]
    correct_choices: Annotated[list[int] | None, Later()]
    allow_multiple: Annotated[bool, Computed(allows_multiple, "kind")]
    blank_positions: Annotated[list[int], Later()]
    correct_answers: Annotated[list[str | list[str]] | None, Later()]
    case_sensitive: bool | None
    left_items: Annotated[list[str], Later()]
    right_items: Annotated[list[str], Later()]
    correct_pairs: Annotated[list[tuple[int, int]] | None, Later()]
    items_to_order: Annotated[list[str], Later()]
    correct_order: Annotated[list[int] | None, Later()]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Describe the parts of all questions, which one statement reads."""
        parts: defaultdict[int, list[Choice]] = defaultdict(list)
        live = where(question_id__in=[row["id"] for row in rows]) & where(retired_at__isnull=True)
        for choice in uow.find(Choice, live):
            parts[choice.question_id].append(choice)
        for row in rows:
            kind = QuestionKind[QuestionWord(row["question_type"]).name]
            row |= describe_parts(kind, parts[row["id"]])
            row["blank_positions"] = find_blanks(row["question_text"])


def describe_for_learner(uow: UnitOfWork, question: PaperQuestion) -> dict[str, Any]:
    """Return a question as a student or a parent sees it."""
    key, word = question.key, QuestionWord[question.kind.name]
    shown: dict[str, Any] = {
        "id": question.id,
        "homework": question.assessment_id,
        "question_type": word.value,
        "question_text": question.text,
        "question_text_arabic": question.text_ar,
        "question_text_french": question.text_fr,
        "points": float(question.most),
        "order": question.position,
        "is_required": question.is_required,
        "image": question.image,
        "image_url": question.image and uow.ports.files.url(question.image),
        "allow_multiple": allows_multiple(question.kind),
        "blank_positions": find_blanks(question.text),
        "created_at": format_instant(question.created_at),
        "updated_at": format_instant(question.updated_at),
        **NOTHING,
        **dict.fromkeys(KEY_FIELDS),
    }
    shown |= _describe_columns(question)
    if key is not None:
        shown |= {"explanation": key.explanation, "case_sensitive": key.case_sensitive}
        shown |= {name: value for name, value in NOTHING.items() if name in KEY_FIELDS}
        shown |= _describe_key(question)
    return {name: shown[name] for name in QuestionOut.model_fields}


def _describe_columns(question: PaperQuestion) -> dict[str, Any]:
    """Return the lists of a question in the order in which a student sees them."""
    lefts, rights = ([part.text for part in side] for side in (question.left, question.right))
    if question.kind is QuestionKind.MATCHING:
        return {"left_items": lefts, "right_items": rights}
    if question.kind is QuestionKind.ORDERING:
        return {"items_to_order": lefts}
    correct = None if question.key is None else set(_right_positions(question))
    return {
        "choices": [
            describe_choice(part.position, part.text, is_correct=None if correct is None else part.position in correct)
            for part in question.left
        ]
    }


def _describe_key(question: PaperQuestion) -> dict[str, Any]:
    content = {} if question.key is None else question.key.content
    match question.kind:
        case QuestionKind.FILL_BLANKS:
            texts = content["blanks"]
            return {"correct_answers": [t[0] for t in texts] if all(len(t) == 1 for t in texts) else texts}
        case QuestionKind.MATCHING:
            return {"correct_pairs": content["pairs"]}
        case QuestionKind.ORDERING:
            return {"correct_order": content["order"]}
    return {"correct_choices": _right_positions(question)}


def _right_positions(question: PaperQuestion) -> list[int]:
    content = {} if question.key is None else question.key.content
    ids = {content.get("choice_id"), *(content.get("choices") or ())}
    return [part.position for part in question.left if part.id in ids and part.position is not None]


def find_blanks(text: str) -> list[int]:
    """Return the places where a text leaves blanks: the index of the first of at least two underscores in a row."""
    return [place for place, sign in enumerate(text) if text[place : place + 2] == "__" and text[:place][-1:] != "_"]


# -- what is asked of students -------------------------------------------------------------------------


def learners_of(uow: UnitOfWork, request: RequestData | None = None) -> list[int]:
    """Return the ids of the students whose questions an actor sees: a student's own, or those of a parent's children.

    A query may name one of the children by `student`.
    """
    named = "" if request is None else request.query.get("student", "").strip()
    if uow.actor.role is Role.STUDENT:
        return [uow.actor.student_id or 0] if named in ("", str(uow.actor.user_id)) else []
    children = uow.find(Student, order=("id",))
    return [child.id for child in children if named in ("", str(child.user_id))]


def list_questions(uow: UnitOfWork, request: RequestData, only: Where) -> ResponseData:
    """List questions"""
    if uow.actor.role not in FAMILY:
        return madrasti.read_page(uow, request, LISTING, seen=QuestionOut, only=only)
    query = LISTING.compile(uow.domain).without(HIDDEN).read(uow, request.query)
    page = query.page
    found = page_questions(
        uow,
        HOMEWORK,
        student_ids=learners_of(uow, request),
        only=query.condition,
        order=query.order,
        limit=page.size,
        offset=page.offset,
    )
    if page.number > 1 and page.offset >= found.count:
        raise NotFound(page=page.number)
    rows = [describe_for_learner(uow, question) for question in found.questions]
    return ResponseData(200, madrasti.dialect.page(rows, count=found.count, request=request, page=page))


def show_question(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Show a question"""
    if uow.actor.role not in FAMILY:
        return uow.select_one(QuestionOut, id, only=only)
    for question in page_questions(uow, HOMEWORK, student_ids=learners_of(uow), only=where(id=id)).questions:
        return describe_for_learner(uow, question)
    raise NotFound(kind="Question", id=id)


# -- writing -------------------------------------------------------------------------------------------


def add_homework_question(uow: UnitOfWork, *, assessment_id: int, **fields: Any) -> Question:
    """Add a question to a homework. Raises: Invalid("enum") on kind for one that the type of homework does not take."""
    homework = uow.reference(Assessment, assessment_id, field="assessment_id", to="update", only=HOMEWORK)
    kind, form = fields["kind"], {name: fields.pop(name) for name in PART_FIELDS & fields.keys()}
    if kind not in (taken := TAKES[homework.content]):
        raise Invalid.because("kind", "enum", expected=", ".join(QuestionWord[known.name] for known in taken))
    fields |= {"choices": build_parts(kind, form), "assessment_id": homework.id}
    return _perform(uow, kind, "create", None, fields)


def change_homework_question(uow: UnitOfWork, question: Question, **fields: Any) -> None:
    """Change a question of a homework; parts that are sent back as they are shown stay."""
    form = {name: fields.pop(name) for name in PART_FIELDS & fields.keys()}
    if form:
        live = where(question_id=question.id) & where(retired_at__isnull=True)
        shown = describe_parts(question.kind, uow.find(Choice, live))
        if find_changes(form, shown):
            fields["choices"] = build_parts(question.kind, form, shown)
    _perform(uow, question.kind, "update", question.id, fields)


def _perform(uow: UnitOfWork, kind: QuestionKind, action: str, id: int | None, fields: dict[str, Any]) -> Question:
    try:
        return perform(uow, Question, action, id, fields, returns=Question)
    except Invalid as error:
        raise place_errors(kind, error) from None


def require_fitting_questions(uow: UnitOfWork, homework: Assessment, content: ContentKind) -> None:
    """Raise Invalid("enum") on content if a homework has questions that this type does not take."""
    others = [kind for kind in QuestionKind if kind not in TAKES[content]]
    unfitting = LIVE_QUESTIONS & where(assessment_id=homework.id, kind__in=others)
    if others and uow.count(Question, unfitting):
        raise Invalid.because("content", "enum", expected=HomeworkWord.MIXED)


PATH, ROW = "/homework/questions/", "/homework/questions/{id}/"
WRITERS = frozenset({Role.SUPERADMIN, Role.DIRECTOR, Role.TEACHER})
"""The roles that set homework and grade it."""

ALIVE = OF_HOMEWORK & LIVE_QUESTIONS
NAMED: dict[str, Any] = {"resource": "homework.questions"}
READ: dict[str, Any] = {**NAMED, "kind": Question, "only": ALIVE, "open_to": FAMILY, "out": QuestionOut}
WRITTEN: dict[str, Any] = {**NAMED, "roles": WRITERS, "permission": "can_create_homework"}
CHANGED: dict[str, Any] = {**WRITTEN, "only": ALIVE, "use_case": change_homework_question}

HIDDEN = frozenset({"case_sensitive", "explanation"})
"""The fields by which students and parents find nothing, because they may not see them yet."""


def by_student(uow: UnitOfWork, user_id: int) -> Where:
    """Return the condition for the questions that a student was asked; families name the child by it."""
    if uow.actor.role in FAMILY:
        return everything
    return where(Answer__has=where(attempt__has=where(student__has=where(user_id=user_id))))


FILTERS = (id_filter("student", "id", by_student),)
ORDER = ("-assessment_id", "position", "id")
ORDERINGS = {"id": "id", "order": "position", "points": "points", "created_at": "created_at"}
LISTING = ListSpec(QuestionOut, ("text",), ORDER, ORDERINGS, FILTERS, madrasti.dialect.lists)

SINGLE = [
    madrasti.get(PATH, list_questions, verb="list", listing=LISTING, **READ),
    madrasti.create(PATH, Question, QuestionIn, QuestionOut, use_case=add_homework_question, **WRITTEN),
    madrasti.get(ROW, show_question, verb="retrieve", **READ),
    madrasti.update(ROW, Question, make_partial(QuestionIn), QuestionOut, **CHANGED),
    madrasti.update(ROW, Question, make_partial(QuestionIn), QuestionOut, method="PATCH", **CHANGED),
    madrasti.delete(ROW, Question, only=ALIVE, **WRITTEN),
]
QuestionItem = without_files(QuestionIn)

ROUTES = [
    *SINGLE,
    bulk_create(
        SINGLE[1],
        body=QuestionItem,
        use_case=add_homework_question,
        list_name="questions",
        shared=("homework",),
        addition=False,
    ),
    bulk_update(SINGLE[4], body=make_partial(QuestionItem)),
]
"""Images are sent one by one: of many questions, files would be stored before anybody knows which are right."""
