"""Wallets come with the students of a school."""

from __future__ import annotations

from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student
from educore.rewards.entities import Wallet
from educore.rewards.ledger import is_school, open_wallets
from educore.rewards.rewarding import AttemptRewarded


@use_case
def open_wallets_of_new_students(uow: UnitOfWork, /) -> None:
    """Give each student who is new in this unit of work a wallet, in schools, in one statement.

    Who has been rewarded in it already may have one; then it takes one statement more.
    """
    new = [row for change in uow.changes if change.before is None and isinstance(row := change.after, Student)]
    rewarded = {event.student_id for event in uow.events if isinstance(event, AttemptRewarded)}
    if new and rewarded:
        opened = uow.as_platform().find(Wallet, where(student_id__in=rewarded))
        holders = {wallet.student_id for wallet in opened}
        new = [student for student in new if student.id not in holders]
    for center_id in sorted({student.center_id for student in new}):
        if is_school(uow, center_id):
            open_wallets(uow.as_platform(), [student for student in new if student.center_id == center_id])
