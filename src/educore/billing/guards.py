"""Rules about money that protect rows of other contexts."""

from __future__ import annotations

from educore.billing.entities import LedgerEntry
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center


def refuse_currency_change(uow: UnitOfWork, before: Center, after: Center) -> None:
    """Keep the currency of a Center whose ledger has entries, because these do not name their currency.

    Raises: Invalid("cannot_change") on currency.
    """
    if after.currency != before.currency and uow.as_platform().count(LedgerEntry, where(center_id=before.id)):
        raise Invalid.because("currency", "cannot_change")
