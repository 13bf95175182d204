"""Sentences of errors speak of what people know: no class, no field of ours, and the limit that was really broken."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

import educore
from educore import EDUCATION, Conflict, Entity, Invalid, OnDelete, Problem
from educore.kernel.entity import marks, references, value_type
from educore.kernel.storage import Index, NoOverlap
from educore.kernel.uniqueness import unique_rules
from educore.people import Teacher
from educore.translation import EDUCORE_SENTENCES, ERROR_SENTENCES, LANGUAGES
from educore.values import Country, Currency, Month, PassportNumber, TimeZone, Weekdays
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To, item_body, nested_body
from educore_web.rest.foreign_keys import restore_sent_ids
from support.parametrize import each
from support.web.systems import OPS

WRITES_BRACES = {"template_syntax", "unknown_placeholder"}
"""Codes whose sentences are about braces."""
SAMPLES: dict[str, Any] = {"by": {"LedgerEntry": 2, "Session": 1, "Locker": 3}, "kind": "Student"}
"""Parameters that are no numbers."""
TYPED_BY_NOBODY = {
    *("PasswordAttempts", "CalendarFeed", "NumberSeries", "AnsweredRequest", "Notification", "Job"),
    *("AuditEntry", "AuditHead", "Attempt", "Answer", "LessonView"),
    *("Wallet", "RewardEntry", "BadgeAward", "Leaderboard", "LeaderboardEntry"),
}
"""Kinds whose unique values the program makes."""
CAMEL_CASE = re.compile(r"\b[A-Z][a-z]+[A-Z]\w*")
SNAKE_CASE = re.compile(r"\b[a-z]+_[a-z_]+\b")


def rendered(code: str, language: str) -> str:
    params = {name: SAMPLES.get(name, 5) for name in EDUCORE_SENTENCES.placeholders(code)}
    return Problem(code, {"kind": "Student", **params}).translate(language)


@each("code, language", [(code, language) for code in ERROR_SENTENCES for language in LANGUAGES])
def test_a_sentence_has_no_names_of_the_program_in_it(code: str, language: str) -> None:
    text = rendered(code, language)
    assert text
    assert not CAMEL_CASE.search(text)
    assert not SNAKE_CASE.search(text)
    assert code in WRITES_BRACES or not set("{}") & set(text)


def test_names_of_the_program_would_be_found() -> None:
    assert CAMEL_CASE.search("It depends on 2 LedgerEntry.")
    assert SNAKE_CASE.search("The field group_id is wrong.")


# -- deletions -----------------------------------------------------------------------------------------

REFUSING = [
    (kind, other)
    for kind in EDUCATION.kinds.values()
    for other, _, reference in EDUCATION.referrers(kind)
    if reference.on_delete is OnDelete.REFUSE
]
WORDS_FOR_OTHERS = {"en": "other entr", "ar": "أخر", "fr": "autre", "ru": "друг", "uz": "boshqa yozuv"}


@each("language", LANGUAGES)
def test_a_refused_deletion_names_the_rows_in_the_way_and_the_thing_to_do(language: str) -> None:
    assert len(REFUSING) > 50
    for kind, other in REFUSING:
        for count in (1, 2, 5):
            params = {"kind": kind.__name__, "by": {other.__name__: count}}
            text = Problem("in_use", params).translate(language)
            assert f"{count} " in text or (language == "ar" and count < 3), (kind, other)  # Arabic has words for these
            assert WORDS_FOR_OTHERS[language] not in text, (kind, other)
            assert not re.search(rf"\b{other.__name__}\b", text), (kind, other)
            assert text.endswith(".")


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", {1: "1 lesson.", 2: "2 lessons.", 5: "5 lessons."}),
        ("ar", {1: "حصة واحدة\u2069.", 2: "حصتان\u2069.", 3: "3 حصص", 11: "11 حصة", 100: "100 حصة"}),
        ("fr", {1: "1 séance.", 2: "2 séances.", 5: "5 séances."}),
        ("ru", {1: "1 занятие.", 2: "2 занятия.", 5: "5 занятий."}),
        ("uz", {1: "1 ta dars.", 2: "2 ta dars.", 5: "5 ta dars."}),
    ],
)
def test_counts_have_the_plural_forms_of_the_language(language: str, counts: dict[int, str]) -> None:
    for count, text in counts.items():
        assert text in Problem("in_use", {"kind": "Room", "by": {"Session": count}}).translate(language)


def test_the_advice_fits_the_kind() -> None:
    advice = {kind: Problem("in_use", {"kind": kind, "by": {"Group": 1}}).translate() for kind in EDUCATION.kinds}
    assert advice["Session"].endswith("Cancel the lesson instead.")
    assert advice["Room"].endswith("Make the room unavailable instead.")
    assert advice["Series"].endswith("Remove or change that first.")
    assert "block" not in advice["Session"]


def test_rows_of_kinds_that_nobody_described_are_other_entries() -> None:
    text = Problem("in_use", {"kind": "Cupboard", "by": {"Locker": 2, "Group": 1, "Key": 3}}).translate()
    assert "5 other entries, 1 group" in text
    assert "other entries. Remove" in Problem("in_use", {"by": {}}).translate()


# -- duplicates ----------------------------------------------------------------------------------------


def unique_keys() -> Iterator[tuple[type[Entity], tuple[str, ...]]]:
    for kind in EDUCATION.kinds.values():
        yield from ((kind, rule.fields) for rule in unique_rules(kind))
    for part in EDUCATION.storage:
        if isinstance(part, Index) and part.unique:
            yield part.kind, part.fields
        elif isinstance(part, NoOverlap):
            yield part.kind, (part.field,)


UNIQUE_KEYS = [(kind, group) for kind, group in unique_keys() if kind.__name__ not in TYPED_BY_NOBODY]


def names_one_value(kind: type[Entity], group: tuple[str, ...]) -> bool:
    """Whether a key is one value that somebody chooses, such as a name within a center."""
    return group[-1] not in references(kind) and set(group[:-1]) <= {"center_id", "branch_id"}


@each("kind, group", UNIQUE_KEYS)
def test_a_duplicate_says_what_there_is_already(kind: type[Entity], group: tuple[str, ...]) -> None:
    (problem,) = Conflict.duplicate(kind.__name__, group).fields[group[-1]]
    for language in LANGUAGES:
        is_general = problem.translate(language) == Problem("taken").translate(language)
        assert is_general is names_one_value(kind, group), problem.translate(language)


def test_unique_keys_of_both_kinds_are_looked_at() -> None:
    simple = {names_one_value(kind, group) for kind, group in UNIQUE_KEYS}
    assert simple == {True, False}


# -- limits --------------------------------------------------------------------------------------------

DECIMALS = [
    (kind, name)
    for kind in EDUCATION.kinds.values()
    for name in kind.model_fields
    if value_type(kind, name)[0] is Decimal
]


def problems_of(annotation: Any, value: object) -> list[Problem]:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(annotation).validate_python(value)
    return Invalid.from_pydantic(refused.value).fields[""]


@each("kind, name", DECIMALS)
@each("value", [0.30000000000000004, "0.30000000000000004", Decimal("0.1234")])
def test_too_many_decimals_are_not_called_too_many_digits(kind: type[Entity], name: str, value: Any) -> None:
    info = kind.model_fields[name]
    (places,) = {mark.decimal_places for mark in marks(kind, name) if hasattr(mark, "decimal_places")} - {None}
    annotation: Any = info.rebuild_annotation()
    (problem,) = problems_of(annotation, value)
    assert (problem.code, problem.params) == ("decimal_max_places", {"decimal_places": places})
    assert f"most {places} digit" in problem.translate()
    assert TypeAdapter(annotation).validate_python("1.000") == 1 if places == 3 else True


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        (Month, "month"),
        (Weekdays, "weekdays"),
        (Country, "country"),
        (Currency, "currency"),
        (TimeZone, "time_zone"),
        (PassportNumber, "passport_number"),
    ],
)
def test_a_text_with_a_fixed_format_is_told_the_format(annotation: Any, code: str) -> None:
    for text in ("December 2024", "x" * 100, "", "!"):
        if (code, text) != ("weekdays", ""):
            assert [problem.code for problem in problems_of(annotation, text)] == [code]


# -- required ------------------------------------------------------------------------------------------


def bodies() -> set[type[Body]]:
    found = {op.body for op in OPS if op.body is not None}
    for body in list(found):
        inner = {nested_body(body, name) or item_body(body, name) for name in body.model_fields}
        found |= {one for one in inner if one is not None}
    return found


@each("body", sorted(bodies(), key=lambda body: body.__name__))
def test_null_for_a_required_value_is_a_missing_value(body: type[Body]) -> None:
    for name in body.model_fields:
        try:
            body.model_validate({name: None})
        except ValidationError as error:
            found = Invalid.from_pydantic(error).fields
            assert {problem.code for problem in found.get(name, ())} <= {"missing"}, name


def test_a_row_without_a_value_that_it_needs_lacks_it() -> None:
    for kind in EDUCATION.kinds.values():
        for name in kind.model_fields:
            with pytest.raises(ValidationError) as refused:
                kind.model_validate({name: None})
            problems = Invalid.from_pydantic(refused.value).fields.get(name, [])
            assert {problem.code for problem in problems} <= {"missing"}, (kind, name)


# -- ids -----------------------------------------------------------------------------------------------


def problems_with_id() -> Iterator[tuple[str, str]]:
    """Yield the field and the value of `id` of each call like `Invalid.because("branch_id", "...", id=branch.id)`.

    A field that is a parameter of the function is the one it has unless another is given.
    """
    for path in Path(educore.__file__).parent.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            optional = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
            usual = {argument.arg: default for argument, default in optional}
            for node in ast.walk(function):
                if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith(".because"):
                    continue
                values = [ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg == "id"]
                field = usual.get(ast.unparse(node.args[0]), node.args[0])
                if values and isinstance(field, ast.Constant):
                    yield str(field.value), values[0]


def is_of_field(field: str, value: str) -> bool:
    return (
        value.replace(".", "_").endswith(field) or field.endswith(("_id", "_ids")) and value in ("id", "membership_id")
    )


def test_the_id_of_a_problem_is_that_of_its_field() -> None:
    found = list(problems_with_id())
    assert len(found) > 5
    assert {("student_id", "student_id"), ("branch_id", "branch.id")} <= {*found}
    assert not is_of_field("group_id", "student.id")
    assert not [(field, value) for field, value in found if not is_of_field(field, value)]


class PersonIn(Body):
    """A body that names a teacher by the account, and a group by its id."""

    teacher: Annotated[int, To("teacher_id"), LookupBy(Teacher, "user_id")]
    group: Annotated[int, To("group_id")]


def test_only_the_id_of_a_row_that_is_named_otherwise_is_replaced() -> None:
    problems = {name: [Problem("unknown_id", {"id": 5})] for name in ("teacher", "group")}
    restored = restore_sent_ids(PersonIn, problems, {"teacher": 70, "group": 62})
    assert {name: found[0].params["id"] for name, found in restored.items()} == {"teacher": 70, "group": 5}
