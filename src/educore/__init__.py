"""The education domain as a library: the kernel by name, and a package for each context.

Entities and use cases come from their context: `from educore.billing import Payment, take_payment`.
Importing `educore` alone costs next to nothing: each name is imported when it is first used.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educore.adapters.memory import FixedClock, MemoryStore, memory_ports
    from educore.education import EDUCATION
    from educore.kernel import (
        ANONYMOUS,
        PLATFORM,
        ActedBy,
        Actor,
        Aggregate,
        Archivable,
        Audited,
        Computed,
        ComputedNow,
        Conflict,
        Constant,
        Context,
        Count,
        Domain,
        Each,
        Educore,
        EducoreError,
        Entity,
        Fixed,
        Forbidden,
        From,
        Hidden,
        Invalid,
        Joined,
        Later,
        NameOf,
        NotFound,
        OnDelete,
        Policy,
        Ports,
        Problem,
        Ref,
        Role,
        Seen,
        Shape,
        Staging,
        Stale,
        Store,
        StoredFile,
        Sum,
        Timestamped,
        TooManyAttempts,
        Transaction,
        Unauthenticated,
        Unavailable,
        Undelivered,
        Unique,
        UnitOfWork,
        Value,
        Where,
        actor,
        allow,
        everything,
        nothing,
        only_fields,
        perform,
        use_case,
        where,
    )
    from educore.values import PlainPassword

__version__ = "0.2.0"

__all__ = [
    "ANONYMOUS",
    "ActedBy",
    "Actor",
    "Aggregate",
    "Archivable",
    "Audited",
    "Computed",
    "ComputedNow",
    "Conflict",
    "Constant",
    "Context",
    "Count",
    "Domain",
    "EDUCATION",
    "Each",
    "Educore",
    "EducoreError",
    "Entity",
    "Fixed",
    "FixedClock",
    "Forbidden",
    "From",
    "Hidden",
    "Invalid",
    "Joined",
    "Later",
    "NameOf",
    "MemoryStore",
    "NotFound",
    "OnDelete",
    "PLATFORM",
    "PlainPassword",
    "Policy",
    "Ports",
    "Problem",
    "Ref",
    "Role",
    "Seen",
    "Shape",
    "Staging",
    "Stale",
    "Store",
    "StoredFile",
    "Sum",
    "Timestamped",
    "TooManyAttempts",
    "Transaction",
    "Unauthenticated",
    "Unavailable",
    "Undelivered",
    "Unique",
    "UnitOfWork",
    "Value",
    "Where",
    "__version__",
    "actor",
    "allow",
    "everything",
    "memory_ports",
    "nothing",
    "only_fields",
    "perform",
    "use_case",
    "where",
]

_ELSEWHERE = {
    "EDUCATION": "educore.education",
    "FixedClock": "educore.adapters.memory",
    "MemoryStore": "educore.adapters.memory",
    "PlainPassword": "educore.values",
    "memory_ports": "educore.adapters.memory",
}
"""The modules of the names that do not come from the kernel."""

if not TYPE_CHECKING:  # a type checker that sees `__getattr__` would accept every name

    def __getattr__(name: str) -> object:
        """Import a public name on its first use, so that a program pays only for the contexts it uses."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        value = globals()[name] = getattr(import_module(_ELSEWHERE.get(name, "educore.kernel")), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
