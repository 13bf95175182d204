"""Staging: files are stored before the transaction opens, and deleted again unless a committed row names them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from educore.kernel.ports import Files

log: logging.Logger = logging.getLogger("educore")


@dataclass
class StagedFile:
    """A file that is already stored; `UnitOfWork.keep_staged` returns its key for a row."""

    key: str
    is_kept: bool = False


class Staging:
    """Stores files outside any transaction: `with Staging(ports.files) as staging, school.work(actor) as uow: ...`.

    Storing is slow and may hang, and others cannot write while a transaction is open. Files that no committed unit of
    work has kept are deleted at the end of the `with` block. A killed process leaves its staged files behind.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._staged: list[StagedFile] = []

    def store(self, content: bytes, *, folder: str, name: str) -> StagedFile:
        """Store the bytes. Raises: Unavailable("files_unavailable")."""
        self._staged.append(StagedFile(self._files.save(content, folder=folder, name=name)))
        return self._staged[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for staged in self._staged:
            if not staged.is_kept:
                self._delete(staged.key)

    def _delete(self, key: str) -> None:
        """Delete a file; a failure is only logged, because the unit of work has already ended."""
        try:
            self._files.delete(key)
        except Exception:
            log.exception("a file that nothing names could not be deleted: %s", key)
