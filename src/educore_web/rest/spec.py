"""A contract: how one documented API spells paging, errors and sign-in, and what makes handlers of its operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from educore import EDUCATION, Domain, Entity, NotFound, Problem, Role, Shape, UnitOfWork, Where, everything, perform
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.listing import Filter, ListRules, PageQuery, build_listing
from educore_web.rest.operation import Operation
from educore_web.rest.request import RequestData
from educore_web.rest.uploads import keep_files

Problems = dict[str, list[Problem]]


class Dialect(Protocol):
    """What differs from API to API and is no knowledge of the domain."""

    language: str
    lists: ListRules

    def token(self, headers: Any, cookies: Any) -> str | None:
        """The access token of a request."""
        ...

    def page(self, rows: list[Any], *, count: int, request: RequestData, page: PageQuery) -> Any:
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
        """The JSON schemas of both, resource Error and FieldErrors."""
        ...


class ApiSpec:
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

    def operation(
        self,
        method: str,
        path: str,
        handler: Callable[..., Any],
        *,
        resource: str | None = None,
        verb: str | None = None,
        **options: Any,
    ) -> Operation:
        """One operation. Its name is made of the path: /groups/{id}/statistics/ is groups.statistics.

        `resource` is what the rows are resource where the path begins with another word; `verb` what is done where
        it does not end with one.
        """
        first, *rest = [step.replace("-", "_") for step in path.strip("/").split("/") if "{" not in step]
        last = verb or ".".join(rest[-1:] if resource else rest)
        summary = (handler.__doc__ or handler.__name__).strip().split("\n")[0].rstrip(".")
        defaults = {"name": f"{resource or first}.{last}", "tag": resource or first, "summary": summary}
        return Operation(method=method, path=path, handler=handler, **{**defaults, **options})

    def get(self, path: str, handler: Callable[..., Any], **options: Any) -> Operation:
        """An operation that reads."""
        return self.operation("GET", path, handler, **options)

    def post(self, path: str, handler: Callable[..., Any], **options: Any) -> Operation:
        """An operation that acts."""
        return self.operation("POST", path, handler, **options)

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

        def handler(uow: UnitOfWork, id: int, data: Body | None) -> Any:
            return answer(perform(uow, kind, action, id, only=only, **(data.fields() if data else {})))

        handler.__doc__ = f"{action.replace('_', ' ').capitalize()} {_words(kind, options)}"
        return self.post(path, handler, kind=kind, action=action, only=only, out=out, body=body, **options)

    # -- plain operations ------------------------------------------------------------------------------

    def list(
        self,
        path: str,
        shape: type[Shape],
        *,
        search: tuple[str, ...] = (),
        order: tuple[str, ...] | None = None,
        orderings: tuple[str, ...] | None = None,
        filters: tuple[Filter, ...] = (),
        only: Where = everything,
        action: str = "read",
        **options: Any,
    ) -> Operation:
        """A page of rows: two statements, whatever the size of the page, or one where many were counted just now.

        `search`, `order`, `orderings` and `filters` say how it can be read, as for `build_listing`; `action` decides
        which rows stand in it.
        """
        listing = build_listing(
            shape,
            self.domain,
            search=search,
            order=order,
            orderings=orderings,
            filters=filters,
            rules=self.dialect.lists,
        )

        def handler(uow: UnitOfWork, request: RequestData) -> Any:
            wanted = listing.read(uow, request.query)
            condition, page = only & wanted.condition, wanted.page
            count = uow.count(shape.of, condition, to=action, cached=True)
            if page.number > 1 and page.offset >= count:
                raise NotFound(page=page.number)
            rows = uow.select(shape, condition, to=action, order=wanted.order, limit=page.size, offset=page.offset)
            return self.dialect.page(rows, count=count, request=request, page=page)

        handler.__doc__ = f"List {_plural(path, options)}"
        options = {"verb": "list", "kind": shape.of, "action": action, "only": only, **options}
        return self.get(path, handler, out=shape, listing=listing, **options)

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

        def handler(uow: UnitOfWork, data: Body) -> Any:
            fields = keep_files(uow, data.fields())
            made = using(uow, **fields) if using else perform(uow, kind, "create", **fields)
            return uow.select_one(out, made.id)

        handler.__doc__ = f"Create {_words(kind, options)}"
        options = {"verb": "create", "kind": kind, "action": "create", "status": 201, **options}
        return self.post(path, handler, body=body, out=out, **options)

    def retrieve(self, path: str, out: type[Shape], *, only: Where = everything, **options: Any) -> Operation:
        """One row."""

        def handler(uow: UnitOfWork, id: int) -> Any:
            return uow.select_one(out, id, only=only)

        handler.__doc__ = f"Show {_words(out.of, options)}"
        return self.get(path, handler, out=out, **{"verb": "retrieve", "kind": out.of, "only": only, **options})

    def update(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        method: str = "PUT",
        using: Callable[..., Any] | None = None,
        only: Where = everything,
        **options: Any,
    ) -> Operation:
        """New values for one row, by the domain's action for the kind or by the use case named."""

        def handler(uow: UnitOfWork, id: int, data: Body) -> Any:
            fields = keep_files(uow, data.fields())
            if using:
                using(uow, uow.get(kind, id, to="update", only=only), **fields)
            else:
                perform(uow, kind, "update", id, only=only, **fields)
            return uow.select_one(out, id, only=only)

        verb, part = ("update", "") if method == "PUT" else ("partial_update", ", any subset of its fields")
        handler.__doc__ = f"Update {_words(kind, options)}{part}"
        options = {"verb": verb, "kind": kind, "action": "update", "only": only, **options}
        return self.operation(method, path, handler, body=body, out=out, **options)

    def delete(
        self,
        path: str,
        kind: type[Entity],
        *,
        using: Callable[..., None] | None = None,
        only: Where = everything,
        **options: Any,
    ) -> Operation:
        """One row less, by the domain's action for the kind or by the use case named."""

        def handler(uow: UnitOfWork, id: int) -> None:
            if using:
                using(uow, uow.get(kind, id, to="delete", only=only))
            else:
                perform(uow, kind, "delete", id, only=only)

        handler.__doc__ = f"Delete {_words(kind, options)}"
        options = {"verb": "delete", "kind": kind, "action": "delete", "only": only, "status": 204, **options}
        return self.operation("DELETE", path, handler, **options)

    def crud(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        create: Callable[..., Entity] | None = None,
        change: Callable[..., Any] | None = None,
        remove: Callable[..., None] | None = None,
        replacing: type[Body] | None = None,
        amending: type[Body] | None = None,
        roles: Iterable[Role] | None = None,
        writers: Iterable[Role] | None = None,
        replacers: Iterable[Role] | None = None,
        only: Where = everything,
        lookup_field: str = "id",
        listing: Mapping[str, Any] | None = None,
        search: tuple[str, ...] = (),
        **options: Any,
    ) -> Sequence[Operation]:
        """The six plain operations on one kind.

        `create`, `change` and `remove` are use cases in place of the domain's actions; `replacing` and `amending`
        the bodies of PUT and PATCH where they differ from POST's. `roles` narrows all six, `writers` those that
        write, `replacers` only PUT. `listing` holds what else `list` takes.
        """
        one, listed = f"{path}{{id}}/", {"search": search, **(listing or {})}
        writers = roles if writers is None else writers
        reads, writes, puts = (
            {**options, "only": only, "roles": None if who is None else frozenset(who)}
            for who in (roles, writers, writers if replacers is None else replacers)
        )
        return [
            self.list(path, out, **reads, **listed),
            self.create(path, kind, body, out, using=create, **writes),
            self.retrieve(one, out, lookup_field=lookup_field, **reads),
            self.update(one, kind, replacing or body, out, using=change, lookup_field=lookup_field, **puts),
            self.update(
                one,
                kind,
                make_partial(amending or body),
                out,
                method="PATCH",
                using=change,
                lookup_field=lookup_field,
                **writes,
            ),
            self.delete(one, kind, using=remove, lookup_field=lookup_field, **writes),
        ]


def _plural(path: str, options: Mapping[str, Any]) -> str:
    name: str = options.get("resource") or options.get("tag") or path.strip("/")
    return name.replace("_", " ")


def _words(kind: type[Entity], options: Mapping[str, Any]) -> str:
    title: str = options.get("resource") or kind.__name__.lower()
    word = title.removesuffix("s").replace("_", " ")
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"
