"""Runs: an import in many short transactions that is still all or nothing.

What: a `Run` stores a table in batches of about 0.1 seconds. Each batch also stores an `ImportedRow` for each row it
created or changed, and renews the lease of the `Import`. When all rows are stored, the import is marked as done, and
only then are its events published. If a row is refused after all, or anything else fails, a `Reversal` reverts the
rows stored so far.

Why: one transaction over 20,000 rows would hold SQLite's only write lock for minutes, and no other user could work. But
staff must be able to rely on "all rows or none", also if the process is killed in the middle. The records in the
database make both possible: the worker, or the next import, reverts an import whose lease has ended.

What it bought: other writers wait for one batch at most. Passwords are hashed between the transactions, in threads. A
trial (`trial.try_all`) runs first, so that a reversal is rare: usually nothing is stored before all rows are valid.

Tests: `tests/domain/test_import_runs.py` stops runs after each row and looks at what others see;
`tests/platform/test_import_command.py` kills the process; `docs/performance.md` has the waiting times of others.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from educore.imports.claims import LEASE, claim_reversal, is_lost, lease_end, lock_claimed
from educore.imports.entities import Import, ImportedRow, ImportState
from educore.imports.importer import Importer
from educore.imports.pace import Pace
from educore.imports.reversal import Reversal
from educore.imports.sheet import RowGroup, Sheet, problems_by_cell
from educore.imports.trial import store_batch
from educore.kernel.application import Educore
from educore.kernel.errors import Invalid
from educore.kernel.policy import PLATFORM, Actor
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import PasswordHash, PlainPassword

log: logging.Logger = logging.getLogger("educore")

HASHERS = 4
"""Number of passwords handed over to be hashed at once; the adapter decides how many it hashes at a time."""


class Run:
    """One import of a table by one process. `fields` are those of the `Import` to create."""

    def __init__(
        self, school: Educore, actor: Actor, importer: Importer, sheet: Sheet, fields: Mapping[str, Any]
    ) -> None:
        self.school = school
        self.actor = actor
        self.importer = importer
        self.sheet = sheet
        self.fields = fields
        self.import_: Import | None = None
        self.events: list[object] = []

    def store_all(self, groups: Sequence[RowGroup]) -> Import:
        """Store all row groups, or none.

        Raises: Invalid; Conflict("import_lost") if another process counted this one as dead and took over.
        """
        try:
            self._store_batches(list(groups))
            return self._finish()
        except BaseException as error:
            if self.import_ is not None and not is_lost(error):
                self._revert(self.import_)
            raise

    def _store_batches(self, rest: list[RowGroup]) -> None:
        pace = Pace()
        with ThreadPoolExecutor(HASHERS, thread_name_prefix="import-passwords") as hashers:
            while rest:
                batch = rest[: pace.size]
                self._hash_passwords(hashers, batch)
                with self.school.work(self.actor) as uow:
                    pace.begin()
                    done, import_ = self._store_batch(uow, batch, pace)
                self.import_, rest = import_, rest[done:]
                pace.learn(done)
                if rest:
                    pace.rest()

    def _hash_passwords(self, hashers: ThreadPoolExecutor, batch: Sequence[RowGroup]) -> None:
        """Replace the passwords of a batch by their hashes, before its transaction opens."""
        rows = [row.values for group in batch for row in group]
        found = [(values, n, v) for values in rows for n, v in values.items() if isinstance(v, PlainPassword)]
        hashes = hashers.map(self.school.ports.passwords.hash, [plain for _, _, plain in found])
        for (values, name, _), hashed in zip(found, hashes, strict=True):
            values[name] = PasswordHash(hashed)

    def _store_batch(self, uow: UnitOfWork, batch: Sequence[RowGroup], pace: Pace) -> tuple[int, Import]:
        """Store one batch, the records of its rows and the renewed lease in one transaction.

        Return the number of row groups stored, and the import.
        """
        sheet, before = self.sheet, len(self.sheet.results)
        import_ = self._create_or_lock(uow)
        done = store_batch(self.importer, sheet, uow, batch, pace)
        if sheet.problems:
            raise Invalid(problems_by_cell(sheet.problems))
        shared = {"center_id": sheet.center_id, "import_id": import_.id}
        uow.add_all(ImportedRow, [{**shared, **vars(result)} for result in sheet.results[before:]])
        rows_done = import_.rows_done + sum(map(len, batch[:done]))
        import_ = uow.change(import_, {"rows_done": rows_done, "lease_until": lease_end(uow)}, to="create")
        self.events += uow.events  # published only when all rows are stored
        uow.events.clear()
        return done, import_

    def _create_or_lock(self, uow: UnitOfWork) -> Import:
        if self.import_ is not None:
            return lock_claimed(uow, self.import_, to="create")
        now = uow.ports.clock.now()
        state: dict[str, Any] = {"state": ImportState.RUNNING, "created_at": now, "lease_until": now + LEASE}
        return uow.add(Import, {**self.fields, **state})

    def _finish(self) -> Import:
        assert self.import_ is not None  # noqa: S101 - a table has at least one row
        with self.school.work(self.actor) as uow:
            import_ = lock_claimed(uow, self.import_, to="create")
            uow.events += self.events
            now = uow.ports.clock.now()
            return uow.change(
                import_, {"state": ImportState.DONE, "finished_at": now, "lease_until": None}, to="create"
            )

    def _revert(self, import_: Import) -> None:
        """Revert the rows stored so far, as the platform; if that fails, others do it when the lease has ended."""
        try:
            with self.school.work(PLATFORM) as uow:
                claimed = claim_reversal(uow, lock_claimed(uow, import_, to="revert"))
            Reversal(self.school, PLATFORM, self.importer, claimed).revert_all()
        except Exception:
            log.exception("import %d was not finished and is not yet taken back", import_.id)
