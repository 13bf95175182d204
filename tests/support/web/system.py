"""Facts about an API for the generated tests: its document, its permissions, and a request for each operation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from educore import EDUCATION
from educore.kernel.entity import plain_type
from educore_web.rest import openapi
from educore_web.rest.cache_headers import Cache
from educore_web.rest.listing import Listing
from educore_web.rest.operation import Operation
from educore_web.rest.spec import ApiSpec
from educore_web.rest.uploads import Upload
from support.cast import Town
from support.school_cast import School
from support.web.catalog import Catalog
from support.web.openapi_checks import OpenApiChecks

if TYPE_CHECKING:
    from support.web.extra_rows import TaughtRows
    from support.web.money_rows import MoneyRows
    from support.web.running_platform import RunningPlatform
    from support.web.school_rows import SpareRows

ROOT_NAME = "rustam"
"""Who runs the platform."""

Body = dict[str, Any]


def roles_in(may: Mapping[str, Collection[str]]) -> Callable[[str], set[str]]:
    """A function for the roles that may ever call an operation: by its name, else by its section or its module."""

    def find(name: str) -> set[str]:
        parts = name.split(".")
        known = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return set(next(may[part] for part in known if part in may))

    return find


@dataclass(frozen=True)
class File:
    """A file in a body, which then goes as a form."""

    name: str
    content: bytes


Locality = Town | School
"""Where the operations of an API are tried: a town with a center of courses, or a school."""


@dataclass(frozen=True)
class Place:
    """A town or a school of the running platform: what a recipe may refer to."""

    site: RunningPlatform
    locality: Locality

    @property
    def center(self) -> int:
        """The id of the center."""
        return self.locality.center.id

    @property
    def town(self) -> Town:
        """The town, for APIs of centers of courses."""
        assert isinstance(self.locality, Town)
        return self.locality

    @property
    def school(self) -> School:
        """The school, for the API of schools."""
        assert isinstance(self.locality, School)
        return self.locality

    @property
    def spare(self) -> SpareRows:
        """What the school has beside its cast."""
        return self.site.schools.spare[self.center]

    @property
    def taught(self) -> TaughtRows:
        """What the morning group has been taught."""
        return self.site.extras.taught[self.center]

    @property
    def money(self) -> MoneyRows:
        """What has been paid and is owed here."""
        return self.site.extras.money[self.center]


@dataclass(frozen=True)
class Cast:
    """The people who call an API, by name, and the two towns or schools in which its operations are tried.

    `people` names somebody at home for each role; they have no business abroad. `others` names further people there
    and the role of each; `shut_out` were blocked after they had signed in. Of the roles, only a director, a teacher and
    a student are in every cast.
    """

    people: Mapping[str, str]
    others: Mapping[str, str]
    home: Callable[[RunningPlatform], Locality]
    abroad: Callable[[RunningPlatform], Locality]
    shut_out: tuple[str, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that the API speaks to, and the superadmin."""
        return ("superadmin", *self.people)

    @property
    def callers(self) -> dict[str, str]:
        """Somebody for each role, the superadmin included."""
        return {"superadmin": ROOT_NAME, **self.people}

    @property
    def at_home(self) -> dict[str, str]:
        """The role of everybody at home, by name."""
        return {name: role for role, name in self.people.items()} | dict(self.others)

    @property
    def typical(self) -> tuple[str, ...]:
        """A director, a teacher and a student, for tests that are too long for everybody."""
        return tuple(self.people[role] for role in ("director", "teacher", "student"))


CENTERS = Cast(
    people={"director": "dilshod", "manager": "malika", "admin": "aziza", "teacher": "timur", "student": "sardor"},
    others={"tamara": "teacher", "shirin": "student"},
    home=lambda site: site.world.tashkent,
    abroad=lambda site: site.world.samarkand,
    shut_out=("bahrom", "karim"),
)
"""Two educational centers."""

SCHOOLS = Cast(
    people={
        "director": "driss",
        "manager": "mounir",
        "admin": "amina",
        "staff": "samira",
        "teacher": "tarik",
        "student": "yasmine",
        "parent": "meryem",
        "driver": "hamid",
    },
    others={"touria": "teacher", "younes": "student", "mehdi": "parent"},
    home=lambda site: site.schools.casablanca,
    abroad=lambda site: site.schools.rabat,
    shut_out=("badr", "kamal"),
)
"""Two schools."""


