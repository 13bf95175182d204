"""Reversals: revert an import in short transactions, and recover the imports that dead processes left."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from educore.imports.claims import LEASE, claim_reversal, is_alive, lock_claimed
from educore.imports.entities import Import, ImportedRow, ImportKind, ImportState
from educore.imports.importer import Importer
from educore.imports.pace import Pace
from educore.imports.sheet import Progress
from educore.kernel.application import Educore
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Conflict, Problem, Unavailable
from educore.kernel.policy import PLATFORM, Actor
from educore.kernel.unit_of_work import UnitOfWork

log: logging.Logger = logging.getLogger("educore")

PATIENCE = timedelta(hours=1)
"""Time to wait before trying again to revert an import that other rows depend on."""

BLOCKER_PAGE = 500
"""Number of rows checked at once for blockers."""

is_unfinished: Where = where(state__in=[ImportState.RUNNING, ImportState.REVERTING])


def find_all_blockers(school: Educore, actor: Actor, importer: Importer, import_: Import) -> dict[int, Problem]:
    """Return the problems that forbid to revert the import, by row number."""
    found, last = dict[int, Problem](), 0
    while True:
        with school.work(actor) as uow:
            rows = _rows_after(uow, import_, last, most=BLOCKER_PAGE)
            if not rows:
                return found
            found |= importer.find_revert_blockers(uow, rows)
            last = rows[-1].id


class Reversal:
    """The reversal of an import that this process has claimed.

    `done` and `total` are numbers of rows, `last` is the id of the last `ImportedRow` that was looked at.
    """

    def __init__(
        self,
        school: Educore,
        actor: Actor,
        importer: Importer,
        import_: Import,
        progress: Progress = lambda done, total: None,
    ) -> None:
        self.school = school
        self.actor = actor
        self.importer = importer
        self.import_ = import_
        self.progress = progress
        self.blocked: dict[int, Problem] = {}
        self.done = self.total = self.last = 0

    def revert_all(self) -> Import:
        """Revert all rows except those that other rows have come to depend on.

        Raises: Conflict("import_partly_reverted") if such rows stay; Conflict("import_lost").
        """
        with self.school.work(self.actor, read_only=True) as uow:
            self.total = uow.count(ImportedRow, where(import_id=self.import_.id))
        pace = Pace()
        while self.import_.state is ImportState.REVERTING:
            before = self.done
            with self.school.work(self.actor) as uow:
                pace.begin()
                self._revert_batch(uow, pace)
            if self.blocked and self.done >= self.total:
                raise blocked_error(self.blocked, "import_partly_reverted")
            pace.learn(self.done - before)
            if self.done < self.total:
                pace.rest()
        return self.import_

    def _revert_batch(self, uow: UnitOfWork, pace: Pace) -> None:
        self.import_ = lock_claimed(uow, self.import_, to="revert")
        rows = _rows_after(uow, self.import_, self.last, most=pace.size)
        if not rows:
            self.done = self.total
        blockers, reverted = self.importer.find_revert_blockers(uow, rows), list[int]()
        for row in rows:
            self.last, self.done = row.id, self.done + 1
            if row.number in blockers:
                self.blocked[row.number] = blockers[row.number]
            else:
                self.importer.revert_row(uow, row, is_unfinished=self.import_.finished_at is None)
                reverted.append(row.id)
            self.progress(self.done, self.total)
            if pace.is_over:
                break
        uow.remove_all(ImportedRow, where(id__in=reverted), to="revert")
        if self.import_.finished_at is None:
            uow.events.clear()  # the events of the import itself were never published
        self.import_ = uow.change(self.import_, self._state(uow), to="revert")

    def _state(self, uow: UnitOfWork) -> dict[str, Any]:
        """Return the fields that describe the state of the import now.

        It is still being reverted, or reverted, or waits for `PATIENCE` because other rows depend on some of its rows.
        """
        now = uow.ports.clock.now()
        if self.done < self.total:
            return {"lease_until": now + LEASE}
        if self.blocked:
            return {"lease_until": now + PATIENCE}
        ended = {"rows_done": 0, "lease_until": None}
        if self.import_.finished_at is None:
            return {**ended, "state": ImportState.FAILED}
        return {**ended, "state": ImportState.REVERTED, "reverted_at": now}


def blocked_error(blocked: Mapping[int, Problem], code: str = "import_in_use") -> Conflict:
    """Return the error that names every row that cannot be reverted, on `rows.<row>`."""
    problems = {f"rows.{number}": [blocked[number]] for number in sorted(blocked)}
    return Conflict({"": [Problem(code, {"count": len(blocked)})], **problems})


def recover_unfinished(school: Educore, importers: Mapping[ImportKind, Importer]) -> int:
    """Revert, as the platform, the imports that dead processes have left, and return their number.

    An import that other rows depend on waits for `PATIENCE`, and is then tried again. Raises: Unavailable.
    """
    recovered, now = 0, school.ports.clock.now()
    with school.work(PLATFORM, read_only=True) as uow:
        unfinished = uow.find(Import, is_unfinished)
    for import_ in (found for found in unfinished if not is_alive(found, now, longest=PATIENCE)):
        try:
            with school.work(PLATFORM) as uow:
                found = lock_claimed(uow, import_, to="revert")
                if is_alive(found, now, longest=PATIENCE):
                    continue  # it was only slow and has renewed its lease
                claimed = claim_reversal(uow, found)
            Reversal(school, PLATFORM, importers[import_.kind], claimed).revert_all()
            recovered += 1
        except Conflict as error:
            log.warning("import %d is not taken back yet: %s", import_.id, error)
        except Unavailable:
            raise
        except Exception:
            log.exception("import %d could not be taken back", import_.id)
    return recovered


def _rows_after(uow: UnitOfWork, import_: Import, last: int, *, most: int) -> list[ImportedRow]:
    return uow.find(ImportedRow, where(import_id=import_.id, id__gte=last + 1), order=("id",), limit=most)
