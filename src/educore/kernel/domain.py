"""A domain: its kinds of entities, the policy of each, and what its actions mean. Checked when it is built."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from educore.kernel.conditions import Where, is_backward
from educore.kernel.entity import ActedBy, Audited, Entity, Hidden, OnDelete, Ref, is_marked, references, value_type
from educore.kernel.policy import ANY_ACTION, Policy
from educore.kernel.shape import Plan, Shape, compile_shape

Action = Callable[..., Any]
Actions = Mapping[tuple[type[Entity], str], Action]


class Domain:
    """Everything the stores, the unit of work and the edges need to know about the entities.

    `actions[(Student, "create")] = register_student` makes "create a student" mean the same from every
    API and every screen; what is not listed is the plain verb of the unit of work. A unit of work keeps every
    change of kinds that are `audited` or `watched`, and hands itself to each function of `before_commit` when all
    else is done.
    Raises: TypeError when an entity has no policy, a reference no target, or a condition no such path.
    """

    def __init__(
        self,
        entities: Iterable[type[Entity]],
        policies: Iterable[Policy],
        actions: Actions,
        *,
        watched: Collection[type[Entity]] = (),
        before_commit: Iterable[Action] = (),
    ) -> None:
        self.kinds = {kind.__name__: kind for kind in entities}
        self.policies = {policy.kind: policy for policy in policies}
        self.actions = dict(actions)
        self.watched = frozenset(watched) | {k for k in self.kinds.values() if k.audited is not Audited.NEVER}
        self.before_commit = tuple(before_commit)
        self._plans: dict[type[Shape], Plan] = {}
        self._check()

    def policy(self, kind: type[Entity]) -> Policy:
        """The one policy of a kind."""
        return self.policies[kind]

    def plan(self, shape: type[Shape]) -> Plan:
        """The compiled form of a shape, made once."""
        if shape not in self._plans:
            self._plans[shape] = compile_shape(shape, self)
        return self._plans[shape]

    def target(self, kind: type[Entity], step: str) -> tuple[str, type[Entity]]:
        """Where a forward step leads: `group` from Student gives ("group_id", Group)."""
        field = f"{step}_id"
        reference = references(kind).get(field)
        if reference is None:
            raise TypeError(f"{kind.__name__} has no reference {step!r}")
        return field, self.kinds[reference.target]

    def source(self, kind: type[Entity], step: str) -> tuple[type[Entity], str]:
        """Which rows a backward step means: `Enrollment` from Group gives (Enrollment, "group_id")."""
        other = self.kinds.get(step)
        fields = [] if other is None else [f for f, r in references(other).items() if r.target == kind.__name__]
        if other is None or len(fields) != 1:
            raise TypeError(f"{step} points at {kind.__name__} {len(fields)} times; a path needs exactly one")
        return other, fields[0]

    def referrers(self, kind: type[Entity]) -> list[tuple[type[Entity], str, Ref]]:
        """Every field of every kind that points at `kind`."""
        return self._referrers[kind.__name__]

    def name_paths(self, kind: type[Entity]) -> dict[str, tuple[str, bool]]:
        """The dotted paths whose texts make up what a row is called: "user.first_name", ... of a student.

        With each the row it belongs to, and whether it stands in only where the row has no other text.
        """
        found: dict[str, tuple[str, bool]] = {}
        for field in name_fields(kind):
            if field in references(kind):
                step, target = field.removesuffix("_id"), self.kinds[references(kind)[field].target]
                behind = self.name_paths(target).items()
                found |= {f"{step}.{path}": (f"{step}.{row}", spare) for path, (row, spare) in behind}
            else:
                found[field.lstrip("|")] = "", field.startswith("|")
        return found

    def field_at(self, kind: type[Entity], path: tuple[str, ...]) -> tuple[type[Entity], str]:
        """The kind and field a forward path ends at: ("branch", "name") from Group gives (Branch, "name")."""
        *steps, field = path
        for step in steps:
            _, kind = self.target(kind, step)
        if field not in kind.model_fields:
            raise TypeError(f"{kind.__name__} has no field {field!r}")
        return kind, field

    def check_condition(self, kind: type[Entity], condition: Where) -> None:
        """Follow every path of a condition. Raises: TypeError at the first that leads nowhere."""
        for test in condition.tests():
            steps, here = list(test.path), kind
            nests = test.operator in ("has", "lacks")
            if nests and len(steps) > 1:
                raise TypeError(f"{'__'.join(steps)}__{test.operator}: has and lacks follow one step, not more")
            last = None if nests else steps.pop()
            for step in steps:
                here = self.source(here, step)[0] if is_backward(step) else self.target(here, step)[1]
            if last is None:
                self.check_condition(here, test.value)
            elif last not in here.model_fields or is_marked(here, last, Hidden):
                raise TypeError(f"a condition on {kind.__name__} names {here.__name__}.{last}")

    @cached_property
    def _referrers(self) -> dict[str, list[tuple[type[Entity], str, Ref]]]:
        found: dict[str, list[tuple[type[Entity], str, Ref]]] = {name: [] for name in self.kinds}
        for other in self.kinds.values():
            for field, reference in references(other).items():
                found[reference.target].append((other, field, reference))
        return found

    def _check(self) -> None:
        for name, kind in self.kinds.items():
            if kind not in self.policies:
                raise TypeError(f"{name} has no policy")
            for field, reference in references(kind).items():
                if reference.target not in self.kinds:
                    raise TypeError(f"{name} refers to {reference.target}, which is no entity of this domain")
                if is_marked(kind, field, ActedBy) and reference.on_delete is not OnDelete.REFUSE:
                    raise TypeError(f"{name}.{field} names who acted, so it may not be cleared")
            for field in name_fields(kind):
                if field.lstrip("|") not in kind.model_fields or is_marked(kind, field.lstrip("|"), Hidden):
                    raise TypeError(f"{name} is named by {field}, which is no field of it that may be shown")
        for policy in self.policies.values():
            for grants in policy.grants.values():
                for grant in grants.values():
                    self.check_condition(policy.kind, grant.rows)
            for field in policy.private:
                owner, _ = self.field_at(policy.kind, (field,))
                if not value_type(owner, field)[1]:
                    raise TypeError(f"{owner.__name__}.{field} is private, so it must allow the None that others see")
            for visible in (rule for rules in policy.private.values() for rule in rules.values()):
                self.check_condition(policy.kind, visible)
                if not visible.is_local:
                    raise TypeError(f"a private field of {policy.kind.__name__} depends on other rows: {visible}")
        for kind in self.watched:
            for field, reference in references(kind).items():
                if reference.on_delete is OnDelete.CASCADE:
                    raise TypeError(f"{kind.__name__} is watched, so it may not vanish with its {field}")
        for kind, action in self.actions:
            if kind not in self.policies:
                raise TypeError(f"{kind.__name__} has no policy")
            if action not in self.policies[kind].actions() and action != ANY_ACTION:
                raise TypeError(f"no rule speaks of {action!r} on {kind.__name__}")


@cache
def name_fields(kind: type[Entity]) -> tuple[str, ...]:
    """The fields a row is known by: `named_by`, or else `name` or `title`."""
    return kind.named_by or tuple(name for name in ("name", "title") if name in kind.model_fields)[:1]


def compose_name(parts: Iterable[tuple[tuple[str, bool], str]]) -> str:
    """Put a name together from texts: those of one row with spaces, those of several rows with dots between.

    Each part says whose text it is, and whether it stands in only where that row has no other text.
    """
    rows: dict[str, list[str]] = {}
    for (row, stands_in), text in parts:
        words = rows.setdefault(row, [])
        if text and not (stands_in and words):
            words.append(text)
    return " · ".join(" ".join(words) for words in rows.values() if words)
