"""The policies of a domain, applied for one actor inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from educore.kernel.conditions import Comparison, Nested, Term, Where, everything, is_backward, where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity
from educore.kernel.errors import Forbidden
from educore.kernel.policy import Actor
from educore.kernel.projection import Column, Projection, Steps, order_columns
from educore.kernel.shape import Count, Sum
from educore.kernel.store import View
from educore.kernel.transaction_block import TransactionBlock

E = TypeVar("E", bound=Entity)
K = TypeVar("K")


class Authorization:
    """Decides what one actor may read and write. Actions that no rule speaks of are refused with a TypeError.

    `refusals` collects the errors of writes that are already in the transaction: it is rolled back even if the caller
    swallows the exception.
    """

    def __init__(
        self,
        block: TransactionBlock,
        domain: Domain,
        actor: Actor,
        refusals: list[Exception],
        *,
        may_name_hidden: bool = False,
    ) -> None:
        self._block, self._domain, self._actor, self._refusals = block, domain, actor, refusals
        self._may_name_hidden = may_name_hidden

    def scope(self, kind: type[Entity], action: str) -> Where:
        """Return the condition on the rows on which the actor may perform an action."""
        self._domain.check_action(kind, action)
        return self._domain.policy(kind).scope(self._actor, action)

    def permits(self, kind: type[Entity], action: str) -> bool:
        """Return whether the actor's role may perform the action on any row at all."""
        self._domain.check_action(kind, action)
        return self._domain.policy(kind).permits(self._actor.role, action)

    def require_permission(self, kind: type[Entity], action: str, fields: Iterable[str]) -> None:
        """Refuse an action that the role may never perform, or not on these fields. Raises: Forbidden."""
        if not self.permits(kind, action):
            raise Forbidden(kind=kind.__name__, action=action)
        self.require_fields(kind, action, fields)

    def require_fields(self, kind: type[Entity], action: str, names: Iterable[str]) -> None:
        """Refuse an action that touches fields which the actor's rule does not open. Raises: Forbidden."""
        self._domain.check_action(kind, action)
        open_fields = self._domain.policy(kind).fields(self._actor, action)
        if open_fields is not None and (closed := set(names) - open_fields):
            raise Forbidden(kind=kind.__name__, action=action, fields=sorted(closed))

    def require_rows(self, kind: type[Entity], entities: Sequence[Entity], action: str) -> None:
        """Refuse written rows that lie outside the actor's scope for the action. Raises: Forbidden."""
        self._require_within(self._granted(kind, action), kind, entities, action)

    def require_as_new(
        self, kind: type[Entity], entities: Sequence[Entity], changed: Iterable[str], action: str
    ) -> None:
        """Check changed fields against the rule for `create` too, if the actor has one. Raises: Forbidden."""
        if entities and self.permits(kind, "create"):
            self._require_within(self._granted(kind, "create").about(changed), kind, entities, action)

    def redact(self, entity: E) -> E:
        """Return the row with None in every restricted field that the actor may not read."""
        return self.redact_all(type(entity), [entity])[0]

    def redact_all(self, kind: type[E], entities: Sequence[E]) -> list[E]:
        """Return the rows with None in every restricted field that the actor may not read."""
        policy = self._domain.policy(kind)
        rules = _limits({name: policy.visibility(self._actor, name) for name in policy.restricted_fields})
        return [_without(entity, rules) for entity in entities] if rules else list(entities)

    def drop_unreadable_nulls(
        self, kind: type[E], before: Mapping[int, E], changes: Mapping[int, Mapping[str, Any]]
    ) -> Mapping[int, Mapping[str, Any]]:
        """Return the changes of rows, by id, without the nulls for values that the actor may not read.

        Null is what they are shown in place of the value, and who sends back a row does not mean to clear it.
        """
        policy = self._domain.policy(kind)
        named = {name for fields in changes.values() for name in policy.restricted_fields if name in fields}
        if not named:
            return changes
        readable = {name: policy.visibility(self._actor, name) for name in named}
        return {
            id: {
                name: value
                for name, value in fields.items()
                if value is not None or name not in readable or readable[name].holds(before[id])
            }
            for id, fields in changes.items()
        }

    # A caller's condition must not tell more than the rows that it finds would show. So three things are added to it,
    # each beside the comparison it belongs to, so that `or`, `has` and `lacks` keep their meaning. A comparison of a
    # restricted field, at the end of whatever path, holds only where the actor may read the value. A step backward
    # meets only rows that the actor may read. And `actor.x` is filled in. Steps forward follow references as shapes do.
    # The conditions of the policies themselves are not narrowed. Tests: test_conditions_obey, for every restricted
    # field and every role.
    def narrow(self, kind: type[Entity], condition: Where) -> Where:
        """Return a caller's condition, narrowed to the rows and values that the actor may read. Raises: TypeError."""
        self._domain.check_condition(kind, condition, may_name_hidden=self._may_name_hidden)
        return self._narrow(kind, condition.bind(self._actor))

    def readable_at(self, kind: type[Entity], path: str) -> Where:
        """Return the condition on the rows of a kind whose value at a dotted path the actor may read.

        Raises: TypeError.
        """
        *steps, field = path.split(".")
        owner, _ = self._domain.ordered_field_at(kind, (*steps, field))
        readable = self._value_scope(owner, field)
        for step in reversed(steps if readable != everything else []):
            readable = where(**{f"{step}__has": readable})
        return readable

    def view(self, projection: Projection, order: Iterable[str] = ()) -> View:
        """Return the part of a selection, and of the values it is ordered by, that the actor may see.

        Counts and sums obey like conditions; a sum leaves out values that the actor may not read. Raises: TypeError.
        """
        root, ordered = projection.kind, order_columns(order, projection.figures)
        shown = {column: self._value_scope(kind, name) for column, kind, name in projection.restricted}
        shown |= self._order_scopes(root, [key for key in order if isinstance(ordered[key].source, str)])
        for column, source, counted_kind, is_of_any_center in projection.aggregates:
            counted = self._counted(source, counted_kind, is_of_any_center)
            if counted != source.condition:
                shown[column] = counted
        steps = {column.steps for column in (*projection.columns, *ordered.values())} if projection.scoped else set()
        return View(_limits(shown), _limits(self._scopes(root, steps)))

    def order_view(self, kind: type[Entity], order: Iterable[str]) -> View:
        """Return the view of the values that rows are ordered by. Raises: TypeError for anything but own fields."""
        for key in order:
            if "." in key:
                raise TypeError(f"rows of {kind.__name__} are ordered by their own fields; {key!r} needs `select`")
        return View(_limits(self._order_scopes(kind, order)))

    def explain(self, action: str, entity: Entity) -> str:
        """Return a sentence with the verdict and the rule behind it."""
        kind = type(entity)
        allowed = self._block.transaction.count(kind, where(id=entity.id) & self.scope(kind, action))
        rule = self._domain.policy(kind).explain(self._actor.role, action)
        verdict = "may" if allowed else "may not"
        return f"{self._actor.role} {verdict} {action} {kind.__name__} {entity.id}: rows where {rule}"

    def _order_scopes(self, kind: type[Entity], order: Iterable[str]) -> dict[Column, Where]:
        self._domain.check_order(kind, order)
        scopes = {}
        for key in order:
            column = Column.at(key.removeprefix("-"))
            owner, name = self._domain.open_field_at(kind, (*column.steps, str(column.source)))
            scopes[column] = self._value_scope(owner, name)
        return scopes

    def _counted(self, source: Count | Sum, kind: type[Entity], is_of_any_center: bool) -> Where:
        """Return the condition on the rows that a count or a sum of a shape includes for the actor."""
        counted = self._narrow(kind, source.condition.bind(self._actor))
        if is_of_any_center:
            counted &= self._own_center(kind)
        return counted & self._value_scope(kind, source.field) if isinstance(source, Sum) else counted

    def _own_center(self, kind: type[Entity]) -> Where:
        """Return the condition on rows of the actor's Center; an actor of no Center gets the rows they may read."""
        is_at_home = self._actor.center_id is not None and "center_id" in kind.model_fields
        return where(center_id=self._actor.center_id) if is_at_home else self.scope(kind, "read")

    def _scopes(self, kind: type[Entity], paths: Iterable[Steps]) -> dict[Steps, Where]:
        """Return the condition on the rows behind each reference on these paths that the actor may read.

        Archived rows are among them: whatever refers to a row keeps showing it.
        """
        scopes: dict[Steps, Where] = {}
        for path in paths:
            here = kind
            for end, step in enumerate(path, 1):
                _, here = self._domain.target(here, step)
                if path[:end] not in scopes:
                    scopes[path[:end]] = self._granted(here, "read")
        return scopes

    def _granted(self, kind: type[Entity], action: str) -> Where:
        """Return the actor's scope without regard to whether a row is archived."""
        self._domain.check_action(kind, action)
        return self._domain.policy(kind).granted(self._actor, action)

    def _value_scope(self, kind: type[Entity], field: str) -> Where:
        return self._domain.policy(kind).visibility(self._actor, field)

    def _narrow(self, kind: type[Entity], condition: Where) -> Where:
        if not any(self._domain.is_guarded(kind, comparison) for comparison in condition.comparisons()):
            return condition
        return Where(tuple(tuple(self._narrow_term(kind, term) for term in terms) for terms in condition.alternatives))

    def _narrow_term(self, kind: type[Entity], term: Term) -> Term:
        if isinstance(term, Nested):
            return Nested(self._narrow(kind, term.condition))
        return Nested(self._narrow_along(kind, term, term.path)) if self._domain.is_guarded(kind, term) else term

    def _narrow_along(self, kind: type[Entity], comparison: Comparison, path: tuple[str, ...]) -> Where:
        """Return the comparison as nested conditions, one for each step of its path, each narrowed."""
        step, *rest = path
        operator, value = comparison.operator, comparison.value
        nests = operator in ("has", "lacks")
        if not rest and not nests:
            return Where(((Comparison((step,), operator, value),),)) & self._value_scope(kind, step)
        other = self._domain.kind_after(kind, step)
        inner = self._narrow(other, value) if nests else self._narrow_along(other, comparison, tuple(rest))
        if is_backward(step):
            inner &= self.scope(other, "read")
        return Where(((Comparison((step,), "lacks" if operator == "lacks" else "has", inner),),))

    def _require_within(self, scope: Where, kind: type[Entity], entities: Sequence[Entity], action: str) -> None:
        if scope.is_local:
            allowed = scope.holds_for_all(entities)
        else:
            allowed = self._block.transaction.count(kind, where(id__in={e.id for e in entities}) & scope) == len(
                entities
            )
        if not allowed:
            self._refusals.append(Forbidden(kind=kind.__name__, action=action))
            raise self._refusals[-1]


def _without(entity: E, rules: Mapping[str, Where]) -> E:
    """Return the row with None in the fields whose condition it does not meet."""
    closed = {name: None for name, condition in rules.items() if not condition.holds(entity)}
    return entity.model_copy(update=closed) if closed else entity


def _limits(conditions: Mapping[K, Where]) -> dict[K, Where]:
    """Return the conditions without those that every row meets."""
    return {key: condition for key, condition in conditions.items() if condition != everything}
