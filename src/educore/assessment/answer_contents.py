"""Check the content of answers against their questions before it is stored.

A content is one of `{"choice_id": 5}`, `{"choices": [5, 7]}`, `{"text": "..."}`, `{"blanks": ["Paris", "1789"]}`,
`{"pairs": [[1, 2], [2, 1]]}` and `{"order": [3, 1, 2]}`, whichever the kind of the question takes; empty or None takes
an answer back. Choices are named by id or, as `{"numbers": [2]}`, by their positions in the question; the parts of
pairs and orders by their numbers in the columns that the student sees (`columns`). The key itself is never consulted,
so a refusal tells nothing about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import Field, ValidationError

from educore.assessment.columns import PartColumns, columns_for
from educore.assessment.entities import Choice, Given, Question, QuestionKind
from educore.kernel.errors import Invalid, Problem
from educore.values import Line, Text, Value

TAKES: Mapping[QuestionKind, str] = {
    QuestionKind.SINGLE_CHOICE: "choice_id",
    QuestionKind.TRUE_FALSE: "choice_id",
    QuestionKind.MULTIPLE_CHOICE: "choices",
    QuestionKind.FILL_BLANKS: "blanks",
    QuestionKind.SHORT_TEXT: "text",
    QuestionKind.LONG_TEXT: "text",
    QuestionKind.MATCHING: "pairs",
    QuestionKind.ORDERING: "order",
}
"""The content that each kind of question takes."""

MAX_ENTRIES = 100
"""The largest number of entries of a content."""


class StoredAnswer(Protocol):
    """An answer, or what of it is its content."""

    @property
    def choice_id(self) -> int | None:
        """The one choice."""

    @property
    def text(self) -> str | None:
        """The text."""

    @property
    def given(self) -> Given | None:
        """The content of any other form."""


class Content(Value):
    """The content of an answer, of which a question takes one field."""

    choice_id: int | None = None
    choices: Annotated[tuple[int, ...], Field(max_length=MAX_ENTRIES)] = ()
    numbers: Annotated[tuple[int, ...], Field(max_length=MAX_ENTRIES)] = ()
    text: Text | None = None
    blanks: Annotated[tuple[Line, ...], Field(max_length=MAX_ENTRIES)] = ()
    pairs: Annotated[tuple[tuple[int, int], ...], Field(max_length=MAX_ENTRIES)] = ()
    order: Annotated[tuple[int, ...], Field(max_length=MAX_ENTRIES)] = ()


BY_POSITION = frozenset({"choice_id", "choices"})
"""The contents in place of which the positions of the choices may be given."""

NO_ANSWER: Mapping[str, Any] = {"choice_id": None, "text": None, "given": None}


def content_fields(
    question: Question, choices: Sequence[Choice], content: Mapping[str, Any], *, student_id: int
) -> dict[str, Any]:
    """Return the fields of an answer that keep a content.

    Raises: Invalid("wrong_content") for one that the question does not take; ("unknown_id") and ("named_twice") on the
    place of an id or number; ("too_many") on blanks and numbers; ("not_all") on order; the errors of the type of a
    content.
    """
    wanted = TAKES[question.kind]
    try:
        read = dict(Content.model_validate(content))
    except ValidationError as error:
        raise Invalid.from_pydantic(error) from None
    sent = {name: value for name, value in read.items() if value not in (None, "", ())}
    if "numbers" in sent and wanted in BY_POSITION and len(sent) == 1:
        return _numbered_fields(wanted, choices, sent["numbers"])
    if wrong := sorted(sent.keys() - {wanted}):
        raise Invalid.because(wrong[0], "wrong_content", name=wanted)
    if not sent:
        return dict(NO_ANSWER)
    value = sent[wanted]
    if wanted == "text":
        return {**NO_ANSWER, "text": value}
    if wanted == "choice_id":
        _require("choice_id", [value], {choice.id for choice in choices}, is_list=False)
        return {**NO_ANSWER, "choice_id": value}
    read_ids = _READERS[wanted]
    stored = read_ids(columns_for(question, choices, student_id=student_id), value)
    return {**NO_ANSWER, "given": Given.model_validate({wanted: stored})}


def content_of(kind: QuestionKind, columns: PartColumns, answer: StoredAnswer) -> dict[str, Any]:
    """Return the content of a stored answer as its student would send it; None for no answer."""
    wanted = TAKES[kind]
    if wanted in ("choice_id", "text"):
        return {wanted: getattr(answer, wanted)}
    return {wanted: None if answer.given is None else numbers_of(answer.given, wanted, columns)}


def numbers_of(given: Given, wanted: str, columns: PartColumns) -> list[Any]:
    """Return what is given, with the numbers of the parts in the columns that the student sees in place of ids."""
    lefts = {choice.id: number for number, choice in enumerate(columns.left, 1)}
    rights = {choice.id: number for number, choice in enumerate(columns.right, 1)}
    if wanted == "pairs":
        return [[lefts[left], rights[right]] for left, right in given.pairs]
    if wanted == "order":
        return [lefts[id] for id in given.order]
    return list(getattr(given, wanted))


def blanks_of(choices: Iterable[Choice]) -> set[int]:
    """Return the numbers of the blanks for which texts are accepted."""
    return {choice.blank or 1 for choice in choices}


def _numbered_fields(wanted: str, choices: Sequence[Choice], numbers: Sequence[int]) -> dict[str, Any]:
    """Return the fields of an answer that names choices by their positions."""
    ids = {choice.position: choice.id for choice in choices}
    _require("numbers", numbers, ids)
    if wanted == "choices":
        return {**NO_ANSWER, "given": Given(choices=tuple(ids[number] for number in numbers))}
    if len(numbers) > 1:
        raise Invalid.because("numbers", "too_many", most=1)
    return {**NO_ANSWER, "choice_id": ids[numbers[0]]}


def _read_choices(columns: PartColumns, ids: Sequence[int]) -> list[int]:
    _require("choices", ids, {choice.id for choice in columns.left})
    return list(ids)


def _read_blanks(columns: PartColumns, texts: Sequence[str]) -> list[str]:
    if len(texts) > (most := len(blanks_of(columns.left))):
        raise Invalid.because("blanks", "too_many", most=most)
    return list(texts)


def _read_pairs(columns: PartColumns, pairs: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    lefts, rights = dict(enumerate(columns.left, 1)), dict(enumerate(columns.right, 1))
    _require("pairs", [left for left, _ in pairs], lefts)
    _require("pairs", [right for _, right in pairs], rights)
    return [(lefts[left].id, rights[right].id) for left, right in pairs]


def _read_order(columns: PartColumns, numbers: Sequence[int]) -> list[int]:
    items = dict(enumerate(columns.left, 1))
    _require("order", numbers, items)
    if len(numbers) != len(items):
        raise Invalid.because("order", "not_all", count=len(items))
    return [items[number].id for number in numbers]


_READERS: Mapping[str, Callable[[PartColumns, Any], list[Any]]] = {
    "choices": _read_choices,
    "blanks": _read_blanks,
    "pairs": _read_pairs,
    "order": _read_order,
}


def _require(name: str, ids: Sequence[int], known: Collection[int], *, is_list: bool = True) -> None:
    """Refuse ids or numbers that are unknown or given twice."""
    counts = Counter(ids)
    problems = {
        f"{name}.{place}" if is_list else name: [Problem("named_twice" if id in known else "unknown_id", {"id": id})]
        for place, id in enumerate(ids)
        if id not in known or counts[id] > 1
    }
    if problems:
        raise Invalid(problems)
