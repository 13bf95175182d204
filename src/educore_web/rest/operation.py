"""One documented operation as data: its name, its callers, its input and its output."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

from pydantic import BaseModel

from educore import Domain, Entity, Role, Shape, Where, everything
from educore_web.rest.bodies import Body, accepts_uploads
from educore_web.rest.cache_headers import Cache
from educore_web.rest.listing import ListSpec
from educore_web.rest.password_proof import accepts_password, chooses_password
from educore_web.rest.path_parameters import Under
from educore_web.rest.quota import Quota
from educore_web.rest.request import RequestData
from educore_web.rest.seen_as import SeenAs, shapes_seen


@dataclass(frozen=True)
class Operation:
    """One documented operation of an API.

    `handler` is a plain function. It receives the arguments that its signature names, out of these:

    * `uow`: the unit of work of the caller; not in public operations.
    * `school`: the `Educore` application; only in public operations.
    * `document`: a function that returns the encoded OpenAPI document of the API; only in public operations.
    * `request`: the `RequestData`.
    * `data`: the validated `Body`, None if the operation declares none.
    * `id`: the id of the row that the path names, None if it names none.
    * every other parameter of the path, by its name.
    * `only`: the condition of the rows that the request may address: `only` below, and the parent in the path.
    * `parent`: the field of a new row that refers to the parent in the path, as a mapping; empty if there is none.
    * `wording`: the words in which the caller is told of problems, for handlers that go on after one.

    It returns the content of the answer or, where it also decides the status or the headers, a whole `ResponseData`.

    `speaks_to` holds the roles that the API addresses: nobody else calls any operation that is not public. `kind` and
    `action` name the policy that decides who of them may call it; `roles` narrows that further. The roles in `open_to`
    may call it even if the policy gives them no row at all: their lists are empty and each row is not found.
    `only` restricts the operation to some rows of the kind, `under` to those below the row that the path names.
    `path_types` maps the parameters of the path that are no ids to their types, such as `UUID`. `lookup_field` is the
    field whose value the path gives in place of the id. `out` is the type of the answer: of each element if `many`, of
    each row if there is a `listing`; it comes with the `status` and the `further_statuses`. `parameters` describes
    query parameters other than those of a listing, and `required_parameters` names those of them that are required.
    `response_headers` maps the name of a header to its description. `public` operations need no token. `further_paths`
    lead to the same operation. `addition` marks an operation that the document of the API lacks. `idempotent` marks an
    operation that moves money and must not happen twice: if it writes, it honours an Idempotency-Key. `performs_action`
    is False if the handler does something else than to `perform` the action on the row, and so may lock other rows
    first. `is_sum` marks one that adds up rows: it refuses filters that it does not know, as nobody would see that they
    are ignored. `cache` says who may keep its answers. `names_row` marks a read whose query names a row, which may not
    exist for the caller. `seen_as` gives the shape of a row for an actor, a subclass of `out` that hides what they may
    not see.
    `detailed` is the shape of the rows, a subclass of `out`, where the query says `detailed=true`.
    `leaves_trace` marks a GET that writes down that it was read, such as the view of a lesson: it runs like one that
    writes. `unversioned` names the fields of an answer that change although nobody changes the row; its ETag leaves
    them out.
    `quota` says where a request counts if the API limits their number; for a sign-in, `quota_field` is the field of
    the body with the name. `permission` is the document's word for the right to call the operation.
    """

    name: str
    method: str
    path: str
    summary: str
    handler: Callable[..., Any]
    tag: str
    status: int = 200
    further_statuses: tuple[int, ...] = ()
    kind: type[Entity] | None = None
    action: str = "read"
    speaks_to: frozenset[Role] = frozenset(Role)
    roles: frozenset[Role] | None = None
    open_to: frozenset[Role] = frozenset()
    only: Where = everything
    under: Under | None = None
    path_types: Mapping[str, Any] = field(default_factory=dict)
    lookup_field: str = "id"
    body: type[Body] | None = None
    out: type[BaseModel] | None = None
    many: bool = False
    listing: ListSpec | None = None
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required_parameters: frozenset[str] = frozenset()
    response_headers: Mapping[str, str] = field(default_factory=dict)
    public: bool = False
    further_paths: tuple[str, ...] = ()
    addition: bool = False
    idempotent: bool = False
    performs_action: bool = True
    is_sum: bool = False
    names_row: bool = False
    cache: Cache = Cache.PRIVATE
    seen_as: SeenAs | None = None
    detailed: type[Shape] | None = None
    leaves_trace: bool = False
    unversioned: frozenset[str] = frozenset()
    quota: Quota = Quota.GENERAL
    quota_field: str = ""
    permission: str | None = None

    def admits(self, role: Role, domain: Domain) -> bool:
        """Return whether the role may call this for some row and some body."""
        if self.public:
            return True
        if role not in self.speaks_to:
            return False
        if role in self.open_to:
            return True
        if role is Role.ANONYMOUS or self.roles is not None and role not in self.roles:
            return False
        return self.kind is None or domain.policy(self.kind).permits(role, self.action)

    def allowed_roles(self, domain: Domain) -> list[Role]:
        """Return the roles that may call this for some row and some body."""
        return [role for role in Role if self.admits(role, domain)]

    def required_roles(self, domain: Domain) -> list[Role]:
        """Return the roles that a refusal names: of a public operation, those whose callers get more than visitors."""
        if self.public and self.roles is not None:
            return [role for role in Role if role in self.roles]
        return self.allowed_roles(domain)

    def shapes(self) -> list[type[Shape]]:
        """Return the shapes in the answer: the answer itself or, if it is none, those that its fields hold."""
        declared = [] if self.out is None else list(_shapes_in(self.out))
        declared += [] if self.detailed is None else [self.detailed]
        return declared + ([] if self.seen_as is None else shapes_seen(self.seen_as))

    @property
    def verb(self) -> str:
        """Return the last part of the name, such as `list`."""
        return self.name.rpartition(".")[2]

    @property
    def is_read_only(self) -> bool:
        """Return whether the operation writes nothing."""
        return self.is_safe and not self.leaves_trace

    @property
    def is_safe(self) -> bool:
        """Return whether the operation changes nothing that a client would notice, at most what counts the reads."""
        return self.method == "GET"

    @property
    def takes_body(self) -> bool:
        """Return whether a request may have a body."""
        return self.method in ("POST", "PUT", "PATCH") or self.body is not None

    @property
    def is_update(self) -> bool:
        """Return whether the operation changes fields of a row that a client may have read before."""
        return self.method in ("PUT", "PATCH") and self.has_path_id

    @cached_property
    def accepts_files(self) -> bool:
        """Return whether the body has a field for a file."""
        return self.body is not None and accepts_uploads(self.body)

    @property
    def checks_password(self) -> bool:
        """Return whether a caller who is not signed in can make it hash a password, which keeps a processor busy."""
        return self.public and (accepts_password(self.body) or chooses_password(self.body))

    @property
    def accepts_idempotency_key(self) -> bool:
        """Return whether the operation honours an Idempotency-Key."""
        return self.idempotent and not self.is_safe

    @property
    def has_path_id(self) -> bool:
        """Return whether the path names one row."""
        return "{id}" in self.path

    @property
    def is_retrieval(self) -> bool:
        """Return whether the operation shows one row as it is."""
        return (
            self.is_safe
            and self.path.endswith("{id}/")
            and self.out is not None
            and not self.many
            and not self.parameters
        )

    @property
    def shows_one(self) -> bool:
        """Return whether the operation shows one row: that of the path, or the only one there is for the caller."""
        return self.is_retrieval or self.is_safe and self.name.endswith(".retrieve") and not self.parameters

    @property
    def addresses_row(self) -> bool:
        """Return whether a request names one row, in its path, its query or its body (as where a class is marked)."""
        acts = self.method == "POST" and self.kind is not None and self.action != "create"
        return self.has_path_id or self.names_row or acts

    @cached_property
    def arguments(self) -> frozenset[str]:
        """Return the names of the arguments that the handler takes."""
        return frozenset(inspect.signature(self.handler).parameters)

    def rows(self, request: RequestData) -> Where:
        """Return the condition of the rows that a request may address."""
        return self.only if self.under is None else self.only & self.under.rows(request.params)

    def call(self, request: RequestData, **available: Any) -> Any:
        """Call the handler with those arguments that its signature names: the available ones, and those of the path."""
        parent = {} if self.under is None else self.under.reference(request.params)
        known = {"id": request.id, "request": request, "only": self.rows(request), "parent": parent}
        arguments = {**request.params, **known, **available}
        return self.handler(**{name: arguments[name] for name in self.arguments})


def _shapes_in(annotation: Any) -> Iterator[type[Shape]]:
    if not isinstance(annotation, type):
        for part in get_args(annotation):
            yield from _shapes_in(part)
    elif issubclass(annotation, Shape):
        yield annotation
    elif issubclass(annotation, BaseModel):
        for info in annotation.model_fields.values():
            yield from _shapes_in(info.annotation)
