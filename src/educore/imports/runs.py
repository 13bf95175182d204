"""Imports in short transactions: batches of rows under one Import, and their reversal if not all of them can be stored.

SQLite has one write lock, so batches are short: nobody waits longer than one batch takes. An import is still all or
nothing, because it can be reversed: each batch also records which rows it created, and a run that fails or is stopped
takes those back. While a run is alive, it renews its lease with every batch; once the lease of a run has ended, the
next import, or the worker, takes back what it has left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from educore.imports.columns import Column
from educore.imports.entities import Import, ImportedRow, ImportState
from educore.imports.sheet import Piece, Progress, Sheet, Stopped, problems_by_cell
from educore.kernel.application import Educore
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, Problem, Unavailable
from educore.kernel.policy import PLATFORM, Actor
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import PasswordHash, PlainPassword

log = logging.getLogger("educore")

LEASE = timedelta(minutes=1)
"""Time without a heartbeat (a renewed lease) after which a run counts as dead."""

PATIENCE = timedelta(hours=1)
"""Time to wait before trying again to take back an import that other rows depend on."""

HASHERS = 4
"""Number of passwords handed over to be hashed at once; the adapter decides how many it hashes at a time."""

FIRST_BATCH, LARGEST_BATCH = 8, 50
LOOKED_AT_ONCE = 500
"""Number of rows checked at once for whether they can be taken back."""


@dataclass(frozen=True)
class Recipe:
    """The steps that import the rows of one kind and take them back.

    `plan` interprets the lines and returns the pieces in the order of writing; `hold` locks, in order, the rows that
    some pieces will touch; `take_in` writes one piece. `in_the_way` returns the problems that forbid taking rows
    back, by line number, and locks the other rows; `take_back` takes one row back, with `is_unfinished` if its import
    was never finished.
    """

    columns: Sequence[Column]
    examples: Sequence[Mapping[str, str]]
    plan: Callable[[Sheet], list[Piece]]
    hold: Callable[[UnitOfWork, Sequence[Piece]], None]
    take_in: Callable[[Sheet, Piece], None]
    in_the_way: Callable[[UnitOfWork, Sequence[ImportedRow]], dict[int, Problem]]
    take_back: Callable[..., None]


class Pace:
    """The size of batches, adapted so that a transaction takes about 0.1 seconds on any machine and database."""

    LONGEST = 0.1
    REST = 0.1
    timer = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.size, self._began = FIRST_BATCH, 0.0

    def begin(self) -> None:
        """Start the clock of a transaction."""
        self._began = self.timer()

    @property
    def is_over(self) -> bool:
        """Set the size of the next batch from what the last transaction did (`done`) and how long it took."""
        return self.timer() - self._began >= self.LONGEST

    def learn(self, done: int) -> None:
        """Take from the last transaction how much the next one can do."""
        took = max(self.timer() - self._began, 0.001)
        self.size = max(1, min(int(done * self.LONGEST / took), 2 * self.size, LARGEST_BATCH))

    def rest(self) -> None:
        """Sleep, so that others can write: a process that waits for SQLite's lock asks for it ten times a second."""
        self.sleep(self.REST)


# -- trying --------------------------------------------------------------------------------------------


def try_all(school: Educore, actor: Actor, recipe: Recipe, sheet: Sheet, pieces: Sequence[Piece]) -> None:
    """Write everything and undo it, batch by batch; errors are added to the problems of the sheet."""
    sheet.is_trial = True
    pace, rest = Pace(), list(pieces)
    while rest:
        with suppress(_Undone), school.work(actor) as uow:
            pace.begin()
            uow.ports = replace(uow.ports, passwords=_Unhashed())  # nobody will sign in with these
            done = _take_in(recipe, sheet, uow, rest[: pace.size], pace)
            raise _Undone
        rest = rest[done:]
        pace.learn(done)
        if rest:
            pace.rest()
    sheet.is_trial = False


def _take_in(recipe: Recipe, sheet: Sheet, uow: UnitOfWork, pieces: Sequence[Piece], pace: Pace) -> int:
    """Write as many pieces as there is time for, at least one, and return how many."""
    sheet.uow, done = uow, 0
    recipe.hold(uow, pieces)
    for piece in pieces:
        done += 1
        try:
            recipe.take_in(sheet, piece)
        except Stopped:
            break
        if pace.is_over:
            break
    return done


class _Undone(Exception):
    """Raised to roll back a transaction of which nothing is to stay."""


class _Unhashed:
    """A password hasher that does not hash, for accounts that will not be kept."""

    def hash(self, password: str) -> PasswordHash:
        return PasswordHash("tried")

    def verify(self, password: str, hashed: str | None) -> bool:
        return False


# -- taking in -----------------------------------------------------------------------------------------


