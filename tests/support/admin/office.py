"""Money, leads, contracts and messages of the town: the same in both Centers, each with its Center's name in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from educore import Actor, Role, perform, where
from educore.admissions import Contract, Lead
from educore.billing import ChargeRun, Invoice, Payment, Payroll
from educore.groups import Group
from educore.identity import Membership, User
from educore.messaging import Delivery, Notification, NotificationType, SmsTemplate, notify
from educore.people import Student
from support.admin.town import Place, World
from support.plain_rows import change_row

DUE_DATE = date(2024, 1, 10)


@dataclass
class OfficeRows:
    """What the office of one Center has: ids by what they are of."""

    run: int
    invoice: int
    payment: int
    payroll: int
    lead: int
    contract: int
    template: int
    delivery: int
    note: int


@dataclass
class Office:
    """The offices of Registon and of Zukko. A student of each is charged 500,000 and has paid 200,000 of it."""

    registon: OfficeRows
    zukko: OfficeRows


def director_of(world: World, place: Place) -> Actor:
    """The director of a Center, at work."""
    user_id = world.get(Membership, place.director).user_id
    return Actor(Role.DIRECTOR, user_id=user_id, membership_id=place.director, center_id=place.center)


def add_office_rows(world: World) -> Office:
    """Charge, take money, write down leads and contracts, and send texts, as the directors do."""
    return Office(_desk(world, world.registon, "Registon", "1"), _desk(world, world.zukko, "Zukko", "2"))


def _desk(world: World, place: Place, word: str, digit: str) -> OfficeRows:
    who = director_of(world, place)
    with world.school.work(who) as uow:
        perform(uow, Group, "update", place.group, {"monthly_fee": Decimal(500_000)})
        student = uow.get(Student, place.student)
        change_row(uow, uow.get(User, student.user_id), {"phone": f"+99890000000{digit}"})
        run = perform(uow, ChargeRun, "create", fields={"month": "2024-01", "due_date": DUE_DATE}).id
        invoice = uow.find(Invoice, where(run_id=run))[0].id
        payment = perform(
            uow,
            Payment,
            "create",
            fields={
                "student_id": place.student,
                "amount": Decimal(200_000),
                "method": "cash",
                "receipt_number": f"{word}-1",
            },
        ).id
        payroll = perform(
            uow,
            Payroll,
            "create",
            fields={"teacher_id": place.teacher, "month": "2023-12", "base_salary": Decimal(1_000_000)},
        ).id
        lead = perform(
            uow,
            Lead,
            "create",
            fields={"name": f"{word} lead", "phone": f"+99891000000{digit}", "branch_id": place.branch, "source": word},
        ).id
        key = uow.store_file(b"%PDF-1.4", folder="contract-contract_file", name=f"{word}.pdf")
        contract = perform(
            uow,
            Contract,
            "create",
            fields={
                "student_id": place.student,
                "group_id": place.group,
                "contract_number": f"{word} 7",
                "contract_file": key,
                "signed_date": date(2024, 1, 1),
            },
        ).id
        template = perform(
            uow, SmsTemplate, "create", fields={"name": f"{word} template", "text": f"Hello {{name}}, {word} writes"}
        ).id
        delivery = perform(uow, Group, "send_sms", place.group, {"template_id": template})[0].id
    with world.as_boss() as uow:
        change_row(uow, uow.get(Delivery, delivery), {"status": "failed", "error": "off", "next_try_at": None})
        told = notify(
            uow,
            [who.user_id or 0],
            center_id=place.center,
            kind=NotificationType.GENERAL,
            title=f"{word} note",
            message="Come at ten",
        )
    return OfficeRows(run, invoice, payment, payroll, lead, contract, template, delivery, told[0].id)


KINDS: dict[str, type] = {
    "run": ChargeRun,
    "invoice": Invoice,
    "payment": Payment,
    "payroll": Payroll,
    "lead": Lead,
    "contract": Contract,
    "template": SmsTemplate,
    "delivery": Delivery,
    "note": Notification,
}
SCREENS = {
    "run": "charge-run",
    "invoice": "invoice",
    "payment": "payment",
    "payroll": "payroll",
    "lead": "lead",
    "contract": "contract",
    "template": "sms-template",
    "delivery": "delivery",
    "note": "notification",
}
"""The addresses of the screens that show what a desk has."""
