"""Receipt numbers of a Center: given in order, each once."""

from __future__ import annotations

from educore.billing.entities import Payment
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import NumberSeries
from educore.organization.number_series import next_number

RECEIPTS = "receipt"


def next_receipt_number(uow: UnitOfWork, series: NumberSeries) -> str:
    """Return the next receipt number that is not in use: REC-001, REC-002 and so on."""

    def in_use(candidates: set[str]) -> set[str]:
        used = where(center_id=series.center_id, receipt_number__in=candidates)
        return {str(number) for number in uow.count_by(Payment, "receipt_number", used)}

    return next_number(uow, series, form="REC-{:03}", used=in_use)
