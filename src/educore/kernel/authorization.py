"""The policies of a domain, applied for one actor inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from educore.kernel.conditions import Where, everything, where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, Hidden, is_marked
from educore.kernel.errors import Forbidden
from educore.kernel.policy import Actor
from educore.kernel.projection import Column, Projection, Steps
from educore.kernel.store import View
from educore.kernel.transaction_block import TransactionBlock

E = TypeVar("E", bound=Entity)
K = TypeVar("K")


class Authorization:
    """Decides what one actor may read and write. Actions that no rule speaks of are refused with a TypeError.

    `refusals` collects the errors of writes that are already in the transaction: it is rolled back even if the caller
    swallows the exception.
    """

    def __init__(self, block: TransactionBlock, domain: Domain, actor: Actor, refusals: list[Exception]) -> None:
        self._block, self._domain, self._actor, self._refusals = block, domain, actor, refusals

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
        self._require_within(self.scope(kind, action), kind, entities, action)

    def require_as_new(
        self, kind: type[Entity], entities: Sequence[Entity], changed: Iterable[str], action: str
    ) -> None:
        """Check changed fields against the rule for `create` too, if the actor has one. Raises: Forbidden."""
        if entities and self.permits(kind, "create"):
            self._require_within(self.scope(kind, "create").about(changed), kind, entities, action)

    def redact(self, entity: E) -> E:
        """Return the row with None in every restricted field that the actor may not read."""
        return self.redact_all(type(entity), [entity])[0]

    def redact_all(self, kind: type[E], entities: Sequence[E]) -> list[E]:
        """Return the rows with None in every restricted field that the actor may not read."""
        policy = self._domain.policy(kind)
        rules = _limits({name: policy.visibility(self._actor, name) for name in policy.restricted_fields})
        return [_without(entity, rules) for entity in entities] if rules else list(entities)

    def readable_at(self, kind: type[Entity], path: str) -> Where:
        """Return the condition on the rows of a kind whose value at a dotted path the actor may read."""
        *steps, field = path.split(".")
        owner, _ = self._domain.field_at(kind, (*steps, field))
        readable = self._domain.policy(owner).visibility(self._actor, field)
        for step in reversed(steps if readable != everything else []):
            readable = where(**{f"{step}__has": readable})
        return readable

    def view(self, projection: Projection, order: Iterable[str] = ()) -> View:
        """Return the part of a selection, and of the values it is ordered by, that the actor may see."""
        shape, ordered = projection.shape, [Column.at(key.removeprefix("-")) for key in order]
        conditions = {
            column: self._domain.policy(kind).visibility(self._actor, name)
            for column, kind, name in (*projection.restricted, *self._owners(shape.of, ordered))
        }
        steps = {column.steps for column in (*projection.columns, *ordered)} if shape.scoped else set()
        return View(_limits(conditions), _limits(self._scopes(shape.of, steps)))

    def explain(self, action: str, entity: Entity) -> str:
        """Return a sentence with the verdict and the rule behind it."""
        kind = type(entity)
        allowed = self._block.transaction.count(kind, where(id=entity.id) & self.scope(kind, action))
        rule = self._domain.policy(kind).explain(self._actor.role, action)
        verdict = "may" if allowed else "may not"
        return f"{self._actor.role} {verdict} {action} {kind.__name__} {entity.id}: rows where {rule}"

    def _owners(self, kind: type[Entity], columns: Iterable[Column]) -> Iterator[tuple[Column, type[Entity], str]]:
        """Yield each column with the kind and the name of its field. Raises: TypeError for a hidden field."""
        for column in columns:
            owner, name = self._domain.field_at(kind, (*column.steps, str(column.source)))
            if is_marked(owner, name, Hidden):
                raise TypeError(f"{owner.__name__}.{name} is hidden; nothing can be ordered by it")
            yield column, owner, name

    def _scopes(self, kind: type[Entity], paths: Iterable[Steps]) -> dict[Steps, Where]:
        """Return the actor's scope of the rows behind each reference on these paths."""
        scopes: dict[Steps, Where] = {}
        for path in paths:
            here = kind
            for end, step in enumerate(path, 1):
                _, here = self._domain.target(here, step)
                if path[:end] not in scopes:
                    scopes[path[:end]] = self.scope(here, "read")
        return scopes

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
