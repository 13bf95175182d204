"""The trial of an import: every row is stored and rolled back, so that all problems are known before any row stays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from educore.imports.importer import Importer
from educore.imports.pace import Pace
from educore.imports.sheet import Abort, RowGroup, Sheet
from educore.kernel.application import Educore
from educore.kernel.policy import Actor
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import PasswordHash


def try_all(school: Educore, actor: Actor, importer: Importer, sheet: Sheet, groups: Sequence[RowGroup]) -> None:
    """Store everything and roll it back, batch by batch; errors are added to the problems of the sheet."""
    sheet.is_trial = True
    pace, rest = Pace(), list(groups)
    while rest:
        with suppress(_RollBack), school.work(actor) as uow:
            pace.begin()
            uow.ports = replace(uow.ports, passwords=_NoHasher())
            done = store_batch(importer, sheet, uow, rest[: pace.size], pace)
            raise _RollBack
        rest = rest[done:]
        pace.learn(done)
        if rest:
            pace.rest()
    sheet.is_trial = False


def store_batch(importer: Importer, sheet: Sheet, uow: UnitOfWork, groups: Sequence[RowGroup], pace: Pace) -> int:
    """Store as many row groups as there is time for, at least one, and return their number."""
    sheet.uow, done = uow, 0
    importer.lock_rows(uow, groups)
    for group in groups:
        done += 1
        try:
            importer.import_rows(sheet, group)
        except Abort:
            break
        if pace.is_over:
            break
    return done


class _RollBack(Exception):
    """Rolls back a transaction whose changes are not kept."""


class _NoHasher:
    """A password hasher that does not hash, for accounts that are rolled back; hashing is slow."""

    def hash(self, password: str) -> PasswordHash:
        return PasswordHash("tried")

    def verify(self, password: str, hashed: str | None) -> bool:
        return False
