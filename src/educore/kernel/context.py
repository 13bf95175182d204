"""A context: one part of a domain, declared as data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from educore.kernel.conditions import Where
from educore.kernel.entity import Entity
from educore.kernel.policy import Policy
from educore.kernel.storage import Storage

Action = Callable[..., Any]
"""The use case of an action: `act(uow, entity, **fields)`, or `act(uow, **fields)` if it makes a row.

It carries the mark `use_case`.
"""


def package_of(act: Action) -> str:
    """Return the package of a function with the mark `use_case`, "" for any other function."""
    return str(getattr(act, "use_case_of", ""))


Actions = Mapping[tuple[type[Entity], str], Action]

Guard = Callable[..., None]
"""A rule about changes: `guard(uow, before, after)` raises an error if a row may not change in this way."""

JobHandler = Callable[..., None]
"""The function that runs a job: `handler(uow, job)`, as the platform, in the transaction that marks the job done."""

Lookup = Callable[..., Any]
"""A value that the type of a field may need to validate a row of a Center: `lookup(uow, center_id)`."""

Periodic = tuple[timedelta, Action]
"""An interval, and the function that a worker calls that often in a transaction of the platform."""


@dataclass(frozen=True)
class Context:
    """The entities of one part of a domain and everything that is declared about them.

    `name` is the name of its package. `policies` are those of its own entities. `actions` and `guards` may speak of
    rows of earlier contexts too: guards run in every change of such a row, by whichever way. `audited` are kinds whose
    changes are recorded although the entity does not declare it. `outbox` maps events that must survive a crash to the
    field that names their row; `jobs` maps the name of such an event, or of another job, to its handler; `periodic`
    maps a name to an interval and a function. `lookups` maps a name in the validation context of rows, such as
    "country", to the function that finds its value. `before_commit` is called with every unit of work
    that is about to commit. `sentences` maps an error code of the context to its sentence in each language, English
    always among them. `looks_ahead` names the later contexts to which paths in the policies may lead. `dependants`
    says which rows keep an archivable row from being archived: those that match, by their kind and the field that
    refers to it. Without a word here they are all live rows of the kind.
    """

    name: str
    entities: Sequence[type[Entity]] = ()
    policies: Collection[Policy] = ()
    actions: Actions = field(default_factory=dict)
    guards: Mapping[type[Entity], Sequence[Guard]] = field(default_factory=dict)
    audited: Collection[type[Entity]] = ()
    storage: Sequence[Storage] = ()
    outbox: Mapping[type, str] = field(default_factory=dict)
    jobs: Mapping[str, JobHandler] = field(default_factory=dict)
    periodic: Mapping[str, Periodic] = field(default_factory=dict)
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    before_commit: Sequence[Action] = ()
    sentences: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    looks_ahead: Collection[str] = ()
    dependants: Mapping[tuple[type[Entity], str], Where] = field(default_factory=dict)