class Run:
    """One import of a table, carried out by one process."""

    def __init__(self, school: Educore, actor: Actor, recipe: Recipe, sheet: Sheet, about: Mapping[str, Any]) -> None:
        self.school, self.actor, self.recipe, self.sheet, self.about = school, actor, recipe, sheet, about
        self.import_: Import | None = None
        self.events: list[object] = []

    def take_in(self, pieces: Sequence[Piece]) -> Import:
        """Import every piece, or none.

        Raises: Invalid; Conflict("import_lost") if another process counted this run as dead and took over.
        """
        try:
            self._write_all(list(pieces))
            return self._finish()
        except BaseException as error:
            if self.import_ is not None and not _is_lost(error):
                self._give_up(self.import_)
            raise

    def _write_all(self, rest: list[Piece]) -> None:
        pace = Pace()
        with ThreadPoolExecutor(HASHERS, thread_name_prefix="import-passwords") as hashers:
            while rest:
                batch = rest[: pace.size]
                self._hash(hashers, batch)
                with self.school.work(self.actor) as uow:
                    pace.begin()
                    done, begun = self._write(uow, batch, pace)
                self.import_, rest = begun, rest[done:]
                pace.learn(done)
                if rest:
                    pace.rest()

    def _hash(self, hashers: ThreadPoolExecutor, batch: Sequence[Piece]) -> None:
        """Replace the passwords of a batch by their hashes, before its transaction opens."""
        lines = [line.values for piece in batch for line in piece]
        found = [(values, n, v) for values in lines for n, v in values.items() if isinstance(v, PlainPassword)]
        hashes = hashers.map(self.school.ports.passwords.hash, [plain for _, _, plain in found])
        for (values, name, _), hashed in zip(found, hashes, strict=True):
            values[name] = PasswordHash(hashed)

    def _write(self, uow: UnitOfWork, batch: Sequence[Piece], pace: Pace) -> tuple[int, Import]:
        """Write one batch, the records of its rows and the renewed lease in one transaction.

        Return the number of pieces written, and the import.
        """
        sheet, before = self.sheet, len(self.sheet.made)
        import_ = self._claimed(uow)
        done = _take_in(self.recipe, sheet, uow, batch, pace)
        if sheet.problems:
            raise Invalid(problems_by_cell(sheet.problems))
        whose = {"center_id": sheet.center_id, "import_id": import_.id}
        uow.add_all(ImportedRow, [{**whose, **vars(row)} for row in sheet.made[before:]])
        rows_done = import_.rows_done + sum(map(len, batch[:done]))
        import_ = uow.change(import_, to="create", rows_done=rows_done, lease_until=_lease(uow))
        self.events += uow.events  # nobody is told before all of it is in
        uow.events.clear()
        return done, import_

    def _claimed(self, uow: UnitOfWork) -> Import:
        if self.import_ is not None:
            return _mine(uow, self.import_, to="create")
        now = uow.ports.clock.now()
        begun: dict[str, Any] = {"state": ImportState.RUNNING, "created_at": now, "lease_until": now + LEASE}
        return uow.add(Import, **self.about, **begun)

    def _finish(self) -> Import:
        assert self.import_ is not None  # noqa: S101 - there is no table without rows
        with self.school.work(self.actor) as uow:
            import_ = _mine(uow, self.import_, to="create")
            uow.events += self.events
            now = uow.ports.clock.now()
            return uow.change(import_, to="create", state=ImportState.DONE, finished_at=now, lease_until=None)

    def _give_up(self, import_: Import) -> None:
        """Take back the rows stored so far, as the platform; if that fails, others do it when the lease has ended."""
        try:
            with self.school.work(PLATFORM) as uow:
                going = claim(uow, _mine(uow, import_, to="revert"))
            Reversal(self.school, PLATFORM, self.recipe, going).take_back()
        except Exception:
            log.exception("import %d was not finished and is not yet taken back", import_.id)


def _mine(uow: UnitOfWork, import_: Import, *, to: str) -> Import:
    """Return the import, locked, unless another process has claimed it since. Raises: Conflict("import_lost")."""
    now = uow.get(Import, import_.id, to=to, lock=True)
    if (now.state, now.attempts) != (import_.state, import_.attempts):
        raise Conflict.because("", "import_lost")
    return now


def _is_lost(error: BaseException) -> bool:
    return isinstance(error, Conflict) and error.fields.get("", [Problem("")])[0].code == "import_lost"


def _lease(uow: UnitOfWork) -> datetime:
    return uow.ports.clock.now() + LEASE


# -- taking back ---------------------------------------------------------------------------------------


def claim(uow: UnitOfWork, import_: Import, **also: Any) -> Import:
    """Mark an import as being taken back and claim it; this ends the claim of any other process."""
    return uow.change(
        import_,
        to="revert",
        state=ImportState.REVERTING,
        attempts=import_.attempts + 1,
        lease_until=_lease(uow),
        **also,
    )


def is_alive(import_: Import, now: datetime, *, longest: timedelta = 2 * LEASE) -> bool:
    """Return whether a process is at work on an import.

    A lease that ends more than `longest` from now does not count: it is from before a clock was set back, or only
    asks others to wait (`PATIENCE`).
    """
    return import_.lease_until is not None and now < import_.lease_until <= now + longest


