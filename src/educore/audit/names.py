"""Names of the rows that a unit of work changed, and of the rows these refer to, at the time of the change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from educore.identity.entities import User
from educore.kernel.changes import Change
from educore.kernel.conditions import where
from educore.kernel.entity import Entity, references
from educore.kernel.row_names import compose_name, name_fields
from educore.kernel.unit_of_work import UnitOfWork

Key = tuple[str, int]


class Names:
    """Names of rows by kind and id.

    A changed or removed row has the name it had before the change. A removed row can no longer be read, so names are
    built from the changes themselves where these contain the row; all other names are read in one statement.
    """

    def __init__(self, uow: UnitOfWork, changes: Iterable[Change], actor_id: int | None) -> None:
        self._kinds = uow.domain.kinds
        self._rows: dict[Key, Entity] = {}
        wanted: dict[type[Entity], set[int]] = {User: set() if actor_id is None else {actor_id}}
        for row in (row for change in changes for row in (change.before, change.after) if row is not None):
            self._rows.setdefault((type(row).__name__, row.id), row)
            for target, id in self._targets(type(row), vars(row)):
                wanted.setdefault(target, set()).add(id)
        missing = {k: {id for id in ids if (k.__name__, id) not in self._rows} for k, ids in wanted.items()}
        self._found = _read_names(uow, missing)

    def name_of(self, kind: type[Entity], id: int) -> str:
        """Return the name of a row at the time of the change, "" if it is unknown."""
        row = self._rows.get((kind.__name__, id))
        if row is None:
            return self._found.get((kind.__name__, id), "")
        return compose_name(self._part(row, field) for field in name_fields(kind))

    def referenced_names(self, kind: type[Entity], *sides: Mapping[str, Any]) -> dict[str, str]:
        """Return the names of the rows that some fields refer to: `{"Group 3": "IELTS-01"}`.

        Rows of unknown name are left out.
        """
        targets = {target for side in sides for target in self._targets(kind, side)}
        named = {f"{target.__name__} {id}": self.name_of(target, id) for target, id in targets}
        return {key: name for key, name in named.items() if name}

    def _part(self, row: Entity, field: str) -> tuple[tuple[str, bool], str]:
        value = getattr(row, field.lstrip("|"))
        if reference := references(type(row)).get(field):
            return (field, False), "" if value is None else self.name_of(self._kinds[reference.target], value)
        return ("", field.startswith("|")), "" if value is None else str(value)

    def _targets(self, kind: type[Entity], fields: Mapping[str, Any]) -> Iterator[tuple[type[Entity], int]]:
        for field, reference in references(kind).items():
            if (id := fields.get(field)) is not None and (field != "center_id" or len(fields) == 1):
                yield self._kinds[reference.target], id


def _read_names(uow: UnitOfWork, wanted: Mapping[type[Entity], Collection[int]]) -> dict[Key, str]:
    """Read the names of the wanted rows in one statement; rows that the actor cannot see are left out."""
    named = [(kind, paths) for kind in wanted if wanted[kind] and (paths := uow.domain.name_paths(kind))]
    found = uow.select_texts([(kind, tuple(paths), where(id__in=wanted[kind])) for kind, paths in named])
    parts = [(kind.__name__, paths.values()) for kind, paths in named]
    return {(parts[n][0], id): compose_name(zip(parts[n][1], texts, strict=True)) for n, id, texts in found}
