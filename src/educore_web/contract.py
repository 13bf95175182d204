"""A contract: how one documented API spells paging, errors and sign-in, and what makes handlers of its operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from pydantic import BaseModel

from educore import EDUCATION, Domain, Entity, NotFound, Problem, Role, Shape, UnitOfWork, Where, everything, perform
from educore_web.body import Body, partial
from educore_web.listing import PageAsked, listing_of
from educore_web.operation import Operation
from educore_web.request import Asked
from educore_web.uploads import stored

Problems = dict[str, list[Problem]]


class Dialect(Protocol):
    """What differs from API to API and is no knowledge of the domain."""

    page_size: int
    largest_page: int

    def token(self, headers: Any, cookies: Any) -> str | None:
        """The access token of a request."""
        ...

    def page(self, rows: list[Any], *, count: int, asked: Asked, page: PageAsked) -> Any:
        """The envelope around the rows of a list."""
        ...

    def page_schema(self, row: dict[str, Any]) -> dict[str, Any]:
        """The JSON schema of that envelope."""
        ...

    def refusal(self, problem: Problem, *, status: int, language: str) -> Any:
        """The body of an answer that refuses as a whole."""
        ...

    def field_errors(self, problems: Problems, *, language: str) -> Any:
        """The body of an answer that names fields, by dotted path."""
        ...

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """The JSON schemas of both, called Error and FieldErrors."""
        ...


class Contract:
    """Builds the operations of one API; each call is one documented operation, `crud` six of them."""

    def __init__(
        self,
        name: str,
        *,
        title: str,
        prefix: str,
        base: str,
        dialect: Dialect,
        examples: Mapping[str, Mapping[str, Any]],
        domain: Domain = EDUCATION,
    ) -> None:
        self.name, self.title, self.prefix, self.base = name, title, prefix, base
        self.dialect, self.examples, self.domain = dialect, examples, domain

    def roles(self, operation: Operation) -> list[Role]:
        """The roles that may ever call an operation."""
        return [role for role in Role if operation.admits(role, self.domain)]

    # -- custom operations -----------------------------------------------------------------------------

    def operation(self, method: str, path: str, do: Callable[..., Any], **options: Any) -> Operation:
        """One operation. Its name is made of the path: /groups/{id}/statistics/ is groups.statistics."""
        words = [step.replace("-", "_") for step in path.strip("/").split("/") if "{" not in step]
        summary = (do.__doc__ or do.__name__).strip().split("\n")[0].rstrip(".")
        defaults = {"name": ".".join(words), "tag": words[0], "summary": summary}
        return Operation(method=method, path=path, do=do, **{**defaults, **options})

    def get(self, path: str, do: Callable[..., Any], **options: Any) -> Operation:
        """An operation that reads."""
        return self.operation("GET", path, do, **options)

    def post(self, path: str, do: Callable[..., Any], **options: Any) -> Operation:
        """An operation that acts."""
        return self.operation("POST", path, do, **options)

    def act(
        self,
        path: str,
        kind: type[Entity],
        action: str,
        answer: Callable[[Any], Any],
        *,
        out: type[BaseModel],
        only: Where = everything,
        body: type[Body] | None = None,
        **options: Any,
    ) -> Operation:
        """An action of the domain on one row; `answer` makes the body from the changed entity."""

        def do(uow: UnitOfWork, id: int, data: Body | None) -> Any:
            return answer(perform(uow, kind, action, id, only=only, **(data.fields() if data else {})))

        do.__doc__ = f"{action.replace('_', ' ').capitalize()} {_words(kind)}"
        return self.post(path, do, kind=kind, action=action, only=only, out=out, body=body, **options)

    # -- plain operations ------------------------------------------------------------------------------

    def list(
        self,
        path: str,
        shape: type[Shape],
        *,
        search: tuple[str, ...] = (),
        order: tuple[str, ...] = ("id",),
        only: Where = everything,
        **options: Any,
    ) -> Operation:
        """A page of rows: two statements, whatever the size of the page."""
        listing = listing_of(shape, self.domain, search, order)

        def do(uow: UnitOfWork, asked: Asked) -> Any:
            wanted = listing.read(asked.query, size=self.dialect.page_size, most=self.dialect.largest_page)
            condition, page = only & wanted.condition, wanted.page
            count = uow.count(shape.of, condition)
            if page.number > 1 and page.offset >= count:
                raise NotFound(page=page.number)
            rows = uow.view(shape, condition, order=wanted.order, limit=page.size, offset=page.offset)
            return self.dialect.page(rows, count=count, asked=asked, page=page)

        do.__doc__ = f"List {options.get('tag') or path.strip('/')}"
        return replace(
            self.get(path, do, kind=shape.of, only=only, out=shape, listing=listing, **options),
            name=f"{path.strip('/')}.list",
        )

    def create(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        using: Callable[..., Entity] | None = None,
        **options: Any,
    ) -> Operation:
        """A new row, by the domain's action for the kind or by the use case named."""

        def do(uow: UnitOfWork, data: Body) -> Any:
            fields = stored(uow, kind, data.fields())
            made = using(uow, **fields) if using else perform(uow, kind, "create", **fields)
            return uow.view_one(out, made.id)

        do.__doc__ = f"Create {_words(kind)}"
        made = self.post(path, do, kind=kind, action="create", body=body, out=out, status=201, **options)
        return replace(made, name=f"{path.strip('/')}.create")

    def retrieve(self, path: str, out: type[Shape], *, only: Where = everything, **options: Any) -> Operation:
        """One row."""

        def do(uow: UnitOfWork, id: int) -> Any:
            return uow.view_one(out, id, only=only)

        do.__doc__ = f"Show {_words(out.of)}"
        made = self.get(path, do, kind=out.of, only=only, out=out, **options)
        return replace(made, name=f"{made.tag}.retrieve")

    def update(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        method: str = "PUT",
        only: Where = everything,
        **options: Any,
    ) -> Operation:
        """New values for one row."""

        def do(uow: UnitOfWork, id: int, data: Body) -> Any:
            perform(uow, kind, "update", id, only=only, **stored(uow, kind, data.fields()))
            return uow.view_one(out, id, only=only)

        do.__doc__ = f"Update {_words(kind)}" + (", any subset of its fields" if method == "PATCH" else "")
        made = self.operation(method, path, do, kind=kind, action="update", only=only, body=body, out=out, **options)
        return replace(made, name=f"{made.tag}.{'update' if method == 'PUT' else 'partial_update'}")

    def delete(self, path: str, kind: type[Entity], *, only: Where = everything, **options: Any) -> Operation:
        """One row less."""

        def do(uow: UnitOfWork, id: int) -> None:
            perform(uow, kind, "delete", id, only=only)

        do.__doc__ = f"Delete {_words(kind)}"
        made = self.operation("DELETE", path, do, kind=kind, action="delete", only=only, status=204, **options)
        return replace(made, name=f"{made.tag}.delete")

    def crud(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        create: Callable[..., Entity] | None = None,
        replacing: type[Body] | None = None,
        amending: type[Body] | None = None,
        roles: Iterable[Role] | None = None,
        replacers: Iterable[Role] | None = None,
        only: Where = everything,
        search: tuple[str, ...] = (),
        order: tuple[str, ...] = ("id",),
        **options: Any,
    ) -> Sequence[Operation]:
        """The six plain operations on one kind.

        `replacing` and `amending` are the bodies of PUT and PATCH where they differ from POST's; `roles` narrows all
        six, `replacers` only PUT.
        """
        one = f"{path}{{id}}/"
        put_roles = replacers if replacers is not None else roles
        options |= {"roles": None if roles is None else frozenset(roles)}
        put = options | {"roles": None if put_roles is None else frozenset(put_roles)}
        return [
            self.list(path, out, search=search, order=order, only=only, **options),
            self.create(path, kind, body, out, using=create, **options),
            self.retrieve(one, out, only=only, **options),
            self.update(one, kind, replacing or body, out, only=only, **put),
            self.update(one, kind, partial(amending or body), out, method="PATCH", only=only, **options),
            self.delete(one, kind, only=only, **options),
        ]


def _words(kind: type[Entity]) -> str:
    word = kind.__name__.lower()
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
