"""The specification of one documented API: its dialect, and the methods that declare its operations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from educore import Entity, NotFound, Role, Shape, UnitOfWork, Where, everything, perform, where
from educore_web.rest.archiving import ARCHIVED_ONLY, ArchiveAnswer, action_of_list
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.cache_headers import Cache
from educore_web.rest.caching import count_and_date, with_date
from educore_web.rest.detailed import is_detailed
from educore_web.rest.dialect import Dialect
from educore_web.rest.errors import ResponseData
from educore_web.rest.filters import Filter
from educore_web.rest.listing import ListSpec
from educore_web.rest.operation import Operation
from educore_web.rest.rate_limits import RateLimits
from educore_web.rest.request import RequestData
from educore_web.rest.seen_as import SeenAs, hidden_paths
from educore_web.rest.uploads import keep_files


class ApiSpec:
    """One documented API. Each method returns one documented operation, `crud` six of them.

    `name` is the name that `--api` takes; `prefix` and `base` come before every path: `/center-crm` and `/api`.
    `examples` holds the requests and responses of the document by the name of the operation. `cache` says how long the
    answers of operations that declare nothing else may be kept. `swagger` and `redoc` are the paths, below the prefix,
    where a document has these pages; Swagger UI is always at `/docs` too. `rate_limits` limits the requests of an hour,
    None does not. `credentials` lets pages of the named sites send cookies.

    `speaks_to` holds the roles that the document has words for, by default all, and `among` the memberships that it
    speaks of, such as those of schools. Other members are refused, at the sign-in and with a token that they got
    elsewhere: so a role may be granted rights for one API without opening the others to it.

    `archived` is the answer when a row was archived. Other `options` of the methods are fields of `Operation`. The
    option `resource` names the rows where the path begins with another word: `schools.grades`.
    """

    def __init__(
        self,
        name: str,
        *,
        title: str,
        prefix: str,
        base: str,
        dialect: Dialect,
        examples: Mapping[str, Mapping[str, Any]],
        speaks_to: Iterable[Role] = tuple(Role),
        among: Where = everything,
        cache: Cache = Cache.PRIVATE,
        swagger: str | None = None,
        redoc: str | None = None,
        rate_limits: RateLimits | None = None,
        credentials: bool = False,
        archived: ArchiveAnswer | None = None,
    ) -> None:
        self.name, self.title, self.prefix, self.base = name, title, prefix, base
        self.dialect, self.examples, self.cache = dialect, examples, cache
        self.swagger, self.redoc, self.rate_limits = swagger, redoc, rate_limits
        self.speaks_to, self.among = frozenset(speaks_to), among
        self.credentials, self.archived = credentials, archived

    @property
    def members(self) -> Where:
        """The condition for the memberships that the API addresses."""
        return where(role__in=self.speaks_to) & self.among

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
        """Return an operation; its name follows from the path: /groups/{id}/statistics/ is groups.statistics.

        `resource` replaces the first word of the name, `verb` the last. The first line of the handler's docstring is
        the summary in the OpenAPI document.
        """
        first, *rest = [step.replace("-", "_") for step in path.strip("/").split("/") if "{" not in step]
        last = verb or ".".join(rest[-1:] if resource else rest)
        summary = (handler.__doc__ or handler.__name__).strip().split("\n")[0].rstrip(".")
        defaults: dict[str, Any] = {"name": f"{resource or first}.{last}", "tag": resource or first, "summary": summary}
        defaults |= {"cache": self.cache, "speaks_to": self.speaks_to}
        return Operation(method=method, path=path, handler=handler, **{**defaults, **options})

    def get(self, path: str, handler: Callable[..., Any], **options: Any) -> Operation:
        """Return an operation that reads."""
        return self.operation("GET", path, handler, **options)

    def post(self, path: str, handler: Callable[..., Any], **options: Any) -> Operation:
        """Return an operation that acts."""
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
        """Return an operation that performs an action of the domain on one row.

        `answer` makes the content of the answer from the changed entity.
        """

        def handler(uow: UnitOfWork, id: int, data: Body | None, only: Where) -> Any:
            return answer(perform(uow, kind, action, id, data.fields() if data else {}, only=only))

        handler.__doc__ = f"{action.replace('_', ' ').capitalize()} {_with_article(kind, options)}"
        return self.post(path, handler, kind=kind, action=action, only=only, out=out, body=body, **options)

    # -- plain operations ------------------------------------------------------------------------------

    def list(
        self,
        path: str,
        shape: type[Shape],
        *,
        search: tuple[str, ...] = (),
        order: tuple[str, ...] | None = None,
        orderings: tuple[str, ...] | Mapping[str, str] | None = None,
        filters: tuple[Filter, ...] = (),
        only: Where = everything,
        action: str = "read",
        seen_as: SeenAs | None = None,
        detailed: type[Shape] | None = None,
        archives: bool = False,
        **options: Any,
    ) -> Operation:
        """Return an operation that shows a page of rows.

        It takes two statements, whatever the size of the page, or one where the count of many rows is cached.
        `search`, `order`, `orderings` and `filters` are those of `ListSpec`; `action` decides which rows are shown,
        `seen_as` in which shape an actor sees them, and `detailed` in which one where the query asks for all of it.
        With `archives` the query may ask, by `deleted=true`, for the archived rows that the caller may restore.
        """
        rules, is_dated = self.dialect.lists, options.get("cache", self.cache) is Cache.STRUCTURE
        filters = (*filters, ARCHIVED_ONLY) if archives else filters
        listing = ListSpec(shape, search, order, orderings, filters, rules)

        def handler(uow: UnitOfWork, request: RequestData, only: Where) -> Any:
            seen = self._shape_seen(uow, request, shape, seen_as, detailed)
            to = action_of_list(request.query, rules, action=action) if archives else action
            return self.read_page(uow, request, listing, seen=seen, only=only, action=to, dated=is_dated)

        handler.__doc__ = f"List {_plural(path, options)}"
        options = {"verb": "list", "kind": shape.of, "action": action, "only": only, **options}
        return self.get(path, handler, out=shape, listing=listing, seen_as=seen_as, detailed=detailed, **options)

    def read_page(
        self,
        uow: UnitOfWork,
        request: RequestData,
        listing: ListSpec,
        *,
        seen: type[Shape],
        only: Where,
        action: str = "read",
        dated: bool = False,
    ) -> ResponseData:
        """Return the page of a list that a request asks for, with its rows in the shape `seen`.

        With `dated` the answer also says when one of the rows that the list finds was last changed.
        Raises: NotFound for a page behind the last one; Invalid for bad parameters.
        """
        known = listing.compile(uow.domain).without(hidden_paths(seen, listing.shape))
        query = known.read(uow, request.query)
        condition, page = only & query.condition, query.page
        count, newest = count_and_date(uow, seen.of, condition, to=action, dated=dated)
        if page.number > 1 and page.offset >= count:
            raise NotFound(page=page.number)
        rows = uow.select(seen, condition, to=action, order=query.order, limit=page.size, offset=page.offset)
        content = self.dialect.page(rows, count=count, request=request, page=page)
        return with_date(ResponseData(200, content), newest)

    def create(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        use_case: Callable[..., Entity] | None = None,
        **options: Any,
    ) -> Operation:
        """Return an operation that adds a row, by the domain's action for the kind or by a use case."""

        def handler(uow: UnitOfWork, data: Body, parent: Mapping[str, Any]) -> Any:
            fields = {**keep_files(uow, data.fields()), **parent}
            row = use_case(uow, **fields) if use_case else perform(uow, kind, "create", fields=fields)
            return uow.select_one(out, row.id)

        handler.__doc__ = f"Create {_with_article(kind, options)}"
        options = {"verb": "create", "kind": kind, "action": "create", "status": 201, **options}
        return self.post(path, handler, body=body, out=out, **options)

    def retrieve(
        self,
        path: str,
        out: type[Shape],
        *,
        only: Where = everything,
        seen_as: SeenAs | None = None,
        detailed: type[Shape] | None = None,
        **options: Any,
    ) -> Operation:
        """Return an operation that shows one row, in the shape in which the actor sees it or asks for it."""

        def handler(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> Any:
            return uow.select_one(self._shape_seen(uow, request, out, seen_as, detailed), id, only=only)

        handler.__doc__ = f"Show {_with_article(out.of, options)}"
        options = {"verb": "retrieve", "kind": out.of, "only": only, **options}
        return self.get(path, handler, out=out, seen_as=seen_as, detailed=detailed, **options)

    def _shape_seen(
        self,
        uow: UnitOfWork,
        request: RequestData,
        out: type[Shape],
        seen_as: SeenAs | None,
        detailed: type[Shape] | None,
    ) -> type[Shape]:
        """Return the shape in which a request sees rows. Raises: Invalid if `detailed` is no flag."""
        if detailed is not None and is_detailed(request.query, self.dialect.lists):
            return detailed
        return seen_as(uow.actor) if seen_as else out

    def update(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        method: str = "PUT",
        use_case: Callable[..., Any] | None = None,
        only: Where = everything,
        action: str = "update",
        **options: Any,
    ) -> Operation:
        """Return an operation that changes a row, by the domain's action for the kind or by a use case."""

        def handler(uow: UnitOfWork, id: int, data: Body, only: Where) -> Any:
            fields = keep_files(uow, data.fields())
            if use_case:
                use_case(uow, uow.get(kind, id, to=action, only=only), **fields)
            else:
                perform(uow, kind, action, id, fields, only=only)
            return uow.select_one(out, id, only=only)

        verb, part = ("update", "") if method == "PUT" else ("partial_update", ", any subset of its fields")
        handler.__doc__ = f"Update {_with_article(kind, options)}{part}"
        options = {"verb": verb, "kind": kind, "action": action, "only": only, **options}
        options["performs_action"] = use_case is None
        return self.operation(method, path, handler, body=body, out=out, **options)

    def delete(
        self,
        path: str,
        kind: type[Entity],
        *,
        use_case: Callable[..., None] | None = None,
        only: Where = everything,
        action: str = "delete",
        **options: Any,
    ) -> Operation:
        """Return an operation that deletes a row, by the domain's action for the kind or by a use case."""

        def handler(uow: UnitOfWork, id: int, only: Where) -> None:
            if use_case:
                use_case(uow, uow.get(kind, id, to=action, only=only))
            else:
                perform(uow, kind, action, id, only=only)

        handler.__doc__ = f"Delete {_with_article(kind, options)}"
        options = {"verb": "delete", "kind": kind, "action": action, "only": only, "status": 204, **options}
        options["performs_action"] = use_case is None
        return self.operation("DELETE", path, handler, **options)

    def archive(self, path: str, kind: type[Entity], *, only: Where = everything, **options: Any) -> Operation:
        """Return an operation that archives a row where others would delete it, and answers as `archived` says."""
        if (answer := self.archived) is None:
            raise TypeError(f"{self.name} does not say how it answers that a row was archived")

        def handler(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> Any:
            return answer.make(perform(uow, kind, "archive", id, only=only), request)

        handler.__doc__ = f"Delete {_with_article(kind, options)}, which can be restored"
        options = {"verb": "delete", "kind": kind, "action": "archive", "only": only, **options}
        return self.operation("DELETE", path, handler, out=answer.out, **options)

    def restore(self, path: str, out: type[Shape], *, only: Where = everything, **options: Any) -> Operation:
        """Return an operation that restores an archived row and shows it."""

        def handler(uow: UnitOfWork, id: int, only: Where) -> Any:
            perform(uow, out.of, "restore", id, only=only)
            return uow.select_one(out, id, only=only)

        handler.__doc__ = f"Restore {_with_article(out.of, options)}"
        options = {"verb": "restore", "kind": out.of, "action": "restore", "only": only, **options}
        return self.post(path, handler, out=out, **options)

    def crud(
        self,
        path: str,
        kind: type[Entity],
        body: type[Body],
        out: type[Shape],
        *,
        create: Callable[..., Entity] | None = None,
        update: Callable[..., Any] | None = None,
        delete: Callable[..., None] | None = None,
        change_body: type[Body] | None = None,
        put_requires: bool = False,
        roles: Iterable[Role] | None = None,
        write_roles: Iterable[Role] | None = None,
        create_roles: Iterable[Role] | None = None,
        put_roles: Iterable[Role] | None = None,
        open_to: frozenset[Role] = frozenset(),
        only: Where = everything,
        lookup_field: str = "id",
        listing: Mapping[str, Any] | None = None,
        search: tuple[str, ...] = (),
        seen_as: SeenAs | None = None,
        detailed: type[Shape] | None = None,
        cache: Cache | None = None,
        archives: bool = False,
        additions: Collection[str] = (),
        **options: Any,
    ) -> Sequence[Operation]:
        """Return the six plain operations on one kind: list, create, retrieve, update (PUT and PATCH) and delete.

        `create`, `update` and `delete` are use cases in place of the domain's actions. `change_body` is the body of PUT
        and PATCH where it differs from that of POST. PUT keeps what is not sent, so it requires nothing, unless
        `put_requires` is True. `roles` narrows all six, `write_roles` those that write, `create_roles` only POST and
        `put_roles` only PUT. `open_to` opens the list and the rows to roles, as in `Operation`; `seen_as`, `detailed`
        and `cache` are those of the operations that read. `listing` holds further arguments of `list`.

        With `archives`, DELETE archives the row, and a seventh operation restores it: POST to `{id}/restore/`.
        `additions` holds the verbs that the document lacks, such as `partial_update`.

        The option `under` serves the rows below another one: `/lessons/{lesson_id}/resources/` with
        `under=Under("lesson_id", Lesson, "lesson_id")`. A new row then gets the lesson of the path.
        """
        row_path, list_options = f"{path}{{id}}/", {"search": search, **(listing or {})}
        write_roles = roles if write_roles is None else write_roles
        create_roles, put_roles = (write_roles if own is None else own for own in (create_roles, put_roles))
        reads, writes, creates, puts = (
            {**options, "only": only, "roles": None if allowed is None else frozenset(allowed)}
            for allowed in (roles, write_roles, create_roles, put_roles)
        )
        reads = {**reads, "open_to": open_to, "seen_as": seen_as, "detailed": detailed}
        reads |= {} if cache is None else {"cache": cache}
        change = change_body or body
        patch = make_partial(change)
        put = change if put_requires else patch
        row: dict[str, Any] = {"lookup_field": lookup_field}
        ends = [self.delete(row_path, kind, use_case=delete, **row, **writes)]
        if archives:
            ends = [self.archive(row_path, kind, **row, **writes)]
            ends += [self.restore(f"{row_path}restore/", out, **row, **writes)]
        operations = [
            self.list(path, out, archives=archives, **reads, **list_options),
            self.create(path, kind, body, out, use_case=create, **creates),
            self.retrieve(row_path, out, **row, **reads),
            self.update(row_path, kind, put, out, use_case=update, **row, **puts),
            self.update(row_path, kind, patch, out, method="PATCH", use_case=update, **row, **writes),
            *ends,
        ]
        return [replace(known, addition=known.verb in additions or known.addition) for known in operations]


def _plural(path: str, options: Mapping[str, Any]) -> str:
    name: str = options.get("resource") or options.get("tag") or path.strip("/")
    return name.rpartition(".")[2].replace("_", " ")


def _with_article(kind: type[Entity], options: Mapping[str, Any]) -> str:
    name: str = options.get("resource") or kind.__name__.lower()
    words = name.rpartition(".")[2].replace("_", " ")
    noun = words.removesuffix("es" if words.endswith("sses") else "s")
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"
