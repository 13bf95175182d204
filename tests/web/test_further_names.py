"""Further names of fields: accepted in bodies, shown in answers, and never dropped in silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest

from educore import From
from educore.courses import Course
from educore_web.rest.bodies import Body as RequestBody
from educore_web.rest.further_names import ADDITION, Also, ApiShape, flat_fields, further_names, is_addition
from educore_web.rest.listing import Listing
from support.cast import PASSWORD
from support.parametrize import each
from support.school_cast import School
from support.web.bad_filters import SINCE, UNTIL
from support.web.client import ApiResponse, Client
from support.web.invalid_values import further_fields, invalid_values
from support.web.recipes import BY_NAME, Place, call_operation, call_recipe, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Body, File, Op, System
from support.web.systems import OPS, PAGED, SYSTEMS

PDF = File("other.pdf", b"%PDF-1.7\n%other\n%%EOF")
VALUES: dict[str, tuple[Any, Any]] = {
    "exam_date": ("2024-02-16", "2024-02-17"),
    "total_points": (90, 95),
    "passing_score": (55, 56),
    "score": (77, 78),
    "base_salary": (2100, 2200),
    "penalty": (40, 41),
    "payment_type": ("Card", "Transfer"),
    "submission_file": (PDF, File("third.pdf", b"%PDF-1.7\n%third\n%%EOF")),
    "contract_file": (PDF, File("third.pdf", b"%PDF-1.7\n%third\n%%EOF")),
    "signed_date": ("2024-01-02", "2024-01-03"),
    "duration": (90, 60),
    "user.username": ("nilufar", "nafisa"),
    "user.password": ("Nilufar@123", "Nafisa@123"),
    "user.old_password": (PASSWORD, "Wrong@1234"),
    "user.email": ("nilufar@mail.uz", "nafisa@mail.uz"),
    "user.first_name": ("Nilufar", "Nafisa"),
    "user.last_name": ("Saidova", "Karimova"),
    "user.phone": ("+998770000009", "+998770000008"),
    "room_number": ("301", "302"),
    "feedback": ("Très bien", "Presque"),
}
"""Two values for each documented field that has further names."""

PEOPLE_AND_CLASSES: dict[str, Callable[[School], tuple[Any, Any]]] = {
    "parent": lambda school: (school.parent.user_id, school.second_parent.user_id),
    "student": lambda school: (school.student.user_id, school.newcomer.user_id),
    "school_class": lambda school: (school.class_a.id, school.class_b.id),
    "class": lambda school: (school.class_a.id, school.class_b.id),
    "attendance_data": lambda school: (_marks(school, "present"), _marks(school, "absent")),
}
"""The same for those that refer to a row of a school."""

ACCEPTED = [(op, name, path) for op in OPS if op.body for name, path in further_names(op.body).items()]
FULL = [op for op in OPS if op.body and further_names(op.body) and op.verb != "partial_update"]
ALONE = [case for case in ACCEPTED if case[0].verb == "partial_update"]
CHANGES = [case for case in ACCEPTED if case[0].verb in ("update", "partial_update")]
FIXED = ("student", "school_class", "class")
"""A place keeps its student and its class, and a timetable its class."""
CHANGE_NOTHING = ("user.old_password", "duration", *FIXED)
"""The first only proves who asks, and the second follows from the times."""
NOT_SHOWN = (*CHANGE_NOTHING, "user.password", "contract_file")
SHOWN = [op for op in OPS if op.out and any(map(is_addition, op.out.model_fields.values()))]


def _values(site: RunningPlatform, op: Op, path: str) -> tuple[Any, Any]:
    """Two values for a field, of which the operation accepts the first: the one that its recipe has, if any."""
    if path not in PEOPLE_AND_CLASSES:
        return VALUES[path]
    first, second = PEOPLE_AND_CLASSES[path](op.home(site).school)
    return (first, second) if recipe_body(op, op.home(site)).get(path, first) == first else (second, first)


def _marks(school: School, status: str) -> list[Body]:
    """The marks of a class, of which one pupil is there."""
    return [{"student": school.student.user_id, "status": status}]


def _put(body: Body, path: str, value: Any) -> Body:
    first, _, rest = path.partition(".")
    return body | {first: _put(body.get(first, {}), rest, value) if rest else value}


def _without(body: Body, path: str) -> Body:
    """The body without a field, and without an object that is empty then."""
    first, _, rest = path.partition(".")
    inner = _without(body.get(first, {}), rest) if rest else None
    return {name: value for name, value in body.items() if name != first} | ({first: inner} if inner else {})


def _row(site: RunningPlatform, op: Op) -> int | None:
    at = op.home(site)
    return at.taught.lesson if op.name == "lessons.partial_update" else recipe_row(op, at)  # it has times


def _send(site: RunningPlatform, op: Op, body: Body) -> ApiResponse:
    return call_operation(site.client(op.master), op, id=_row(site, op), body=body)


def _base(site: RunningPlatform, op: Op) -> Body:
    """A body that works: for a PATCH an empty one, so that each field is tried alone."""
    body: Body = {} if op.verb == "partial_update" else recipe_body(op, op.home(site))
    return body


def _effect(site: RunningPlatform, answer: ApiResponse) -> tuple[int, Any, Any]:
    """What an answer and the database say, without the random parts of the addresses of files."""
    tables = {name: site.rows()[name] for name in site.changed()}
    answered = {key: value for key, value in answer.body.items() if "://" not in str(value)}
    keys = {key for row in tables.values() for fields in row for key in fields if "/" in str(key)}
    text = json.dumps(tables, default=str)
    for key in keys:
        text = text.replace(str(key), "file")
    return answer.status, answered, text if not keys else sorted(tables)


@each("op", FULL)
def test_further_names_do_what_the_documented_names_do(op: Op, site: RunningPlatform) -> None:
    documented = further = _base(site, op)
    for name, path in further_names(op.body).items():
        value, _ = _values(site, op, path)
        documented = _put(documented, path, value)
        further = _without(further, path) | {name: value}
    effect = _effect(site, _send(site, op, documented).expect(op.status))
    for body in (further, documented | further):
        site.reset()
        assert _effect(site, _send(site, op, body).expect(op.status)) == effect


@each("op, name, path", ALONE)
def test_a_further_name_alone_changes_what_it_says(op: Op, name: str, path: str, site: RunningPlatform) -> None:
    value, _ = _values(site, op, path)
    effect = _effect(site, _send(site, op, _put({}, path, value)).expect(200))
    site.reset()
    assert _effect(site, _send(site, op, {name: value}).expect(200)) == effect
    assert site.changed() != [] or path in CHANGE_NOTHING


@each("op", {op: None for op, _, _ in ACCEPTED})
def test_two_names_with_two_values_are_refused_and_both_are_named(op: Op, site: RunningPlatform) -> None:
    body, names = _base(site, op), further_names(op.body)
    for name, path in names.items():
        first, second = _values(site, op, path)
        body = _put(body, path, first) | {name: second}
    answer = _send(site, op, body)
    assert (answer.status, {names[name] for name in answer.fields()}) == (400, set(names.values()))
    for name in answer.fields():
        assert names[name] in answer.error_of(name)[0] or names[name] in FIXED and op.verb != "create"
    assert site.changed() == []


@each("op, name, path", [(op, name, path) for op, name, path in CHANGES if path not in NOT_SHOWN])
def test_what_an_answer_shows_can_be_sent_back_with_either_name_changed(
    op: Op, name: str, path: str, site: RunningPlatform
) -> None:
    value, _ = _values(site, op, path)
    shown = call_operation(site.client("rustam"), op.sibling("retrieve"), id=_row(site, op)).expect(200).body
    expected = _send(site, op.sibling("partial_update"), _put({}, path, value)).expect(200).body
    for body in (shown | {name: value}, _put(shown, path, value)):
        site.reset()
        assert _send(site, op, body).expect(200).body == expected


@each("op", [op for op in OPS if op.body and flat_fields(op.body)])
def test_the_id_of_an_account_stands_for_the_account_that_the_row_shows(op: Op, site: RunningPlatform) -> None:
    (name,) = flat_fields(op.body)
    body = _without(_base(site, op), name)
    if op.verb == "create":
        answer = _send(site, op, body | {name: 1})
        assert (answer.status, answer.fields()) == (400, {name})
        return
    shown = call_operation(site.client(op.master), op.sibling("retrieve"), id=_row(site, op)).expect(200).body
    answer = _send(site, op, body | {name: shown[name]["id"], "first_name": "Nafisa"}).expect(200)
    assert answer[name] == shown[name] | {"first_name": "Nafisa"}
    answer = _send(site, op, body | {name: shown[name]["id"] + 1})
    assert (answer.status, answer.fields()) == (400, {name})


def test_errors_are_named_as_the_client_wrote_the_field(dilshod: Client, site: RunningPlatform) -> None:
    branch = site.world.tashkent.branch.id
    answer = dilshod.post("/students/", {"username": "dilshod", "password": "short", "branch": branch})
    assert (answer.status, answer.fields()) == (400, {"username", "password"})
    assert dilshod.post("/students/", {"first_name": "A", "branch": branch}).fields() == {"username", "password"}
    assert dilshod.post("/students/", {"branch": branch}).fields() == {"user"}
    exam = {"exam_date": "2024-02-30", "total_marks": "many"}
    assert dilshod.patch(f"/exams/{Place(site, site.world.tashkent).taught.quiz}/", exam).fields() == set(exam)


@each("op", {op: None for op, _, _ in ACCEPTED if not op.needs_file})
def test_wrong_values_are_refused_under_the_name_that_was_sent(op: Op, site: RunningPlatform) -> None:
    body, names = recipe_body(op, op.home(site)), further_names(op.body)
    for name, schema in further_fields(op).items():
        wrong = json.loads(invalid_values(schema)[-1])
        answer = _send(site, op, _without(body, names[name]) | {name: wrong})
        fields = {path.partition(".")[0] for path in answer.fields()}
        assert (answer.status, fields & {name, names[name]}) == (400, {name}), name
    assert site.changed() == []


@each("op", SHOWN)
def test_additions_come_last_and_further_names_show_the_same(op: Op, site: RunningPlatform) -> None:
    at = op.home(site)
    answer = call_operation(site.client(op.master), op, id=recipe_row(op, at), body=recipe_body(op, at))
    rows = answer.results if op.listing else answer.body if op.many else [answer.body]
    fields = op.out.model_fields
    added = [name for name in fields if is_addition(fields[name])]
    assert list(fields)[-len(added) :] == added
    for row in rows:
        assert list(row) == list(fields)
        for name, documented in _pairs(op):
            assert row[name] == row[documented]


def _pairs(op: Op) -> Iterator[tuple[str, str]]:
    for documented, info in op.out.model_fields.items():
        for mark in info.metadata:
            if isinstance(mark, Also):
                yield from ((name, documented) for name in mark.names)


@each("op", [op for op in PAGED if any(_pairs(op))])
def test_lists_filter_and_order_by_further_names(op: Op, site: RunningPlatform) -> None:
    listing, client, at = op.listing, site.client(op.master), op.home(site)
    assert listing is not None
    for name, documented in _pairs(op):
        assert (name in listing.orderings) is (documented in listing.orderings)
        if documented != "id":  # by which no list is filtered
            assert _suffixes(listing, name) == _suffixes(listing, documented)
        for sign in ("", "-") if name in listing.orderings else ():
            pages = [call_recipe(client, op, at, query={"ordering": sign + word}).ids for word in (name, documented)]
            assert pages[0] == pages[1] != []
        for suffix in _suffixes(listing, documented):
            for value in ("2024-02-01", "Cash", "nonsense"):
                answers = [call_recipe(client, op, at, query={word + suffix: value}) for word in (name, documented)]
                assert answers[0].status == answers[1].status
                assert answers[0].status == 400 or answers[0].ids == answers[1].ids


def _suffixes(listing: Listing, name: str) -> set[str]:
    known = {found.name for found in listing.filters}
    return {suffix for suffix in ("", *SINCE, *UNTIL) if name + suffix in known}


@each("op, path", [(op, path) for op in OPS for path in op.further_paths])
def test_further_paths_lead_to_the_same_operation(op: Op, path: str, site: RunningPlatform) -> None:
    at = op.home(site)
    answers = [
        site.client().of(op.system).send(op.method, where, body=recipe_body(op, at)) for where in (op.path(), path)
    ]
    assert [answer.status for answer in answers] == [op.status, op.status]
    assert list(answers[0].body) == list(answers[1].body)


@pytest.mark.parametrize("system", SYSTEMS)
def test_openapi_shows_and_marks_every_further_name_and_path(system: System) -> None:
    for op in system:
        request = system.promise.request_schema(op.method, op.full_path) or {"properties": {}}
        for name, path in further_names(op.body).items() if op.body else ():
            described = request["properties"][name]
            assert described["x-addition"]
            assert f"`{path}`" in described["description"]
        for path in op.further_paths:
            assert system.promise.document["paths"][f"{system.spec.base}{path}"][op.method.lower()]["x-addition"]
    for op in SHOWN:
        schema = op.system.promise.document["components"]["schemas"][op.out.__name__]
        for name, info in op.out.model_fields.items():
            assert schema["properties"][name].get("x-addition", False) is is_addition(info)


def test_a_name_declared_twice_is_an_error_at_once() -> None:
    class TwiceIn(RequestBody):
        """A body with a name that means two fields."""

        name: Annotated[str, Also("title")]
        title: str

    with pytest.raises(TypeError, match="title means both"):
        further_names(TwiceIn)
    with pytest.raises(TypeError, match="title is a field and a further name"):

        class TwiceOut(ApiShape, of=Course):
            """A shape with a name that means two fields."""

            name: Annotated[str, Also("title")]
            title: Annotated[str, From("name"), ADDITION]


def test_there_is_something_to_try() -> None:
    assert {path for _, _, path in ACCEPTED} == {*VALUES, *PEOPLE_AND_CLASSES}
    assert BY_NAME["auth.login"].further_paths == ("/login/",)
    assert {op.name.split(".")[0] for op in SHOWN} >= {"students", "teachers", "lessons", "payments", "exams"}
