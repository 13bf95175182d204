"""Number series of a Center, for receipts and students: numbers given in order, each once."""

from __future__ import annotations

from collections.abc import Callable, Collection

from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center, NumberSeries

FIRST_CANDIDATES = 10


def lock_series(uow: UnitOfWork, *, center_id: int, purpose: str) -> NumberSeries:
    """Lock the number series of a Center and return it; if there is none yet, create it while the Center is locked.

    Whoever types a number of the series locks it too, so that no number is given twice.
    """
    condition = where(center_id=center_id, purpose=purpose)
    if not (found := uow.find(NumberSeries, condition, lock=True)):
        uow.find(Center, where(id=center_id), lock=True)
        found = uow.find(NumberSeries, condition, lock=True)
    return found[0] if found else uow.add(NumberSeries, {"center_id": center_id, "purpose": purpose})


def next_number(
    uow: UnitOfWork, series: NumberSeries, *, form: str, used: Callable[[set[str]], Collection[str]]
) -> str:
    """Return the next number that is not in use, in a form such as `REC-{:03}`.

    `used` returns which of some numbers are in use, such as those that were typed or imported: they are skipped. The
    number of candidates doubles, so that even thousands of used numbers cost a few statements.
    """
    first, count = series.last + 1, FIRST_CANDIDATES
    while True:
        candidates = {form.format(number): number for number in range(first, first + count)}
        in_use = used(set(candidates))
        for text in candidates:
            if text not in in_use:
                uow.change(series, {"last": candidates[text]})
                return text
        first, count = first + count, count * 2
