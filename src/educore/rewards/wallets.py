"""Wallets come with the students of a school."""

from __future__ import annotations

from educore.kernel.actions import use_case
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student
from educore.rewards.events import WalletOpened
from educore.rewards.ledger import is_school, open_wallets


@use_case
def open_wallets_of_new_students(uow: UnitOfWork, /) -> None:
    """Give each student who is new in this unit of work a wallet, in schools, in one statement for each school.

    Who was rewarded in the same unit of work has one already.
    """
    holders = {event.student_id for event in uow.events if isinstance(event, WalletOpened)}
    new = [row for change in uow.changes if change.before is None and isinstance(row := change.after, Student)]
    students = [student for student in new if student.id not in holders]
    for center_id in sorted({student.center_id for student in students}):
        if is_school(uow, center_id):
            open_wallets(uow.as_platform(), [student for student in students if student.center_id == center_id])
