"""A domain: contexts put together and checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

from educore.kernel.conditions import Where, is_backward
from educore.kernel.context import Action, Context, Guard, JobHandler, Periodic, package_of
from educore.kernel.entity import ActedBy, Audited, Entity, Hidden, OnDelete, Ref, is_marked, references, value_type
from educore.kernel.policy import ANY_ACTION, Policy
from educore.kernel.row_names import name_fields
from educore.kernel.storage import Storage
from educore.kernel.suggestions import did_you_mean
from educore.translation import Sentences


class Domain:
    """The entities of several contexts, with all declarations that the stores, the unit of work and the edges read.

    The contexts come in order: references and the paths of policies may lead to later ones, actions and guards may
    speak of rows of earlier ones. Nothing may be declared twice.
    Raises: TypeError if a declaration contradicts another one, or a path leads nowhere.
    """

    def __init__(self, *contexts: Context) -> None:
        self.contexts = contexts
        self.kinds: dict[str, type[Entity]] = _collect(
            contexts, "entity", lambda c: ((k.__name__, k) for k in c.entities)
        )
        self.policies: dict[type[Entity], Policy] = _collect(
            contexts, "policy", lambda c: ((p.kind, p) for p in c.policies)
        )
        self.actions: dict[tuple[type[Entity], str], Action] = _collect(contexts, "action", lambda c: c.actions.items())
        self.jobs: dict[str, JobHandler] = _collect(contexts, "job", lambda c: c.jobs.items())
        self.periodic: dict[str, Periodic] = _collect(contexts, "periodic job", lambda c: c.periodic.items())
        self.outbox: dict[type, str] = _collect(contexts, "event", lambda c: c.outbox.items())
        self.sentences: Sentences = Sentences(_collect(contexts, "sentence", lambda c: c.sentences.items()))
        self.guards: dict[type[Entity], tuple[Guard, ...]] = {
            kind: guards for kind in self.kinds.values() if (guards := _guards(contexts, kind))
        }
        self.before_commit: tuple[Action, ...] = tuple(act for context in contexts for act in context.before_commit)
        self.storage: tuple[Storage, ...] = tuple(part for context in contexts for part in context.storage)
        self.audited: frozenset[type[Entity]] = frozenset(kind for context in contexts for kind in context.audited) | {
            kind for kind in self.kinds.values() if kind.audited is not Audited.NEVER
        }
        self._action_names = {kind: frozenset(policy.actions()) for kind, policy in self.policies.items()}
        self._check()

    def extend(self, *contexts: Context) -> Domain:
        """Return a domain in which these contexts replace those of the same name; new ones are added at the end.

        `EDUCATION.extend(dataclasses.replace(courses.CONTEXT, policies=MINE))` replaces the policies of one context.
        """
        new = {context.name: context for context in contexts}
        present = [new.pop(context.name, context) for context in self.contexts]
        return Domain(*present, *new.values())

    def policy(self, kind: type[Entity]) -> Policy:
        """Return the policy of a kind. Raises: TypeError for a class that is no entity of this domain."""
        if kind not in self.policies:
            raise TypeError(f"{getattr(kind, '__name__', kind)} is no entity of this domain")
        return self.policies[kind]

    def check_action(self, kind: type[Entity], action: str) -> None:
        """Refuse the name of an action that no rule of a kind speaks of. Raises: TypeError, with the nearest name."""
        known = self._action_names.get(kind) or self.policy(kind).actions()
        if action not in known:
            raise TypeError(f"{kind.__name__} has no action {action!r}{did_you_mean(action, known)}")

    def target(self, kind: type[Entity], step: str) -> tuple[str, type[Entity]]:
        """Return the field and kind that a forward step leads to: ("group_id", Group) for `group` from Student."""
        field = f"{step}_id"
        reference = references(kind).get(field)
        if reference is None:
            raise TypeError(f"{kind.__name__} has no reference {step!r}")
        return field, self.kinds[reference.target]

    def source(self, kind: type[Entity], step: str) -> tuple[type[Entity], str]:
        """Return the kind and field that a backward step means: (Enrollment, "group_id") for Enrollment from Group."""
        other = self.kinds.get(step)
        fields = [] if other is None else [f for f, r in references(other).items() if r.target == kind.__name__]
        if other is None or len(fields) != 1:
            raise TypeError(f"{step} points at {kind.__name__} {len(fields)} times; a path needs exactly one")
        return other, fields[0]

    def writers(self, kind: type[Entity]) -> frozenset[str]:
        """Return the packages whose use cases perform the actions that are declared for a kind."""
        return self._writers[kind]

    def referrers(self, kind: type[Entity]) -> list[tuple[type[Entity], str, Ref]]:
        """Return every field of every kind that refers to `kind`."""
        return self._referrers[kind.__name__]

    def name_paths(self, kind: type[Entity]) -> dict[str, tuple[str, bool]]:
        """Return the dotted paths whose texts make up the display name of a row, such as "user.first_name".

        Each maps to the path of the row it belongs to, and whether it is only a fallback for that row's other texts.
        """
        paths: dict[str, tuple[str, bool]] = {}
        for field in name_fields(kind):
            if field in references(kind):
                step, target = field.removesuffix("_id"), self.kinds[references(kind)[field].target]
                behind = self.name_paths(target).items()
                paths |= {f"{step}.{path}": (f"{step}.{row}", is_fallback) for path, (row, is_fallback) in behind}
            else:
                paths[field.lstrip("|")] = "", field.startswith("|")
        return paths

    def field_at(self, kind: type[Entity], path: tuple[str, ...]) -> tuple[type[Entity], str]:
        """Return the kind and field that a forward path ends at: (Branch, "name") for ("branch", "name") from Group."""
        *steps, field = path
        for step in steps:
            _, kind = self.target(kind, step)
        if field not in kind.model_fields:
            raise TypeError(f"{kind.__name__} has no field {field!r}")
        return kind, field

    def check_fields(self, kind: type[Entity], names: Iterable[str]) -> None:
        """Refuse names that are no fields of the kind. Raises: TypeError naming the nearest right word."""
        for name in names:
            if name not in kind.model_fields:
                raise TypeError(f"{kind.__name__} has no field {name!r}{did_you_mean(name, kind.model_fields)}")

    def check_condition(self, kind: type[Entity], condition: Where) -> None:
        """Follow every path of a condition. Raises: TypeError for the first one that leads nowhere."""
        for _ in self.kinds_on(kind, condition):
            pass

    def kinds_on(self, kind: type[Entity], condition: Where) -> Iterator[type[Entity]]:
        """Follow every path of a condition and yield the kinds of rows it visits. Raises: TypeError."""
        for comparison in condition.comparisons():
            steps, here = list(comparison.path), kind
            nests = comparison.operator in ("has", "lacks")
            if nests and len(steps) > 1:
                raise TypeError(f"{'__'.join(steps)}__{comparison.operator}: has and lacks follow one step, not more")
            last = None if nests else steps.pop()
            for step in steps:
                here = self.source(here, step)[0] if is_backward(step) else self.target(here, step)[1]
                yield here
            if last is None:
                yield from self.kinds_on(here, comparison.value)
            elif last not in here.model_fields or is_marked(here, last, Hidden):
                raise TypeError(f"a condition on {kind.__name__} names {here.__name__}.{last}")

    @cached_property
    def _writers(self) -> dict[type[Entity], frozenset[str]]:
        writers: dict[type[Entity], set[str]] = {kind: set() for kind in self.kinds.values()}
        for (kind, _), act in self.actions.items():
            writers[kind].add(package_of(act))
        return {kind: frozenset(packages) for kind, packages in writers.items()}

    @cached_property
    def _referrers(self) -> dict[str, list[tuple[type[Entity], str, Ref]]]:
        referrers: dict[str, list[tuple[type[Entity], str, Ref]]] = {name: [] for name in self.kinds}
        for other in self.kinds.values():
            for field, reference in references(other).items():
                referrers[reference.target].append((other, field, reference))
        return referrers

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
