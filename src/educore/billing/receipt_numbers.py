"""Receipt numbers of a Center: given in order, each once."""

from __future__ import annotations

from educore.billing.entities import NumberSeries, Payment
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center

RECEIPTS = "receipt"
FIRST_CANDIDATES = 10


def lock_series(uow: UnitOfWork, *, center_id: int, purpose: str) -> NumberSeries:
    """Lock the number series of a Center and return it; if there is none yet, create it while the Center is locked.

    Payments with a typed receipt number lock it too, so that no number is given twice.
    """
    condition = where(center_id=center_id, purpose=purpose)
    if not (found := uow.find(NumberSeries, condition, lock=True)):
        uow.find(Center, where(id=center_id), lock=True)
        found = uow.find(NumberSeries, condition, lock=True)
    return found[0] if found else uow.add(NumberSeries, {"center_id": center_id, "purpose": purpose})


def next_receipt_number(uow: UnitOfWork, series: NumberSeries) -> str:
    """Return the next receipt number that is not in use: REC-001, REC-002 and so on.

    Numbers that were typed or imported are skipped. The number of candidates doubles, so that even thousands of used
    numbers cost a few statements.
    """
    first, count = series.last + 1, FIRST_CANDIDATES
    while True:
        candidates = {f"REC-{number:03}": number for number in range(first, first + count)}
        in_use = where(center_id=series.center_id, receipt_number__in=candidates.keys())
        used = uow.count_by(Payment, "receipt_number", in_use)
        for text in candidates:
            if text not in used:
                uow.change(series, {"last": candidates[text]})
                return text
        first, count = first + count, count * 2
