"""Reading rows for the screens, as the current user: shapes made from the screens, selected by the unit of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from pydantic import create_model

from educore import Domain, Educore, Entity, Hidden, Role, Shape, UnitOfWork, Value, Where, everything, where
from educore.kernel import Page, is_marked, references, value_type
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.security.sign_in import SignInRequired
from educore_web.admin.ui.naming import RowNames, is_reference, search_condition
from educore_web.admin.ui.parameters import parse_id

Path = tuple[str, ...]


class Row:
    """A row as the user sees it: its fields, and the rows behind references that were read with it, as attributes.

    A value or a related row that the user may not read is None. A file is its address. Hidden fields are missing.
    """

    entity: type[Entity]
    id: int

    def __init__(self, entity: type[Entity], values: Mapping[str, Any]) -> None:
        self.__dict__.update(values, entity=entity)

    def __repr__(self) -> str:
        return f"<{self.entity.__name__} {self.id}>"


@dataclass(frozen=True)
class RowShape:
    """A shape of all fields of a kind but the hidden ones, and of the rows behind some of its references."""

    kind: type[Entity]
    shape: type[Shape]
    related: Mapping[str, RowShape]

    def build(self, values: dict[str, Any]) -> Row:
        """Return the row with these values, which are those of its shape."""
        for step, behind in self.related.items():
            if values[step] is not None:
                values[step] = behind.build(values[step])
        return Row(self.kind, values)


class RowShapes:
    """The shapes in which the screens of a domain read rows, each made when it is first needed.

    They are scoped, so a list names nobody whom the user may not see.
    """

    def __init__(self, domain: Domain, names: RowNames) -> None:
        self.domain, self.names = domain, names
        types = {value_type(kind, name)[0] for kind in domain.kinds.values() for name in kind.model_fields}
        spelling = {found: _made_of_plain(found) for found in types if issubclass(found, Enum | Value)}
        self._base = cast(type[Shape], type("ScreenRow", (Shape,), {"scoped": True, "spelling": spelling}))
        self._made: dict[tuple[type[Entity], frozenset[Path]], RowShape] = {}

    def shape(self, kind: type[Entity], show: Iterable[str]) -> RowShape:
        """Return the shape of rows with the related rows on the paths `show`, and those that their names need."""
        paths = frozenset(self._references(kind, path) for path in show)
        if (kind, paths) not in self._made:
            self._made[kind, paths] = self._make(kind, paths)
        return self._made[kind, paths]

    def _references(self, kind: type[Entity], path: str) -> Path:
        """Return the references on a path, and from its end those to the row that gives the name."""
        steps = [step for step in path.split(".") if step]
        for place, step in enumerate(steps):
            if not is_reference(kind, step):
                return tuple(steps[:place])
            kind = self.domain.target(kind, step)[1]
        return (*steps, *self.names.steps_to_name(kind))

    def _make(self, kind: type[Entity], paths: Iterable[Path]) -> RowShape:
        behind: defaultdict[str, set[Path]] = defaultdict(set)
        for step, *rest in filter(None, paths):
            behind[step].add(tuple(rest))
        related = {step: self._make(self.domain.target(kind, step)[1], rest) for step, rest in sorted(behind.items())}
        shown = {name: info for name, info in kind.model_fields.items() if not is_marked(kind, name, Hidden)}
        fields: dict[str, Any] = {name: (info.annotation, ...) for name, info in shown.items()}
        fields |= {step: (found.shape | None, ...) for step, found in related.items()}
        name, arguments = f"{kind.__name__}Row", {"of": kind}
        return RowShape(kind, create_model(name, __base__=self._base, __cls_kwargs__=arguments, **fields), related)


class RowReader:
    """Reads rows inside one unit of work. Everything here blocks, so pages call it in worker threads."""

    def __init__(self, uow: UnitOfWork, shapes: RowShapes) -> None:
        self.uow, self.shapes, self.names = uow, shapes, shapes.names

    def rows(
        self,
        kind: type[Entity],
        condition: Where = everything,
        *,
        show: Iterable[str] = (),
        order: str = "id",
        limit: int | None = None,
        offset: int = 0,
        to: str = "read",
    ) -> list[Row]:
        """Return the visible rows that match, in one statement, with the related rows on the paths `show`."""
        found = self.shapes.shape(kind, show)
        page = Page(order=(order,), ignore_case=True, limit=limit, offset=offset)
        selected = self.uow.select(found.shape, condition, to=to, **page)
        return [found.build(values) for values in selected]

    def count(self, kind: type[Entity], condition: Where = everything, *, to: str = "read") -> int:
        """Return the number of visible rows that match; a large number may be a minute old."""
        return self.uow.count(kind, condition, to=to, cached=True)

    def one(
        self, kind: type[Entity], id: str | int, only: Where = everything, *, show: Iterable[str] = ()
    ) -> Row | None:
        """Return the visible row with this id, None if there is none; an id from an address may be any text."""
        if (number := parse_id(str(id))) is None:
            return None
        found = self.rows(kind, where(id=number) & only, show=show, limit=1)
        return found[0] if found else None

    def some(self, kind: type[Entity], ids: Iterable[int]) -> list[Row]:
        """Return the visible rows among these ids, with the rows that their names need."""
        return self.rows(kind, where(id__in=set(ids)), show=("",))

    def choices(self, kind: type[Entity], condition: Where, term: str, *, limit: int) -> list[Row]:
        """Return the first visible rows whose name contains every word of `term`."""
        paths = self.names.name_paths(kind)
        show = ("", "center") if "center_id" in references(kind) else ("",)
        named = self.search(kind, paths, term)
        return self.rows(kind, condition & named, show=show, order=paths[0], limit=limit)

    def search(self, kind: type[Entity], paths: tuple[str, ...], text: str) -> Where:
        """Return the condition of a search; it looks only at related rows that the user may see."""
        return search_condition(self.uow, kind, paths, text)


class RowSource:
    """Opens units of work that only read, as the user of the request."""

    def __init__(self, school: Educore, names: RowNames) -> None:
        self.school, self.shapes = school, RowShapes(school.domain, names)

    @contextmanager
    def open(self) -> Iterator[RowReader]:
        """Open a unit of work. Raises: SignInRequired if nobody has signed in; Unavailable."""
        actor = current_actor()
        if actor.role is Role.ANONYMOUS:
            raise SignInRequired
        with self.school.work(actor, read_only=True) as uow:
            yield RowReader(uow, self.shapes)


def _made_of_plain(found: type) -> Callable[[Any], Any]:
    """Return the function from what shapes show, which is a word or a plain form, to the value of the domain."""
    return found.restore if issubclass(found, Value) else found


def unreadable_fields(domain: Domain, row: Row) -> set[str]:
    """Return the fields of a row that the user may not read, although they see the row."""
    kind, policy, actor = row.entity, domain.policy(row.entity), current_actor()
    hidden = {name for name in kind.model_fields if is_marked(kind, name, Hidden)}
    return hidden | {name for name in policy.restricted_fields if not policy.visibility(actor, name).holds(row)}
