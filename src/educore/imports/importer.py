"""The interface of importers: the steps that import the rows of one kind of table, and revert them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from educore.imports.columns import ImportColumn
from educore.imports.entities import ImportedRow
from educore.imports.sheet import RowGroup, Sheet
from educore.kernel.errors import Problem
from educore.kernel.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Importer:
    """The steps that import the rows of one kind and revert them.

    * `plan_rows` resolves the names in the rows and returns the row groups in the order in which they are stored.
    * `lock_rows` locks, in a fixed order, the stored rows that some row groups will change.
    * `import_rows` stores one row group and adds its results to the sheet.
    * `find_revert_blockers` returns the problems that forbid to revert rows, by row number, and locks the other rows.
    * `revert_row` reverts one row, with `is_unfinished=True` if its import was never finished.
    """

    columns: Sequence[ImportColumn]
    examples: Sequence[Mapping[str, str]]
    plan_rows: Callable[[Sheet], list[RowGroup]]
    lock_rows: Callable[[UnitOfWork, Sequence[RowGroup]], None]
    import_rows: Callable[[Sheet, RowGroup], None]
    find_revert_blockers: Callable[[UnitOfWork, Sequence[ImportedRow]], dict[int, Problem]]
    revert_row: Callable[..., None]
