"""Lists inside the answers of an API: in its document, under further names, in tags, sent back, and in orderings."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import Annotated, Any

import msgspec
import pytest

from educore import EDUCATION, Actor, Count, Each, Educore, From, Later, NameOf, UnitOfWork
from educore.groups import Enrollment, Group
from educore.identity import User
from educore.people import Teacher
from educore_web.rest.bodies import Body
from educore_web.rest.errors import ErrorResponses, ResponseData
from educore_web.rest.execution import Caller, Execution, Executor
from educore_web.rest.further_names import Also, ApiShape
from educore_web.rest.listing import ListSpec
from educore_web.rest.openapi import build_document
from educore_web.rest.operation import Operation
from educore_web.rest.request import RequestData
from educore_web.rest.spec import ApiSpec
from support.cast import World
from support.lockers.api import CodeDialect
from support.plain_rows import change_row


class SeatOut(ApiShape, of=Enrollment):
    """A place in a group."""

    id: int
    student: Annotated[str, NameOf("student")]


class GroupOut(ApiShape, of=Group):
    """A group with who is in it, under two names."""

    id: int
    name: str
    seats: Annotated[list[SeatOut], Each("Enrollment"), Also("places")]
    letters: Annotated[int, Later(), Also("length")]
    seated: Annotated[int, Count("Enrollment")]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Count the letters of the names."""
        for row in rows:
            row["letters"] = len(row["name"])


class SeatIn(Body):
    """A place as a client sends it; its student is named by an id."""

    id: int
    student: int


class GroupIn(Body, of=Group):
    """A group as a client sends it."""

    name: str
    seats: list[SeatIn]


SPEC = ApiSpec("seats", title="Seats", prefix="/seats", base="/v1", dialect=CodeDialect(), examples={})
ORDERINGS = {"branch__name": "branch.name", "teacher__user__first_name": "teacher.user.first_name", "size": "seated"}


def update(uow: UnitOfWork, group: Group, **fields: Any) -> None:
    """Change a group; its seats cannot be changed here."""
    assert "seats" not in fields
    change_row(uow, group, fields)


OPERATIONS: list[Operation] = [
    SPEC.list("/groups/", GroupOut, orderings=ORDERINGS),
    SPEC.retrieve("/groups/{id}/", GroupOut),
    SPEC.update("/groups/{id}/", Group, GroupIn, GroupOut, use_case=update),
]
LIST, RETRIEVE, UPDATE = OPERATIONS


class Client:
    """A client of this API, as one actor."""

    def __init__(self, school: Educore, who: Actor) -> None:
        self.who = who
        errors = ErrorResponses(SPEC.dialect, EDUCATION.sentences, 1)
        self.executor = Executor("seats", OPERATIONS, school, errors)

    def call(self, operation: Operation, id: int | None = None, **data: Any) -> ResponseData:
        """Call an operation."""
        request = RequestData(operation.path, {}, None, "en", "127.0.0.1", "http://testserver", id=id)
        return Execution(self.executor, operation, replace(request, **data), Caller(self.who, monotonic())).run()

    def read(self, operation: Operation, id: int | None = None, **data: Any) -> Any:
        """Return the content of a successful answer as JSON values."""
        answer = self.call(operation, id, **data)
        assert answer.status == 200, answer.content
        return msgspec.json.decode(msgspec.json.encode(answer.content))


@pytest.fixture
def director(school: Educore, world: World) -> Client:
    """The director of Tashkent, in each of the stores."""
    return Client(school, world.dilshod)


def test_a_list_and_a_figure_are_shown_under_further_names_too(director: Client, world: World) -> None:
    shown = director.read(RETRIEVE, world.tashkent.morning.id)
    assert [*shown] == ["id", "name", "seats", "letters", "seated", "places", "length"]
    assert len(shown["seats"]) == shown["seated"] > 0
    assert shown["seats"] == shown["places"]
    assert shown["letters"] == shown["length"] == len("Morning")


def test_the_document_describes_the_items_of_a_list() -> None:
    schemas = build_document(SPEC, OPERATIONS, domain=EDUCATION, at="")["components"]["schemas"]
    items = {"type": "array", "items": {"$ref": "#/components/schemas/SeatOut"}}
    assert schemas["GroupOut"]["properties"]["seats"] == items | {"title": "Seats"}
    assert schemas["GroupOut"]["properties"]["places"].items() > items.items()
    assert schemas["SeatOut"]["required"] == ["id", "student"]


def test_a_tag_changes_with_the_rows_of_a_list(school: Educore, world: World, director: Client) -> None:
    group = world.tashkent.morning.id
    tag = director.call(RETRIEVE, group).headers["ETag"]
    assert director.call(RETRIEVE, group).headers["ETag"] == tag
    with school.work(world.rustam) as uow:
        change_row(uow, uow.get(User, world.sardor.user_id or 0), {"first_name": "Sardorbek"})
    later = director.call(RETRIEVE, group).headers["ETag"]
    assert later != tag
    assert director.call(UPDATE, group, body=director.read(RETRIEVE, group), if_match=tag).status == 412
    assert director.call(UPDATE, group, body=director.read(RETRIEVE, group), if_match=later).status == 200


def test_a_list_comes_back_as_it_is_shown(director: Client, world: World) -> None:
    group = world.tashkent.morning.id
    shown = director.read(RETRIEVE, group)
    changed = director.read(UPDATE, group, body=shown | {"name": "Early"})
    assert changed["name"] == "Early"
    assert changed["seats"] == shown["seats"]
    other = [seat | {"student": "Nobody"} for seat in shown["seats"]]
    refused = director.call(UPDATE, group, body=shown | {"seats": other})
    assert refused.status == 400


@pytest.mark.parametrize("key", [*ORDERINGS])
def test_a_list_is_ordered_by_the_words_of_its_document(director: Client, key: str) -> None:
    up, down = (director.read(LIST, query={"ordering": f"{sign}{key}"})["results"] for sign in ("", "-"))
    assert len(up) > 1
    if key == "size":
        assert [row["seated"] for row in down] == sorted((row["seated"] for row in up), reverse=True)
    assert {row["id"] for row in up} == {row["id"] for row in down}


def test_words_that_are_not_declared_are_refused(director: Client) -> None:
    for word in ("name", "branch.name", "seated", "branch__address", "teacher__hourly_rate"):
        assert director.call(LIST, query={"ordering": word}).status == 400


class TeacherOut(ApiShape, of=Teacher):
    """A teacher."""

    id: int
    branch_name: Annotated[str, From("branch.name")]


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("hourly_rate", "Teacher.hourly_rate is restricted"),
        ("user.passport_number", "User.passport_number is restricted"),
        ("user.password_hash", "User.password_hash is hidden"),
        ("branch.nam", "Branch has no field 'nam'; did you mean 'name'?"),
        ("-id", "Teacher has no field '-id'"),
    ],
)
def test_an_order_that_must_not_be_is_refused_at_the_start(path: str, complaint: str) -> None:
    ListSpec(TeacherOut, orderings={"word": "branch.name"}).compile(EDUCATION)
    with pytest.raises(TypeError) as refused:
        ListSpec(TeacherOut, orderings={"word": path}).compile(EDUCATION)
    assert complaint in str(refused.value)