class ErrorFormat:
    """How an API says no: `{"error", "status_code"}`, or the fields with what is wrong with them."""

    keys = frozenset({"error", "status_code"})

    def whole(self, status: int, sentence: str) -> Body:
        """The body that refuses as a whole."""
        return {"error": sentence, "status_code": status}

    def is_whole(self, body: Any, status: int) -> bool:
        """Whether a body refuses as a whole."""
        return isinstance(body, dict) and body == self.whole(status, str(body.get("error")))

    def details(self, body: Any) -> Any:
        """The part of a body that names fields."""
        return {} if isinstance(body, dict) and set(body) == self.keys else body

    def words(self, body: Any) -> Collection[str]:
        """What a body names by words for programs, which are no sentences."""
        return ()


@dataclass(frozen=True, eq=False)
class System:
    """One API under test.

    `rows` and `bodies` are the recipes: by operation or section the row it is tried on, by operation a body that it
    accepts. `roles` says who may ever call an operation, `added` what is served beyond the document. `ids` gives for
    each field that refers to a row the id it has in a town, `seen` how many rows of a list everybody sees.
    `acted_on` is the field of a body that names the row acted on, as a path does elsewhere. The rows of `personal`
    sections belong to one person each; the recipes name one of the superadmin. `queries` is what some must be asked.
    `rowless` names by section the roles that may look but have no row there, and by operation those to whom the row of
    the recipe does not exist; `only_oneself` by operation those who may call it about themselves alone. `page_keys` are
    those of a page, `left_out` by section the documented keys that an answer has only where a query asks for them.
    `parents` are the ids of the rows that paths name above the row itself, by the name of the parameter.
    `with_more` says how many statements the lists and figures of a row cost. `plain_numbers` are filters by whole
    numbers that are no ids.
    """

    spec: ApiSpec
    operations: Sequence[Operation]
    catalog: Catalog
    roles: Callable[[str], set[str]]
    added: frozenset[str]
    rows: Mapping[str, Callable[[Place], Any]]
    bodies: Mapping[str, Callable[[Place], Body]]
    ids: Callable[[Place], dict[str, int]]
    seen: Mapping[str, Mapping[str, int]]
    cast: Cast = CENTERS
    refusals: ErrorFormat = field(default_factory=ErrorFormat)
    adds_keys: bool = False
    references: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    deciding: frozenset[str] = frozenset()
    acted_on: Mapping[str, str] = field(default_factory=dict)
    queries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    for_anybody: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    rowless: Mapping[str, frozenset[str]] = field(default_factory=dict)
    only_oneself: Mapping[str, frozenset[str]] = field(default_factory=dict)
    left_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    with_more: Mapping[str, int] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    plain_numbers: frozenset[str] = frozenset()
    page_keys: Sequence[str] = ("count", "next", "previous", "results")  # C22

    @property
    def name(self) -> str:
        """The name `--api` takes."""
        return self.spec.name

    @cached_property
    def ops(self) -> dict[str, Op]:
        """Every operation by name."""
        return {operation.name: Op(self, operation) for operation in self.operations}

    @cached_property
    def promise(self) -> OpenApiChecks:
        """The OpenAPI document, made once."""
        return OpenApiChecks(openapi.build_document(self.spec, self.operations, domain=EDUCATION, at=self.spec.prefix))

    @cached_property
    def _described(self) -> dict[tuple[str, str], Operation]:
        """Every operation by method and path, as the OpenAPI document has them."""
        return {
            (operation.method, f"{self.spec.base}{path}"): operation
            for operation in self.operations
            for path in (operation.path, *operation.further_paths)
        }

    def operation_at(self, method: str, path: str) -> Operation:
        """The operation that the OpenAPI document describes under a path."""
        return self._described[method, path]

    def __getitem__(self, name: str) -> Op:
        return self.ops[name]

    def __iter__(self) -> Iterator[Op]:
        return iter(self.ops.values())

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Op:
    """One operation of one API, as the tests speak of it."""

    system: System
    operation: Operation

    def __str__(self) -> str:
        return f"{self.system.name}:{self.name}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.operation, name)

    @property
    def listing(self) -> Listing | None:
        """The filters and orderings of a list, None of any other operation."""
        return self.operation.listing and self.operation.listing.compile(EDUCATION)

    @property
    def section(self) -> str:
        """What comes before the verb: groups of groups.list."""
        return self.operation.name.rpartition(".")[0]

    @property
    def verb(self) -> str:
        """What is done: list of groups.list."""
        return self.operation.name.rsplit(".", maxsplit=1)[-1]

    @property
    def who(self) -> set[str]:
        """The roles that may ever call it."""
        return self.system.roles(self.operation.name)

    @property
    def owner(self) -> str:
        """The director at home if they may call it, or the superadmin."""
        if self.operation.public or "director" in self.who and not self.is_personal:
            return self.system.cast.people["director"]
        return self.master

    @property
    def master(self) -> str:
        """The superadmin, or where not even they may call it, a director, a student or a parent who may."""
        if self.operation.public or "superadmin" in self.who:
            return ROOT_NAME
        return self.system.cast.people[next(role for role in ("director", "student", "parent") if role in self.who)]

    def home(self, site: RunningPlatform) -> Place:
        """The town in which it is tried."""
        return Place(site, self.system.cast.home(site))

    def abroad(self, site: RunningPlatform) -> Place:
        """The other town."""
        return Place(site, self.system.cast.abroad(site))

    def towns(self, site: RunningPlatform) -> tuple[Place, Place]:
        """Both towns."""
        return self.home(site), self.abroad(site)

    @property
    def is_personal(self) -> bool:
        """Whether it is about one row, which to everybody but one person does not exist."""
        return self.section in self.system.personal and self.operation.has_path_id

    def is_rowless(self, role: str) -> bool:
        """Whether it shows one of the rows of which somebody has none, and so none to them."""
        rowless = self.system.rowless
        return role in rowless.get(self.name, ()) or self.verb == "retrieve" and role in rowless.get(self.section, ())

    def is_for_others(self, role: str) -> bool:
        """Whether its row is somebody else, about whom this role may not call it."""
        return role in self.system.only_oneself.get(self.name, ())

    @property
    def needs_file(self) -> bool:
        """Whether its body must hold a file, so that it cannot come as JSON."""
        fields = self.operation.body.model_fields.values() if self.operation.body else ()
        return any(info.is_required() and plain_type(info.annotation)[0] is Upload for info in fields)

    @property
    def is_documented(self) -> bool:
        """Whether it stands in the document."""
        return self.operation.name in self.system.catalog.operations

    @property
    def documented(self) -> dict[str, Any]:
        """What the document says of it; a copy, because the catalog belongs to all tests."""
        return deepcopy(self.system.catalog.operations[self.operation.name])

    @property
    def response(self) -> dict[str, Any]:
        """The response it documents, without what it shows only where it is asked to."""
        found = self.system.catalog.response(self.operation.name)
        left_out = self.system.left_out.get(self.section, ())
        return found | {"fields": [name for name in found["fields"] if name not in left_out]}

    @property
    def extra_statements(self) -> int:
        """The statements that an answer costs beyond its rows: for lists in it, and for when a row was last changed."""
        more, is_dated_row = self.system.with_more, self.operation.cache is Cache.STRUCTURE and self.verb == "retrieve"
        return more.get(self.name, more.get(self.section, 0)) + is_dated_row

    @property
    def described(self) -> dict[str, Any]:
        """What the OpenAPI document says of it."""
        paths = self.system.promise.document["paths"]
        found: dict[str, Any] = paths[self.full_path][self.operation.method.lower()]
        return found

    @property
    def full_path(self) -> str:
        """The path with the base of the API."""
        return f"{self.system.spec.base}{self.operation.path}"

    def path(self, id: int | None = None) -> str:
        """The path with an id in its place."""
        path = self.operation.path.replace("{id}", str(id))
        for name, parent in self.system.parents.items():
            path = path.replace(f"{{{name}}}", parent)
        return path

    def sibling(self, verb: str) -> Op:
        """Another operation on the same rows."""
        return self.system[f"{self.section}.{verb}"]
