"""The `with` block of a unit of work: the transaction begins with it, ends with it, and is out of reach otherwise.

Why: a transaction that begins before the block is leaked if the block is never entered, and then other writers wait for
it in vain. One that can be used after the block writes rows that nobody commits.

A second writer inside the block of the first would wait for it forever, or until the database gives up. It is refused
at once, in every store. The open blocks of a thread of control are in a context variable. It is not enough to look
there: tasks and threads that were started inside a block inherit the variable, and these may wait for the block without
harm. And a thread alone says nothing, as a block may be entered in one thread of a pool and left in another. So a block
counts as nested only if the variable knows it *and* the same thread and the same task are still running.
Tests: tests/kernel/test_transaction_block.py.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from threading import get_ident
from typing import Protocol, cast
from weakref import ReferenceType, WeakSet, ref

from educore.kernel.entity import Entity
from educore.kernel.held_rows import HeldRows
from educore.kernel.store import Store, Transaction

log: logging.Logger = logging.getLogger("educore")

OUTSIDE = "use a unit of work inside its `with` block, which is entered once"
NESTED = "a unit of work that writes is open here already: finish the first unit of work, or pass it on"


class Cache(Protocol):
    """A memory of rows that a view of a unit of work has looked at."""

    def clear_cache(self) -> None:
        """Forget it."""
        ...


class TransactionBlock:
    """The transaction of one unit of work, shared by its views under other actors."""

    def __init__(self, store: Store, *, read_only: bool) -> None:
        self.store = store
        self.read_only = read_only
        self._transaction: HeldRows | None = None
        self._has_ended = False
        self.caller: object = None
        self.caches: WeakSet[Cache] = WeakSet()

    def require_open(self) -> None:
        """Refuse use before and after the `with` block. Raises: RuntimeError."""
        if self._transaction is None:
            raise RuntimeError(OUTSIDE)

    @property
    def transaction(self) -> Transaction:
        """Return the open transaction. Raises: RuntimeError before and after the `with` block."""
        if self._transaction is None:
            raise RuntimeError(OUTSIDE)
        return cast(Transaction, self._transaction)

    def holds(self, kind: type[Entity], id: int) -> bool:
        """Return whether the row is locked, or was written here, so that nobody else can change it."""
        return self._transaction is not None and self._transaction.holds(kind, id)

    def clear_caches(self) -> None:
        """Forget what the views remember of rows that were undone."""
        for cache in self.caches:
            cache.clear_cache()

    @property
    def is_open(self) -> bool:
        """Return whether the transaction has begun and not ended."""
        return self._transaction is not None

    def begin(self) -> None:
        """Begin the transaction. Raises: Unavailable; RuntimeError for a second time and for a second writer."""
        if self._transaction is not None or self._has_ended:
            raise RuntimeError(OUTSIDE)
        if self.read_only:
            self._transaction = HeldRows(self.store.begin(read_only=True), self.store.domain)
            return
        self.caller, open_blocks = _caller(), _open_blocks()
        if any(block.store is self.store and block.caller == self.caller for block in open_blocks):
            raise RuntimeError(NESTED)
        self._transaction = HeldRows(self.store.begin(), self.store.domain)
        _writing.set((*map(ref, open_blocks), ref(self)))

    def commit(self) -> None:
        """End the transaction and make everything durable. Raises: Unavailable."""
        self._end().commit()

    def rollback(self) -> None:
        """End the transaction and undo everything. Raises: Unavailable."""
        self._end().rollback()

    def _end(self) -> Transaction:
        """Return the transaction, which nothing else reaches any more."""
        transaction, self._transaction = self.transaction, None
        self._has_ended, self.caller = True, None
        return transaction


_writing: ContextVar[tuple[ReferenceType[TransactionBlock], ...]] = ContextVar("educore_writing", default=())
"""The writing blocks that were entered in this context; references are weak, as a block may never be left."""


def _open_blocks() -> list[TransactionBlock]:
    return [block for known in _writing.get() if (block := known()) is not None and block.is_open]


def _caller() -> tuple[int, object]:
    """Return the thread and the task that run now; without asyncio there is no task."""
    current_task = getattr(sys.modules.get("asyncio"), "current_task", None)
    try:
        return get_ident(), current_task and current_task()
    except RuntimeError:  # no loop runs in this thread
        return get_ident(), None


def call_each(calls: Iterable[Callable[[], None]]) -> None:
    """Make every call, even if some fail: the transaction has ended, so an exception could not undo anything."""
    for call in calls:
        try:
            call()
        except Exception:
            log.exception("something failed after the transaction")
