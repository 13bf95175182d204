"""Mapped classes over the tables, for libraries that work with SQLAlchemy's ORM, such as SQLAdmin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import registry, relationship

from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, references


class MappedRow:
    """The base class of all mapped classes; `entity` is the kind that a class stores."""

    __table__: sa.Table
    entity: type[Entity]


def map_tables(domain: Domain, tables: Mapping[str, sa.Table]) -> dict[str, Any]:
    """Return a class for each kind, named like it, with its fields and a relationship for each of its references.

    `Group.branch` is the relationship of `branch_id`.
    """
    base: Any = registry().generate_base(cls=MappedRow)
    return {name: _map_table(kind, base, tables[name]) for name, kind in domain.kinds.items()}


def _map_table(kind: type[Entity], base: type, table: sa.Table) -> type:
    body: dict[str, Any] = {"__table__": table, "__doc__": kind.__doc__, "__module__": __name__, "entity": kind}
    for name, reference in references(kind).items():
        body[name.removesuffix("_id")] = relationship(
            reference.target, foreign_keys=[table.c[name]], lazy="raise", viewonly=True
        )
    return type(kind.__name__, (base,), body)
