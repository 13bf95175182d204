"""A domain: contexts put together and checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

from educore.kernel.conditions import Comparison, Where, everything, is_backward
from educore.kernel.context import Action, Context, Guard, JobHandler, Lookup, Periodic, package_of
from educore.kernel.entity import (
    ActedBy,
    Audited,
    Entity,
    Hidden,
    OnDelete,
    Unique,
    is_archivable,
    is_marked,
    live_rows,
    references,
    value_type,
)
from educore.kernel.paths import Paths
from educore.kernel.policy import ANY_ACTION, Policy
from educore.kernel.row_names import name_fields
from educore.kernel.storage import Index, Storage
from educore.kernel.suggestions import did_you_mean
from educore.kernel.uniqueness import unique_rules
from educore.translation import Sentences


class Domain(Paths):
    """The entities of several contexts, with all declarations that the stores, the unit of work and the edges read.

    The contexts come in order: references and the paths of policies may lead to later ones, actions and guards may
    speak of rows of earlier ones. Nothing may be declared twice.
    Raises: TypeError if a declaration contradicts another one, or a path leads nowhere.
    """

    def __init__(self, *contexts: Context, extends: Domain | None = None) -> None:
        super().__init__(_collect(contexts, "entity", lambda c: ((k.__name__, k) for k in c.entities)))
        self.contexts = contexts
        self.policies: dict[type[Entity], Policy] = _collect(
            contexts, "policy", lambda c: ((p.kind, p) for p in c.policies)
        )
        self.actions: dict[tuple[type[Entity], str], Action] = _collect(contexts, "action", lambda c: c.actions.items())
        self.jobs: dict[str, JobHandler] = _collect(contexts, "job", lambda c: c.jobs.items())
        self.periodic: dict[str, Periodic] = _collect(contexts, "periodic job", lambda c: c.periodic.items())
        self.lookups: dict[str, Lookup] = _collect(contexts, "lookup", lambda c: c.lookups.items())
        self.outbox: dict[type, str] = _collect(contexts, "event", lambda c: c.outbox.items())
        self.sentences: Sentences = Sentences(_collect(contexts, "sentence", lambda c: c.sentences.items()))
        self.guards: dict[type[Entity], tuple[Guard, ...]] = {
            kind: guards for kind in self.kinds.values() if (guards := _guards(contexts, kind))
        }
        self.before_commit: tuple[Action, ...] = tuple(act for context in contexts for act in context.before_commit)
        self.storage: tuple[Storage, ...] = tuple(part for context in contexts for part in context.storage)
        self.dependants: dict[tuple[type[Entity], str], Where] = _collect(
            contexts, "dependant", lambda c: c.dependants.items()
        )
        self.audited: frozenset[type[Entity]] = frozenset(kind for context in contexts for kind in context.audited) | {
            kind for kind in self.kinds.values() if kind.audited is not Audited.NEVER
        }
        known = {} if extends is None else extends._action_names
        self._action_names: dict[type[Entity], frozenset[str]] = {
            kind: known.get(kind, frozenset()).union(policy.actions()) for kind, policy in self.policies.items()
        }
        self._check()

    def extend(self, *contexts: Context) -> Domain:
        """Return a domain in which these contexts replace those of the same name; new ones are added at the end.

        `EDUCATION.extend(dataclasses.replace(courses.CONTEXT, policies=MINE))` replaces the policies of one context.
        Use cases and later contexts may speak of an action of which only the replaced policy spoke: nobody may perform
        it any more.
        """
        new = {context.name: context for context in contexts}
        present = [new.pop(context.name, context) for context in self.contexts]
        return Domain(*present, *new.values(), extends=self)

    def policy(self, kind: type[Entity]) -> Policy:
        """Return the policy of a kind. Raises: TypeError for a class that is no entity of this domain."""
        if kind not in self.policies:
            raise TypeError(f"{getattr(kind, '__name__', kind)} is no entity of this domain")
        return self.policies[kind]

    def is_guarded(self, kind: type[Entity], comparison: Comparison) -> bool:
        """Return whether policies have a say in a comparison: of a restricted field, along a step back, or nested."""
        if len(comparison.path) == 1 and comparison.operator not in ("has", "lacks"):
            return comparison.path[0] in self.policies[kind].restricted_fields
        end = self.path_end(kind, comparison.path, comparison.operator)
        if end.field is None or any(map(is_backward, comparison.path)):
            return True
        return end.field in self.policies[end.kind].restricted_fields

    @cached_property
    def unique_rules(self) -> dict[type[Entity], tuple[Unique, ...]]:
        """Every rule about unique values by kind: those of the entity and those of unique indexes."""
        indexes = [part for part in self.storage if isinstance(part, Index) and part.unique]
        return {
            kind: (*unique_rules(kind), *(Unique(part.fields, part.only) for part in indexes if part.kind is kind))
            for kind in self.kinds.values()
        }

    def dependants_of(self, kind: type[Entity]) -> Iterator[tuple[type[Entity], str, Where]]:
        """Yield the references that keep rows of a kind from being archived, with the condition on rows that count."""
        for other, field, reference in self.referrers(kind):
            if reference.on_delete is OnDelete.REFUSE:
                yield other, field, live_rows(other) & self.dependants.get((other, field), everything)

    def check_action(self, kind: type[Entity], action: str) -> None:
        """Refuse the name of an action that no rule of a kind speaks of. Raises: TypeError, with the nearest name."""
        known = self._action_names.get(kind) or self.policy(kind).actions()
        if action not in known:
            raise TypeError(f"{kind.__name__} has no action {action!r}{did_you_mean(action, known)}")

    def writers(self, kind: type[Entity]) -> frozenset[str]:
        """Return the packages whose use cases perform the actions that are declared for a kind."""
        return self._writers[kind]

    @cached_property
    def _writers(self) -> dict[type[Entity], frozenset[str]]:
        writers: dict[type[Entity], set[str]] = {kind: set() for kind in self.kinds.values()}
        for (kind, _), act in self.actions.items():
            writers[kind].add(package_of(act))
        return {kind: frozenset(packages) for kind, packages in writers.items()}

    def _check(self) -> None:
        place = {kind: at for at, context in enumerate(self.contexts) for kind in context.entities}
        for kind in self.kinds.values():
            self._check_entity(kind)
        for at, context in enumerate(self.contexts):
            for key in context.actions:
                self._check_declared_action(context, *key, is_known=place.get(key[0], at + 1) <= at)
            for kind in context.guards:
                if place.get(kind, at + 1) > at:
                    raise TypeError(f"{context.name} guards {kind.__name__}, which is of no earlier context")
            for key, condition in context.dependants.items():
                self._check_dependant(*key, condition)
            for policy in context.policies:
                if place.get(policy.kind) != at:
                    raise TypeError(f"{context.name} has a policy for {policy.kind.__name__}, which is not its entity")
                self._check_policy(policy)
            self._check_order(context, {kind for kind, other in place.items() if other > at})

    def _check_entity(self, kind: type[Entity]) -> None:
        name = kind.__name__
        if kind not in self.policies:
            raise TypeError(f"{name} has no policy")
        for field, reference in references(kind).items():
            if reference.target not in self.kinds:
                raise TypeError(f"{name} refers to {reference.target}, which is no entity of this domain")
            if is_marked(kind, field, ActedBy) and reference.on_delete is not OnDelete.REFUSE:
                raise TypeError(f"{name}.{field} names who acted, so it may not be cleared")
            if kind in self.audited and reference.on_delete is OnDelete.CASCADE:
                raise TypeError(f"{name} is audited, so it may not vanish with its {field}")
        for rule in unique_rules(kind):
            self.check_fields(kind, rule.fields)
            self.check_condition(kind, rule.only)
            if not rule.only.is_local:
                raise TypeError(f"{name} is unique by {rule.fields} under a condition on other rows: {rule.only}")
        for field in name_fields(kind):
            if field.lstrip("|") not in kind.model_fields or is_marked(kind, field.lstrip("|"), Hidden):
                raise TypeError(f"{name} is named by {field}, which is no field of it that may be shown")

    def _check_declared_action(self, context: Context, kind: type[Entity], action: str, *, is_known: bool) -> None:
        if kind not in self.policies:
            raise TypeError(f"{kind.__name__} has no policy")
        if not is_known:
            raise TypeError(f"{context.name} declares {action!r} of {kind.__name__}, which is of a later context")
        if action != ANY_ACTION:
            self.check_action(kind, action)
        if not package_of(self.actions[kind, action]):
            raise TypeError(f"{_place(self.actions[kind, action])} performs an action, so it needs the mark `use_case`")

    def _check_dependant(self, kind: type[Entity], field: str, condition: Where) -> None:
        target = self.kinds.get(references(kind)[field].target) if field in references(kind) else None
        if target is None or not is_archivable(target):
            raise TypeError(f"{kind.__name__}.{field} refers to no row that can be archived, so it keeps none from it")
        self.check_condition(kind, condition)

    def _check_policy(self, policy: Policy) -> None:
        for condition in _conditions(policy):
            self.check_condition(policy.kind, condition)
        for field, rules in policy.restricted_fields.items():
            owner, _ = self.field_at(policy.kind, (field,))
            if not value_type(owner, field)[1]:
                raise TypeError(f"{owner.__name__}.{field} is restricted, so it must allow the None that others see")
            for condition in rules.values():
                if not condition.is_local:
                    raise TypeError(f"a restricted field of {policy.kind.__name__} depends on other rows: {condition}")

    def _check_order(self, context: Context, later: Collection[type[Entity]]) -> None:
        """Compare the later contexts that the policies lead to with those the context says they do."""
        visited = {
            kind
            for policy in context.policies
            for condition in _conditions(policy)
            for kind in self.kinds_on(policy.kind, condition)
        }
        ahead = {other.name for other in self.contexts for kind in other.entities if kind in visited and kind in later}
        if ahead != set(context.looks_ahead):
            raise TypeError(f"the policies of {context.name} lead to {sorted(ahead)}; its `looks_ahead` says otherwise")


def _conditions(policy: Policy) -> Iterator[Where]:
    """Every condition of a policy."""
    yield from (grant.rows for grants in policy.grants.values() for grant in grants.values())
    yield from (condition for rules in policy.restricted_fields.values() for condition in rules.values())


def _collect(
    contexts: Iterable[Context], noun: str, part: Callable[[Context], Iterable[tuple[Any, Any]]]
) -> dict[Any, Any]:
    """Return the declarations of all contexts by key. Raises: TypeError, naming both places, for a key given twice."""
    found: dict[Any, Any] = {}
    declared: dict[Any, str] = {}
    for context in contexts:
        for key, value in part(context):
            place = f"{context.name} ({_place(value)})"
            if key in found:
                raise TypeError(f"the {noun} {_text(key)} is declared twice: by {declared[key]} and by {place}")
            found[key], declared[key] = value, place
    return found


def _guards(contexts: Iterable[Context], kind: type[Entity]) -> tuple[Guard, ...]:
    found: dict[Guard, str] = {}
    for context in contexts:
        for guard in context.guards.get(kind, ()):
            if guard in found:
                raise TypeError(
                    f"the guard {_place(guard)} of {kind.__name__} is declared by {found[guard]} and by {context.name}"
                )
            found[guard] = context.name
    return tuple(found)


def _text(key: Any) -> str:
    if isinstance(key, tuple):
        return f"({', '.join(map(_text, key))})"
    return key.__name__ if isinstance(key, type) else repr(key)


def _place(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}" if hasattr(value, "__qualname__") else repr(value)
