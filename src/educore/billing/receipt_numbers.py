"""Running numbers of a Center, such as those of receipts: given in order, none twice."""

from __future__ import annotations

from educore.billing.entities import NumberSeries, Payment
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center

RECEIPTS = "receipt"
AT_ONCE = 10


def lock_series(uow: UnitOfWork, *, center_id: int, purpose: str) -> NumberSeries:
    """The running number of a Center, locked, so that those who take the next one or type one take turns.

    The first to need it makes it while holding the Center.
    """
    this = where(center_id=center_id, purpose=purpose)
    if not (found := uow.find(NumberSeries, this, lock=True)):
        uow.find(Center, where(id=center_id), lock=True)
        found = uow.find(NumberSeries, this, lock=True)
    return found[0] if found else uow.add(NumberSeries, center_id=center_id, purpose=purpose)


def next_receipt_number(uow: UnitOfWork, series: NumberSeries) -> str:
    """Take the next number for a receipt that nobody typed before: REC-001, REC-002 and so on."""
    first, many = series.last + 1, AT_ONCE
    while True:
        numbers = {f"REC-{number:03}": number for number in range(first, first + many)}
        typed = uow.count_by(
            Payment, "receipt_number", where(center_id=series.center_id, receipt_number__in=numbers.keys())
        )
        for free in (text for text in numbers if text not in typed):
            uow.change(series, last=numbers[free])
            return free
        first, many = first + many, many * 2  # thousands that were imported cost a few statements
