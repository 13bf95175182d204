"""The reading half of the unit of work: rows, counts, sums and shapes, each limited to what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar, Unpack

from educore.kernel.aggregates import Aggregate
from educore.kernel.authorization import Authorization
from educore.kernel.conditions import Where, everything, nothing, where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, OnDelete, is_archivable, is_marked
from educore.kernel.errors import EducoreError, Forbidden, Invalid, NotFound, Problem
from educore.kernel.nested_lists import build_rows
from educore.kernel.policy import Actor
from educore.kernel.ports import Ports
from educore.kernel.projection import Projection
from educore.kernel.shape import Shape
from educore.kernel.shape_compiler import compile_shape
from educore.kernel.store import WHOLE_VIEW, Page, Store, TextQuery, TextRow, Transaction, View, check_page
from educore.kernel.transaction_block import TransactionBlock
from educore.kernel.validation import Validator
from educore.kernel.versions import Expectations

E = TypeVar("E", bound=Entity)
S = TypeVar("S", bound=Shape)


class Reader:
    """Reads rows as one actor sees them: scopes limit the rows, restricted fields are None.

    `to` names the action for which the rows are wanted; the default is "read".
    """

    def __init__(self, store: Store, actor: Actor, ports: Ports, *, read_only: bool = False) -> None:
        self.domain: Domain = store.domain
        self.ports = ports
        self._block = TransactionBlock(store, read_only=read_only)
        self._refusals: list[Exception] = []
        self._expectations = Expectations(self._refusals)
        self._act_as(actor)

    def _act_as(self, actor: Actor, *, may_name_hidden: bool = False) -> None:
        self.actor = actor
        self._rules = Authorization(self._block, self.domain, actor, self._refusals, may_name_hidden=may_name_hidden)
        self._validator = Validator(self._block, self.domain, actor)

    @property
    def _transaction(self) -> Transaction:
        return self._block.transaction

    @property
    def _authorization(self) -> Authorization:
        """The policies for the actor, inside the block only, so that every method refuses to work outside of it."""
        self._block.require_open()
        return self._rules

    def holds(self, kind: type[Entity], id: int) -> bool:
        """Return whether this transaction has locked or written the row, so that nobody else can change it."""
        self._block.require_open()
        return self._block.holds(kind, id)

    @property
    def is_read_only(self) -> bool:
        """True if writing and locking are refused."""
        return self._block.read_only

    # -- permissions -----------------------------------------------------------------------------------

    def scope(self, kind: type[Entity], action: str) -> Where:
        """Return the condition on the rows on which the actor may perform an action."""
        return self._authorization.scope(kind, action)

    def may(self, kind: type[Entity], action: str) -> bool:
        """Return whether the actor's role may perform the action on any row at all."""
        return self._authorization.permits(kind, action)

    def require_fields(self, kind: type[Entity], action: str, names: Iterable[str]) -> None:
        """Refuse an action that touches fields which the actor's rule does not open. Raises: Forbidden."""
        self._authorization.require_fields(kind, action, names)

    def explain(self, action: str, entity: Entity) -> str:
        """Return a sentence with the rule that lets the actor perform the action on a row, or keeps them from it."""
        return self._authorization.explain(action, entity)

    # -- rows ------------------------------------------------------------------------------------------

    def get(self, kind: type[E], id: int, *, to: str = "read", only: Where = everything, lock: bool = False) -> E:
        """Return the row with this id.

        Raises: NotFound if the actor may not see it, Forbidden if they see it but may not do `to`.
        """
        return self._authorization.redact(self._get_stored(kind, id, to, only=only, lock=lock))

    def reference(
        self, kind: type[E], id: int, *, field: str, to: str = "read", only: Where = everything, lock: bool = False
    ) -> E:
        """Return the row that a field of the input names.

        Raises: Invalid("unknown_id") on the field if the actor may not see the row, Forbidden if they may not do `to`.
        """
        try:
            return self.get(kind, id, to=to, only=only, lock=lock)
        except NotFound:
            raise Invalid.because(field, "unknown_id", id=id) from None

    def find(
        self,
        kind: type[E],
        condition: Where = everything,
        *,
        to: str = "read",
        lock: bool = False,
        **page: Unpack[Page],
    ) -> list[E]:
        """Return the rows that match and on which the actor may do `to`."""
        check_page(page)
        view = self._authorization.order_view(kind, page.get("order", ()))
        condition = self._authorization.narrow(kind, condition) & self.scope(kind, to)
        found = self._find_stored(kind, condition, lock=lock, view=view, **page)
        return self._authorization.redact_all(kind, found)

    def select(
        self, shape: type[Shape], condition: Where = everything, *, to: str = "read", **page: Unpack[Page]
    ) -> list[dict[str, Any]]:
        """Return the visible matching rows in this shape.

        It takes one statement, also for nested shapes and counts, and one more for each list inside the shape.
        """
        check_page(page)
        return self._select(compile_shape(shape, self.domain), condition, to, **page)

    def read(self, shape: type[S], condition: Where = everything, *, to: str = "read", **page: Unpack[Page]) -> list[S]:
        """Return the rows that `select` returns, each as an instance of the shape."""
        return [shape.model_validate(row) for row in self.select(shape, condition, to=to, **page)]

    def select_one(self, shape: type[Shape], id: int, *, only: Where = everything) -> dict[str, Any]:
        """Return one row in this shape. Raises: NotFound."""
        found = self.select(shape, where(id=id) & only, limit=1)
        if not found:
            raise NotFound(kind=shape.of.__name__, id=id)
        return found[0]

    def visible_ids(self, kind: type[Entity], ids: Iterable[int], condition: Where = everything) -> set[int]:
        """Return those of the ids whose rows match and can be seen; rows that refer to them are not checked again."""
        return self._validator.find_visible(kind, ids, self._authorization.narrow(kind, condition))

    def select_texts(self, queries: Sequence[TextQuery]) -> list[TextRow]:
        """Return the values at dotted paths of the visible matching rows of several kinds as texts, in one statement.

        For the form of the result see `Transaction.select_texts`.
        Raises: Forbidden if there may be rows whose value at a path the actor may not read.
        """
        scoped = []
        for kind, paths, condition in queries:
            if closed := [path for path in paths if self._authorization.readable_at(kind, path) != everything]:
                raise Forbidden(kind=kind.__name__, action="read", fields=closed)
            scoped.append((kind, paths, self._authorization.narrow(kind, condition) & self.scope(kind, "read")))
        return self._transaction.select_texts(scoped)

    # -- numbers ---------------------------------------------------------------------------------------

    def count(
        self, kind: type[Entity], condition: Where = everything, *, to: str = "read", cached: bool = False
    ) -> int:
        """Return the number of rows that match and on which the actor may do `to`.

        With `cached`, a number of 10,000 or more may be up to a minute old. Lists use it for their page count.
        """
        condition = self._authorization.narrow(kind, condition) & self.scope(kind, to)
        return self._transaction.count(kind, condition, cached=cached)

    def count_by(
        self, kind: type[Entity], by: str | tuple[str, ...], condition: Where = everything, *, limit: int | None = None
    ) -> dict[Any, int]:
        """Return the number of visible matching rows by the value at a dotted path; see `aggregate_by`."""
        groups = self.aggregate_by(kind, (Aggregate("count"),), by, condition, limit=limit)
        return {values: count for values, (count,) in groups.items()}

    def sum_by(
        self,
        kind: type[Entity],
        path: str,
        by: str | tuple[str, ...],
        condition: Where = everything,
        *,
        limit: int | None = None,
    ) -> dict[Any, Decimal]:
        """Return the sum at a dotted path of the visible matching rows, by the value at another; see `aggregate_by`."""
        groups = self.aggregate_by(kind, (Aggregate("sum", path),), by, condition, limit=limit)
        return {values: total for values, (total,) in groups.items()}

    def aggregate_by(
        self,
        kind: type[Entity],
        aggregates: tuple[Aggregate, ...],
        by: str | tuple[str, ...],
        condition: Where = everything,
        *,
        to: str = "read",
        limit: int | None = None,
        offset: int = 0,
    ) -> dict[Any, tuple[Any, ...]]:
        """Return aggregates of the visible matching rows by the value at a dotted path, such as "session.date".

        Rows of which the actor may not read one of these values are left out. If `by` is a tuple of paths, the keys are
        tuples; without paths, one group holds all rows. With `limit`, a page of the groups is returned, in the order of
        the first aggregate: the largest first, or the smallest `min`.
        Raises: TypeError for a path that leads nowhere or to values without a sum or an order.
        """
        check_page({"limit": limit, "offset": offset})
        paths = by if isinstance(by, tuple) else (by,)
        condition = self._authorization.narrow(kind, condition)
        for aggregate in aggregates:
            aggregate.check(self.domain, kind)
        for path in (*paths, *(aggregate.path for aggregate in aggregates)):
            condition &= self._authorization.readable_at(kind, path)
        condition &= self.scope(kind, to)
        groups = self._transaction.aggregate(kind, paths, aggregates, condition, limit=limit, offset=offset)
        return {values if isinstance(by, tuple) else values[0]: results for values, results in groups}

    def sum(self, kind: type[Entity], path: str, condition: Where = everything) -> Decimal:
        """Return the sum at a dotted path over the visible matching rows where the actor may read it."""
        result: Decimal = self.aggregate_by(kind, (Aggregate("sum", path),), (), condition)[()][0]
        return result

    def referencing_counts(
        self, entity: Entity, *, within: Where = everything, marked: type | None = None
    ) -> dict[str, int]:
        """Return the number of rows, by the name of their kind, whose references keep this row from being deleted.

        Only rows that match `within` are counted and, if `marked` is given, only references that have this mark.
        """
        refusing = self._refusing(entity, marked)
        counted = [(other, found & self._authorization.narrow(other, within)) for other, found in refusing.items()]
        counts = self._transaction.count_each(counted)
        return {other.__name__: count for other, count in zip(refusing, counts, strict=True) if count}

    def _refusing(self, entity: Entity, marked: type | None = None) -> dict[type[Entity], Where]:
        """Return the condition on the rows of each kind whose references keep a row from being deleted."""
        refusing: dict[type[Entity], Where] = {}
        for other, field, reference in self.domain.referrers(type(entity)):
            if reference.on_delete is OnDelete.REFUSE and (marked is None or is_marked(other, field, marked)):
                refusing[other] = refusing.get(other, nothing) | where(**{field: entity.id})
        return refusing

    def find_problems(
        self, kind: type[Entity], fields: Mapping[str, Any], *, of: Entity | None = None
    ) -> dict[str, list[Problem]]:
        """Return the problems with references and unique values among some fields, without writing.

        With `of` they are meant as changes of that row, otherwise as fields of a new one.
        """
        self._block.require_open()
        given = {name: value for name, value in fields.items() if name in kind.model_fields}
        values = {**(dict(of) if of else {}), **given}
        if "center_id" in kind.model_fields and values.get("center_id") is None:
            values["center_id"] = self._validator.center_for(kind, values)
        wrong, duplicates = self._validator.find_problems(kind, values, set(given))
        return wrong | duplicates

    def _select(self, projection: Projection, condition: Where, to: str, **page: Unpack[Page]) -> list[Any]:
        scope = self._authorization.narrow(projection.kind, condition) & self.scope(projection.kind, to)
        view = self._authorization.view(projection, page.get("order", ()))
        rows = self._transaction.select(projection, scope, view=view, **page)
        return build_rows(projection, rows, uow=self, select=self._select)

    # -- rows as they are stored, with the fields that the actor may not read --------------------------

    def _get_stored(self, kind: type[E], id: int, to: str, *, only: Where = everything, lock: bool = False) -> E:
        condition = only = self._authorization.narrow(kind, where(id=id) & only)
        if lock:  # the row is about to change, and with it perhaps the references that can be seen
            self._validator.clear_cache()
        if found := self._find_stored(kind, condition & self.scope(kind, to), limit=1, lock=lock):
            return found[0]
        raise self._refusal(kind, id, to, only=only)

    def _refusal(self, kind: type[Entity], id: int, to: str, *, only: Where = everything) -> EducoreError:
        """Return the error for a row outside the scope: Forbidden if the actor may read it, else NotFound."""
        hides = to == "read" or to == "restore" and is_archivable(kind)  # a row that can be read is not archived
        if not hides and self._transaction.count(kind, where(id=id) & only & self.scope(kind, "read")):
            return Forbidden(kind=kind.__name__, action=to)
        return NotFound(kind=kind.__name__, id=id)

    def _find_stored(
        self, kind: type[E], condition: Where, *, lock: bool, view: View = WHOLE_VIEW, **page: Unpack[Page]
    ) -> list[E]:
        """Return the matching rows; rows that are locked are compared with the versions expected. Raises: Stale."""
        found = self._transaction.find(kind, condition, lock=lock, view=view, **page)
        if lock:
            self._expectations.compare(found)
        return found
