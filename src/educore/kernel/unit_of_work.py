"""The unit of work: everything one actor does in one transaction, with the policies applied."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self

from educore.kernel.carriers import MAX_WAKE_LENGTH
from educore.kernel.conditions import where
from educore.kernel.entity import Entity
from educore.kernel.errors import Unavailable
from educore.kernel.policy import PLATFORM, Actor
from educore.kernel.ports import Ports
from educore.kernel.staging import StagedFile
from educore.kernel.store import Store
from educore.kernel.transaction_block import call_each
from educore.kernel.versions import Seen
from educore.kernel.writing import Writer


class UnitOfWork(Writer):
    """One actor, one transaction. Leaving the `with` block commits; an exception undoes everything."""

    def __init__(self, store: Store, actor: Actor, ports: Ports, *, read_only: bool = False) -> None:
        super().__init__(store, actor, ports, read_only=read_only)
        self.events: list[object] = []
        self._after_rollback: list[Callable[[], None]] = []
        self._wakes: dict[str, None] = {}

    def __enter__(self) -> Self:
        self._block.begin()
        return self

    # The order matters. First the transaction ends, because what follows depends on how it ended, and because other
    # writers wait for it. After a rollback (also one because commit failed) the files that were stored for it are
    # deleted, the last first, before any exception leaves: nothing can name them any more. A refusal that a caller has
    # swallowed is raised again, since its row was already written. Only after a commit follow the calls that cannot be
    # undone: replaced files are deleted, events published and wakes sent. A failure there is logged and not raised,
    # because the caller must not believe that the work was undone. Tests: test_before_the_commit, test_files,
    # test_unit_of_work, test_carriers.
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_committed = error is None and not self._refusals
        try:
            if is_committed:
                self._commit()
            else:
                self._block.rollback()
        except BaseException:
            is_committed = False
            raise
        finally:
            call_each([] if is_committed else reversed(self._after_rollback))
        if is_committed:
            call_each(self._after_commit)
            call_each(partial(self.ports.publish, event) for event in self.events)
            call_each(partial(self.ports.carrier.send, wake) for wake in self._wakes)
        elif error is None:
            raise self._refusals[0]

    # A list of many things keeps those that are right. So what was done inside is undone in every place that remembers
    # it: the rows, what is held of them and the references found, changes and events, calls after the commit, files,
    # wakes, refusals, versions that were compared, and the actor. See docs/decisions/0059-savepoints.md. Tests:
    # test_savepoints, where random sequences have the same outcome in three stores.
    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what is done inside the `with` block, and nothing else, if an exception leaves it.

        The exception goes on. A refusal that is swallowed inside is raised at the end. Savepoints may be nested.
        Raises: TypeError in a unit of work that only reads; Unavailable if the database cannot go back. Then nothing of
        the transaction is committed.
        """
        self._block.require_open()
        if self.is_read_only:
            raise TypeError("a unit of work that was opened read_only has no savepoints")
        return self._savepoint()

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        undo, refusals = self._bookmark(), len(self._refusals)
        left: BaseException | None = None
        try:
            with self._transaction.savepoint():
                try:
                    yield
                    if len(self._refusals) > refusals:
                        raise self._refusals[-1]
                except BaseException as error:
                    left = error
                    raise
        except BaseException as error:
            undo()
            if error is not left:  # the database is not where it was, so nothing of this transaction may stay
                self._refusals.append(error if isinstance(error, Exception) else Unavailable())
            raise

    def _bookmark(self) -> Callable[[], None]:
        """Return a function that makes this unit of work remember no more than it does now."""
        logs: list[list[Any]] = [self.events, self.changes, self._after_commit, self._refusals]
        lengths, stored = [len(log) for log in logs], len(self._after_rollback)
        wakes, expectations = dict(self._wakes), self._expectations.pause()
        view = self.actor, self._rules, self._validator

        def undo() -> None:
            for log, length in zip(logs, lengths, strict=True):
                del log[length:]
            call_each(reversed(self._after_rollback[stored:]))
            del self._after_rollback[stored:]
            self._wakes.clear()
            self._wakes.update(wakes)
            self._expectations.resume(expectations)
            self.actor, self._rules, self._validator = view
            self._block.clear_caches()

        return undo

    def _commit(self) -> None:
        try:
            self._meet_expectations()
            for finish in self.domain.before_commit:
                finish(self)
        except BaseException:
            self._block.rollback()
            raise
        self._block.commit()

    def switch_actor(self, actor: Actor) -> Self:
        """Continue as the actor who has just signed in; the audit log names them from now on."""
        self._block.require_open()
        self._act_as(actor)
        return self

    def as_actor(self, actor: Actor) -> UnitOfWork:
        """Return a second view of this transaction under another actor's policies."""
        self._block.require_open()
        other = copy.copy(self)  # shares events, changes, callbacks and refusals
        other._act_as(actor)
        return other

    def as_platform(self) -> UnitOfWork:
        """Return a second view of this transaction as the platform: the one way to look beyond what the actor may read.

        Its conditions may compare hidden fields too, such as digests. Writes are recorded as those of the actor.
        """
        other = self.as_actor(PLATFORM)
        other._act_as(PLATFORM, may_name_hidden=True)
        return other

    def expect(self, kind: type[Entity], id: int, seen: Seen) -> None:
        """Commit this unit of work only if a row is still as the actor saw it.

        The row is compared when it is first locked, so before it changes and in the order in which use cases lock
        rows; at once if it is locked already, and at the end if it is never locked. A row that no longer exists is not
        compared.
        Raises, at the time of comparison: Stale.
        """
        self._expectations.add(kind, id, seen, redact=self._authorization.redact)
        if self._block.holds(kind, id):
            self._expectations.compare(self._transaction.find(kind, where(id=id)))

    # -- events, wakes and files ------------------------------------------------------------------------------

    def record(self, event: object) -> None:
        """Publish an event once the transaction is committed."""
        self._block.require_open()
        self.events.append(event)

    def wake(self, topic: str) -> None:
        """Wake all who listen to a topic, such as `room:17`, once the transaction is committed; each topic once.

        Raises: ValueError for more than `MAX_WAKE_LENGTH` characters, or others than ASCII.
        """
        self._block.require_open()
        if len(topic) > MAX_WAKE_LENGTH or not topic.isascii():
            raise ValueError(f"a wake has at most {MAX_WAKE_LENGTH} ASCII characters")
        self._wakes[topic] = None

    def store_file(self, content: bytes, *, folder: str, name: str) -> str:
        """Store a file and return its key for a `StoredFile` field; undone with the transaction.

        A file that a row no longer names is deleted after the commit. Other transactions wait while the bytes are
        stored; so store large files, or files on another computer, beforehand with `Staging` and call `keep_staged`.
        Raises: Unavailable("files_unavailable").
        """
        self._block.require_open()
        key = self.ports.files.save(content, folder=folder, name=name)
        self._after_rollback.append(partial(self.ports.files.delete, key))
        return key

    def keep_staged(self, staged: StagedFile) -> str:
        """Return the key of a file stored beforehand; its `Staging` deletes it unless this transaction commits."""
        self._block.require_open()
        self._after_commit.append(partial(setattr, staged, "is_kept", True))
        return staged.key