def all_in_the_way(school: Educore, actor: Actor, recipe: Recipe, import_: Import) -> dict[int, Problem]:
    """Return the problems that forbid taking the import back, by line number."""
    found, last = dict[int, Problem](), 0
    while True:
        with school.work(actor) as uow:
            rows = _rows_after(uow, import_, last, most=LOOKED_AT_ONCE)
            if not rows:
                return found
            found |= recipe.in_the_way(uow, rows)
            last = rows[-1].id


class Reversal:
    """The reversal of an import that this process has claimed."""

    def __init__(
        self, school: Educore, actor: Actor, recipe: Recipe, import_: Import, progress: Progress = lambda done, of: None
    ) -> None:
        self.school, self.actor, self.recipe, self.import_, self.progress = school, actor, recipe, import_, progress
        self.found: dict[int, Problem] = {}
        self.done = self.of = self.last = 0

    def take_back(self) -> Import:
        """Take back all rows except those that other rows have come to depend on.

        Raises: Conflict("import_partly_reverted") if such rows stay; Conflict("import_lost").
        """
        with self.school.work(self.actor, read_only=True) as uow:
            self.of = uow.count(ImportedRow, where(import_id=self.import_.id))
        pace = Pace()
        while self.import_.state is ImportState.REVERTING:
            before = self.done
            with self.school.work(self.actor) as uow:
                pace.begin()
                self._batch(uow, pace)
            if self._is_stuck:
                raise in_use(self.found, "import_partly_reverted")
            pace.learn(self.done - before)
            if self.done < self.of:
                pace.rest()
        return self.import_

    @property
    def _is_stuck(self) -> bool:
        return bool(self.found) and self.done >= self.of

    def _batch(self, uow: UnitOfWork, pace: Pace) -> None:
        self.import_ = _mine(uow, self.import_, to="revert")
        rows = _rows_after(uow, self.import_, self.last, most=pace.size)
        if not rows:
            self.done = self.of
        blocked, gone = self.recipe.in_the_way(uow, rows), list[int]()
        for row in rows:
            self.last, self.done = row.id, self.done + 1
            if row.number not in blocked:
                self.recipe.take_back(uow, row, is_unfinished=self.import_.finished_at is None)
                gone.append(row.id)
            self.progress(self.done, self.of)
            if pace.is_over:
                break
        self.found |= {row.number: blocked[row.number] for row in rows if row.id <= self.last and row.number in blocked}
        uow.remove_all(ImportedRow, where(id__in=gone), to="revert")
        if self.import_.finished_at is None:
            uow.events.clear()  # nobody was told that they came
        self.import_ = uow.change(self.import_, to="revert", **self._state(uow))

    def _state(self, uow: UnitOfWork) -> dict[str, Any]:
        """Return the fields that describe the state of the import now.

        It is still being taken back, or taken back, or waits for `PATIENCE` because other rows depend on some of its
        rows.
        """
        now = uow.ports.clock.now()
        if self.done < self.of:
            return {"lease_until": now + LEASE}
        if self.found:
            return {"lease_until": now + PATIENCE}
        ended = {"rows_done": 0, "lease_until": None}
        if self.import_.finished_at is None:
            return {**ended, "state": ImportState.FAILED}
        return {**ended, "state": ImportState.REVERTED, "reverted_at": now}


def in_use(found: Mapping[int, Problem], code: str = "import_in_use") -> Conflict:
    """Return the error that names every row that cannot be taken back."""
    blocked = {f"rows.{number}": [found[number]] for number in sorted(found)}
    return Conflict({"": [Problem(code, {"count": len(found)})], **blocked})


def _rows_after(uow: UnitOfWork, import_: Import, last: int, *, most: int) -> list[ImportedRow]:
    return uow.find(ImportedRow, where(import_id=import_.id, id__gte=last + 1), order=("id",), limit=most)


# -- what dead runs left -------------------------------------------------------------------------------


def recover_imports(school: Educore, recipes: Mapping[Any, Recipe]) -> int:
    """Take back, as the platform, the imports that dead runs have left, and return how many there were.

    An import that other rows depend on waits for an hour, and is then tried again.
    """
    recovered, now = 0, school.ports.clock.now()
    with school.work(PLATFORM, read_only=True) as uow:
        under_way = uow.find(Import, UNDER_WAY)
    for import_ in (found for found in under_way if not is_alive(found, now, longest=PATIENCE)):
        try:
            with school.work(PLATFORM) as uow:
                found = _mine(uow, import_, to="revert")
                if is_alive(found, now, longest=PATIENCE):
                    continue  # it was only slow, and has gone on meanwhile
                going = claim(uow, found)
            Reversal(school, PLATFORM, recipes[import_.kind], going).take_back()
            recovered += 1
        except Conflict as error:
            log.warning("import %d is not taken back yet: %s", import_.id, error)
        except Unavailable:
            raise
        except Exception:
            log.exception("import %d could not be taken back", import_.id)
    return recovered


UNDER_WAY = where(state__in=[ImportState.RUNNING, ImportState.REVERTING])
