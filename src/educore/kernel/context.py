"""A context: one part of a domain, declared as data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from educore.kernel.entity import Entity
from educore.kernel.policy import Policy
from educore.kernel.storage import Storage

Action = Callable[..., Any]
"""What an action means: `use_case(uow, entity, **fields)`, or `use_case(uow, **fields)` for one that makes a row."""

Actions = Mapping[tuple[type[Entity], str], Action]

Guard = Callable[..., None]
"""A rule about changes: `guard(uow, before, after)` raises what keeps a row from changing in this way."""

Handler = Callable[..., None]
"""What does a job: `handler(uow, job)`, as the platform, in the transaction that marks the job done."""


Periodic = tuple[timedelta, Action]
"""What a worker does in a transaction of the platform, and how often."""


@dataclass(frozen=True)
class Context:
    """The entities of one part of a domain and everything that is declared about them.

    `name` is the name of its package. `policies` are those of its own entities. `actions` and `guards` may speak of
    rows of earlier contexts too: guards run in every change of such a row, whoever makes it. `audited` are kinds whose
    changes are recorded although the entity does not say so. `outbox` maps events that must survive a crash to the
    field that names their row; `jobs` maps the name of such an event, or of another job, to what does it; `periodic`
    maps a name to an interval and what a worker does that often. `before_commit` is called with every unit of work
    that is about to commit. `looks_ahead` names the later contexts to which paths in the policies may lead.
    """

    name: str
    entities: Sequence[type[Entity]] = ()
    policies: Collection[Policy] = ()
    actions: Actions = field(default_factory=dict)
    guards: Mapping[type[Entity], Sequence[Guard]] = field(default_factory=dict)
    audited: Collection[type[Entity]] = ()
    storage: Sequence[Storage] = ()
    outbox: Mapping[type, str] = field(default_factory=dict)
    jobs: Mapping[str, Handler] = field(default_factory=dict)
    periodic: Mapping[str, Periodic] = field(default_factory=dict)
    before_commit: Sequence[Action] = ()
    looks_ahead: Collection[str] = ()
