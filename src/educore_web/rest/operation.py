"""One documented operation, as data: what it is called, who may call it, what it takes and gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from educore import Domain, Entity, Role, Where, everything
from educore_web.rest.bodies import Body, uploads_in
from educore_web.rest.listing import Listing
from educore_web.rest.password_proof import takes_password


@dataclass(frozen=True)
class Operation:
    """One line of a contract.

    `do` is a plain function that takes what it names: `uow`, `id`, `data` (the body), `query`, and for
    public operations `school` and `host`. `kind` and `action` say which rule of the policies decides;
    `roles` narrows it further. `only` keeps the operation to part of the kind; `by` is the field whose value
    the path names as the id. `out` is the type of the answer, of each element where `many`, of each row
    where there is a `listing`. Where it has `headers` (what each of them says), `do` gives a whole `Answer`.
    `query` describes parameters of the query beside those of a listing, `needs` those among them that must be sent.
    `once` marks what moves money, which must not happen twice: it honours an Idempotency-Key.
    """

    name: str
    method: str
    path: str
    summary: str
    do: Callable[..., Any]
    tag: str
    status: int = 200
    kind: type[Entity] | None = None
    action: str = "read"
    roles: frozenset[Role] | None = None
    only: Where = everything
    by: str = "id"
    body: type[Body] | None = None
    out: type[BaseModel] | None = None
    many: bool = False
    listing: Listing | None = None
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    public: bool = False
    addition: bool = False
    once: bool = False

    def admits(self, role: Role, domain: Domain) -> bool:
        """Whether the role may ever call this, whatever the row and the body."""
        if self.public:
            return True
        if role is Role.ANONYMOUS or self.roles is not None and role not in self.roles:
            return False
        return self.kind is None or domain.policy(self.kind).permits(role, self.action)

    @property
    def reads_only(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"

    @cached_property
    def takes_files(self) -> bool:
        """Whether its body has a place for a file."""
        return self.body is not None and uploads_in(self.body)

    @property
    def signs_in(self) -> bool:
        """Whether anybody may have it compare a password with its hash, which keeps a processor busy."""
        return self.public and takes_password(self.body)

    @property
    def takes_key(self) -> bool:
        """Whether it honours an Idempotency-Key."""
        return self.once and not self.reads_only

    @property
    def takes_id(self) -> bool:
        """Whether the path names one row."""
        return "{id}" in self.path

    @property
    def shows_row(self) -> bool:
        """Whether it shows one row as it is."""
        return (
            self.reads_only
            and self.path.endswith("{id}/")
            and self.out is not None
            and not self.many
            and not self.query
        )

    @property
    def names_row(self) -> bool:
        """Whether a request names one row: in its path, or in its body, as where a class is marked."""
        acts = self.method == "POST" and self.kind is not None and self.action != "create"
        return self.takes_id or acts

    @cached_property
    def wants(self) -> frozenset[str]:
        """The names of the arguments `do` takes."""
        return frozenset(inspect.signature(self.do).parameters)

    def call(self, available: Mapping[str, Any]) -> Any:
        """Run it with the arguments it names."""
        return self.do(**{name: available[name] for name in self.wants})
