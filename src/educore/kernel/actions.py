"""Actions by name, and the mark of a use case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, overload

from educore.kernel.conditions import Where, everything
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, hidden_fields, is_archivable
from educore.kernel.errors import Invalid, Problem
from educore.kernel.suggestions import did_you_mean
from educore.kernel.unit_of_work import UnitOfWork

E = TypeVar("E", bound=Entity)
P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A", bound=Callable[..., Any])

Fields = Mapping[str, Any]
"""Values by field name. They may come from outside: no name among them is ever taken for an option."""

NO_FIELDS: Fields = {}


def use_case(function: Callable[Concatenate[UnitOfWork, P], T]) -> Callable[Concatenate[UnitOfWork, P], T]:
    """Mark a function as a use case: `use_case(uow, entity, /, **fields)`.

    Within it the plain verbs may perform the actions that its package declares. Everything it takes besides the unit of
    work and the row is data of its users; so these two are positional, and it has no options.
    """
    package = function.__module__.rpartition(".")[0] or function.__module__

    @wraps(function)
    def run(uow: UnitOfWork, /, *args: P.args, **fields: P.kwargs) -> T:
        outer, uow.package = uow.package, package
        try:
            return function(uow, *args, **fields)
        finally:
            uow.package = outer

    vars(run)["use_case_of"] = package
    return run


def with_computed(fields: Fields, /, **computed: Any) -> dict[str, Any]:
    """Return the fields that a user gave with those that a use case computes.

    Raises: TypeError for a name in both: neither may overwrite the other silently.
    """
    if both := sorted(fields.keys() & computed.keys()):
        raise TypeError(f"{both[0]!r} is computed, so it cannot be given")
    return {**fields, **computed}


def locks_row(act: A) -> A:
    """Mark a use case that locks its row before any other row, so that `get_to_perform` may lock it.

    A use case stays without the mark if it locks other rows first, such as the student before the payment: two units
    of work that lock the same rows in different orders wait for each other.
    """
    vars(act)["locks_row"] = True
    return act


def get_to_perform(uow: UnitOfWork, kind: type[E], action: str, id: int, *, only: Where = everything) -> E:
    """Return the row on which an action is to be performed.

    It is locked at once if the action begins with that; then nothing reads it again. Raises: NotFound, Forbidden.
    """
    lock = not uow.is_read_only and is_row_locked_first(uow.domain, kind, action)
    return uow.get(kind, id, to=action, only=only, lock=lock)


def is_row_locked_first(domain: Domain, kind: type[Entity], action: str) -> bool:
    """Return whether an action locks its row before any other: the plain verbs do, and use cases with the mark.

    To archive a row takes a stronger lock, which would wait for those who wait for the weaker one.
    """
    run = domain.actions.get((kind, action))
    return bool(getattr(run, "locks_row", False)) if run else action != "archive" and not action.startswith("read")


@overload
def perform(
    uow: UnitOfWork, kind: type[E], action: Literal["create"], /, *, fields: Fields = ..., only: Where = ...
) -> E: ...
@overload
def perform(
    uow: UnitOfWork, kind: type[E], action: Literal["update"], /, id: int, fields: Fields = ..., *, only: Where = ...
) -> E: ...
@overload
def perform(
    uow: UnitOfWork, kind: type[Entity], action: Literal["delete"], /, id: int, *, only: Where = ...
) -> None: ...
@overload
def perform(
    uow: UnitOfWork,
    kind: type[Entity],
    action: str,
    /,
    id: int | None = ...,
    fields: Fields = ...,
    *,
    only: Where = ...,
    returns: type[T] = ...,
) -> T: ...
def perform(
    uow: UnitOfWork,
    kind: type[Entity],
    action: str,
    /,
    id: int | None = None,
    fields: Fields = NO_FIELDS,
    *,
    only: Where = everything,
    returns: type[Any] = object,
) -> Any:
    """Perform an action by its name, as every API and every screen does.

    It calls the use case that a context declares for the action, or else `add`, `change`, `remove`, `archive` or
    `restore`. Without `id` the
    action makes a new row. `only` limits an edge to part of a kind, such as directors among memberships. The result is
    the new or changed row, None after "delete", and otherwise what the use case returns, which has the type `returns`.
    Raises: the errors of the action; Invalid("missing") for input it needs; TypeError for an action that only reads,
    for unknown actions and fields, and for a result of another type.
    """
    uow.domain.check_action(kind, action)
    if action.startswith("read"):
        raise TypeError(f"{action!r} changes nothing, so it cannot be performed on {kind.__name__}")
    if id is None and action in ("update", "delete", "archive", "restore"):
        raise TypeError(f"to {action} {kind.__name__}, name the row by its id")
    if hidden := sorted(fields.keys() & set(hidden_fields(kind))):
        raise TypeError(f"{kind.__name__}.{hidden[0]} is hidden: only a use case sets it")
    declared = uow.domain.actions.get((kind, action))
    needed = _check_names(declared, kind, frozenset(fields)) if declared else frozenset[str]()
    run = declared or _plain_verb(kind, action, is_new=id is None)
    rows = [] if id is None else [get_to_perform(uow, kind, action, id, only=only)]
    if missing := sorted(needed - fields.keys()):
        raise Invalid({name: [Problem("missing")] for name in missing})
    result = run(uow, *rows, **fields)
    if action == "delete":
        return None
    if not isinstance(result, returns):
        raise TypeError(f"{action} {kind.__name__} returned {type(result).__name__}, not {returns.__name__}")
    return result


def _plain_verb(kind: type[Entity], action: str, *, is_new: bool) -> Callable[..., Any]:
    """Return the verb for an action without a use case, in the form of one."""
    if is_new:
        return lambda uow, /, **fields: uow.add(kind, fields, to=action)
    verbs = {"delete": UnitOfWork.remove, "archive": UnitOfWork.archive, "restore": UnitOfWork.restore}
    if action in verbs and (action == "delete" or is_archivable(kind)):
        return lambda uow, row, /: verbs[action](uow, row)
    return lambda uow, row, /, **fields: uow.change(row, fields, to=action)


@lru_cache(4096)
def _check_names(run: Callable[..., Any], kind: type[Entity], names: frozenset[str]) -> frozenset[str]:
    """Return the fields that a use case needs, after a look at the names of those it is given. Raises: TypeError."""
    parameters = [p for p in signature(run).parameters.values() if p.kind is not Parameter.POSITIONAL_ONLY]
    known = {p.name for p in parameters if p.kind is not Parameter.VAR_KEYWORD}
    if any(p.kind is Parameter.VAR_KEYWORD for p in parameters):
        known |= kind.model_fields.keys()
    for name in sorted(names - known):
        raise TypeError(f"{run.__name__} takes no {name!r}{did_you_mean(name, known)}")
    return frozenset(p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY and p.default is Parameter.empty)
