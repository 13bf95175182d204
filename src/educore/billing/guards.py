"""Rules about money that protect rows of other contexts."""

from __future__ import annotations

from educore.billing.entities import Invoice, LedgerEntry, valid_invoice
from educore.groups.entities import Enrollment
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center


def refuse_currency_change(uow: UnitOfWork, before: Center, after: Center) -> None:
    """Keep the currency of a Center whose ledger has entries, because these do not name their currency.

    Raises: Invalid("cannot_change") on currency.
    """
    if after.currency != before.currency and uow.as_platform().count(LedgerEntry, where(center_id=before.id)):
        raise Invalid.because("currency", "cannot_change")


def keep_charges_in_place(uow: UnitOfWork, before: Enrollment, after: Enrollment) -> None:
    """Refuse a later beginning of a place that would leave a month charged to the student for the group before it.

    Charges that the actor may not see count too.
    Raises: Conflict("charged_before") on enrolled_on, with the first such month.
    """
    if after.enrolled_on <= before.enrolled_on:
        return
    charges = valid_invoice & where(student_id=before.student_id, group_id=before.group_id, charged_for__isnull=False)
    months = uow.as_platform().count_by(Invoice, "charged_for", charges)
    first, last = f"{before.enrolled_on:%Y-%m}", f"{after.enrolled_on:%Y-%m}"
    if early := [month for month in months if first <= month < last]:
        raise Conflict.because("enrolled_on", "charged_before", month=min(early))
