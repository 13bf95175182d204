"""Files stored before the transaction that names them opens, and deleted again unless it does."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from educore.kernel.ports import Files

log = logging.getLogger("educore")


@dataclass
class StagedFile:
    """A file that lies in the storage already; `UnitOfWork.keep_staged` gives its key to a row."""

    key: str
    is_kept: bool = False


class Staging:
    """Stores files outside any transaction: `with Staging(ports.files) as staging, school.work(actor) as uow: ...`.

    Storing is slow and may hang, and nobody else can write while a transaction is open. What no committed unit of work
    has kept is deleted at the end, whatever happened. A killed process leaves its files behind, and no row names them.
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
        """The outcome of the work stands, whether or not its leftovers could be deleted."""
        try:
            self._files.delete(key)
        except Exception:
            log.exception("a file that nothing names could not be deleted: %s", key)
