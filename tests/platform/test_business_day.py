"""One day at the office, told over both REST APIs, in the admin's browser pages and by the library: one outcome.

On the last day of January Malika, the manager, takes down two people who ask about English, and one becomes a student.
Aziza, the clerk, gives him a place and files his contract, which Dilshod, the director, verifies. Timur teaches and
marks his class. January is charged and money comes in: a part, a whole with a receipt from the block, one that is taken
back, one for books. Timur's salary is reckoned and paid. A lesson is cancelled, the worker tells everybody, a text goes
to the group, payments go into a file, and a table of students comes in and goes back. In February Dilshod reads the
numbers.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, expect, sync_playwright

from educore import PLATFORM, Actor, perform, where
from educore.adapters.spreadsheets import read_table
from educore.admissions import Contract, Lead, lead_statistics
from educore.attendance import group_report
from educore.audit import list_chains, verify_trail
from educore.billing import (
    ChargeRun,
    Invoice,
    Payment,
    Payroll,
    find_debtors,
    group_payment_statistics,
    invoice_status,
    not_withdrawn,
    payment_statistics,
    preview_charges,
    propose_salary,
)
from educore.courses import Course
from educore.groups import Group
from educore.identity import User
from educore.imports import ImportKind, apply_import, check_import, revert_import
from educore.messaging import Notification, NotificationType, Worker, mark_all_read
from educore.people import Student, Teacher
from educore.timetable import Session
from educore_web.cli import main
from support.cast import ROOT
from support.chromium import needs_chromium, open_browser
from support.ledger_checks import ledger_errors
from support.live_platform import PATIENCE, AdminVisitor, LivePlatform, call_center_crm, call_edumaster, run_platform
from support.plain_rows import change_row
from support.store_snapshot import differences, snapshot_store
from support.web.running_platform import SECRET

pytestmark = pytest.mark.long

DAY, MONTH = date(2024, 1, 31), "2024-01"
DUE, NEXT, READ_ON = date(2024, 2, 2), date(2024, 2, 29), date(2024, 2, 10)
PHONES = {
    name: f"+9989012300{place:02}" for place, name in enumerate(("dilshod", "malika", "aziza", "timur", "sardor"))
}
SEVARAS_MOTHER = "+998901230099"
AHMED = {"name": "Ahmed Khaitov", "email": "ahmed@example.com", "phone": "+998901234567", "source": "Website"}
ASKED, CALLED = "Interested in English course", "Asked for a quieter branch"
BOBUR = {"name": "Bobur", "phone": "+998907654321", "source": "Phone"}
FEE, PART, BOOKS = Decimal(400_000), Decimal(150_000), Decimal("90000.50")
EARNED, BONUS, PENALTY = Decimal("75000.75"), Decimal(20_000), Decimal("5000.25")
CONTRACT = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
MARKS = {"Sardor": "present", "Sevara": "absent", "Ahmed": "late"}
REST = "The rest on Friday"
TEXT = "{center}: no lesson this afternoon, {date}."
TABLE = "username,first_name,branch,group\nlola,Lola,Tashkent Centre,\nmurod,Murod,Tashkent Centre,\n"

Lines = list[tuple[Any, ...]]


class Teller(Protocol):
    """Somebody who can tell the platform what happens on this day. What they read on the way must agree too."""

    def open_the_day(self) -> tuple[list[str], int]:
        """Malika reads her notes and marks them read, and sees how many lessons there are today."""
        ...

    def take_down_leads(self) -> None:
        """Malika takes down Ahmed, who left a form, and Bobur, who called; Ahmed is hers."""
        ...

    def look_after_leads(self) -> None:
        """Malika has called Ahmed and notes it; Bobur went elsewhere."""
        ...

    def convert(self) -> None:
        """Malika makes Ahmed a student."""
        ...

    def enrol(self) -> None:
        """Aziza gives him a place in the morning group."""
        ...

    def sign_contract(self) -> None:
        """Aziza files his contract, and Dilshod verifies it."""
        ...

    def mark(self) -> None:
        """Timur marks the class of nine o'clock."""
        ...

    def charge(self) -> Lines:
        """Malika looks whom January would charge, and charges them."""
        ...

    def take_money(self) -> None:
        """Sardor pays a part in cash, Sevara all by card against a paper receipt, Ahmed all by transfer."""
        ...

    def take_back(self) -> None:
        """Ahmed's transfer did not arrive, and Dilshod takes the payment back."""
        ...

    def sell_books(self) -> None:
        """Aziza asks Sevara for books, and takes the money for that very invoice."""
        ...

    def statuses(self) -> Lines:
        """Aziza reads how far each invoice is paid."""
        ...

    def pay_salary(self) -> Decimal:
        """Malika writes down what Timur's lessons come to, with a bonus and a penalty; Dilshod pays it."""
        ...

    def cancel_lesson(self) -> None:
        """Dilshod cancels the lesson of three o'clock."""
        ...

    def text_group(self) -> None:
        """Aziza writes to the phones of the group."""
        ...

    def export(self) -> Lines:
        """Dilshod takes the list of payments with him."""
        ...

    def bring_table(self) -> None:
        """Aziza tries a table of two students, takes it in, and finds that it was last year's."""
        ...


def tell(site: LivePlatform, teller: Teller) -> dict[str, Any]:
    """Live through the day; what was read on the way."""
    _before(site)
    worker, read = Worker(site.school), {}
    site.at(DAY, 8)
    read["opened"] = teller.open_the_day()
    site.at(DAY, 8, 30)
    teller.take_down_leads()
    teller.look_after_leads()
    read["leads"] = [(lead.name, lead.status.value) for lead in site.all(Lead)]
    teller.convert()
    teller.enrol()
    teller.sign_contract()
    site.at(DAY, 11)
    teller.mark()
    site.at(DAY, 12)
    read["charged"] = teller.charge()
    teller.take_money()
    teller.take_back()
    teller.sell_books()
    read["statuses"] = teller.statuses()
    read["earned"] = teller.pay_salary()
    site.at(DAY, 13)
    teller.cancel_lesson()
    _work(worker)
    site.at(DAY, 13, 20)
    _work(worker)
    site.at(DAY, 16, 50)
    _work(worker)
    teller.text_group()
    _work(worker)
    read["exported"] = teller.export()
    teller.bring_table()
    site.at(READ_ON, 9)
    return read


def _before(site: LivePlatform) -> None:
    """How people are reached, what the course costs, what is planned for the day, and a note from Dilshod to Malika."""
    world, town = site.world, site.world.tashkent
    with site.school.work(ROOT) as uow:
        for name, phone in PHONES.items():
            change_row(uow, uow.get(User, getattr(world, name).user_id), {"phone": phone})
        change_row(uow, uow.get(User, world.sardor.user_id or 0), {"email": "sardor@example.com"})
        change_row(uow, uow.get(Student, world.sevara.student_id or 0), {"parent_phone": SEVARAS_MOTHER})
    with site.school.work(world.dilshod) as uow:
        perform(uow, Course, "update", town.course.id, {"price": Decimal(1_200_000), "duration_months": 3})
        note = {"type": NotificationType.GENERAL, "title": "January", "message": "Charge January today, please."}
        perform(uow, Notification, "create", fields={"user_id": world.malika.user_id, **note})
        for hour in (9, 15, 17):
            times = {"start_time": time(hour), "end_time": time(hour + 1, 30 if hour == 9 else 0)}
            perform(
                uow,
                Session,
                "create",
                fields={"group_id": town.morning.id, "room_id": town.room.id, "date": DAY, **times},
            )


def _work(worker: Worker) -> None:
    while worker.run_once():
        pass


# -- the three who tell it -----------------------------------------------------------------------------


@dataclass
class ByLibrary:
    """Calls the domain."""

    site: LivePlatform

    def as_(self, who: Actor) -> Any:
        """A unit of work."""
        return self.site.school.work(who)

    def open_the_day(self) -> tuple[list[str], int]:
        with self.as_(self.site.world.malika) as uow:
            titles = [note.title for note in uow.find(Notification, where(is_read=False))]
            mark_all_read(uow)
            return titles, uow.count(Session, where(date=DAY))

    def take_down_leads(self) -> None:
        town, malika = self.site.world.tashkent, self.site.world.malika
        at = {"branch_id": town.branch.id, "course_id": town.course.id}
        with self.as_(malika) as uow:
            perform(uow, Lead, "create", fields={**AHMED, **at, "notes": ASKED, "assigned_to_id": malika.user_id})
            perform(uow, Lead, "create", fields={**BOBUR, **at})

    def look_after_leads(self) -> None:
        ahmed, bobur = self.site.all(Lead)
        changes: list[tuple[int, dict[str, str]]] = [
            (ahmed.id, {"notes": CALLED}),
            (ahmed.id, {"status": "contacted"}),
            (bobur.id, {"status": "lost"}),
        ]
        for id, fields in changes:
            with self.as_(self.site.world.malika) as uow:
                perform(uow, Lead, "update", id, fields)

    def convert(self) -> None:
        with self.as_(self.site.world.malika) as uow:
            perform(uow, Lead, "convert", self.site.one(Lead, name=AHMED["name"]).id, {"username": "ahmed"})

    def enrol(self) -> None:
        with self.as_(self.site.world.aziza) as uow:
            perform(
                uow, Student, "move", _student(self.site, "ahmed"), {"group_id": self.site.world.tashkent.morning.id}
            )

    def sign_contract(self) -> None:
        group = self.site.world.tashkent.morning.id
        with self.as_(self.site.world.aziza) as uow:
            file = uow.store_file(CONTRACT, folder="contract-file", name="ahmed.pdf")
            about = {"student_id": _student(self.site, "ahmed"), "group_id": group, "signed_date": DAY}
            made = perform(
                uow, Contract, "create", fields={"contract_number": "CNT-2024-001", "contract_file": file, **about}
            )
        with self.as_(self.site.world.dilshod) as uow:
            perform(uow, Contract, "verify", made.id)

    def mark(self) -> None:
        marks = [{"student_id": _student(self.site, name.lower()), "status": status} for name, status in MARKS.items()]
        with self.as_(self.site.world.timur) as uow:
            perform(uow, Session, "mark", _session(self.site, 9), {"marks": marks})

    def charge(self) -> Lines:
        with self.as_(self.site.world.malika) as uow:
            lines = preview_charges(uow, month=MONTH, due_date=DUE)
            perform(uow, ChargeRun, "create", fields={"month": MONTH, "due_date": DUE})
            return sorted((line.student_name, line.amount) for line in lines if not line.skipped)

    def take_money(self) -> None:
        with self.as_(self.site.world.aziza) as uow:
            for name, more in (
                ("sardor", {"amount": PART, "method": "cash", "due_date": NEXT, "notes": REST}),
                ("sevara", {"amount": FEE, "method": "card", "receipt_number": "R-2024-17"}),
                ("ahmed", {"amount": FEE, "method": "transfer"}),
            ):
                perform(uow, Payment, "create", fields={"student_id": _student(self.site, name), **more})

    def take_back(self) -> None:
        with self.as_(self.site.world.dilshod) as uow:
            perform(uow, Payment, "withdraw", self.site.one(Payment, method="transfer").id)

    def sell_books(self) -> None:
        asked = {"student_id": _student(self.site, "sevara"), "amount": BOOKS, "description": "Books"}
        with self.as_(self.site.world.aziza) as uow:
            invoice = perform(uow, Invoice, "create", fields={"due_date": DAY + timedelta(days=5), **asked})
        with self.as_(self.site.world.aziza) as uow:
            perform(uow, Payment, "create", fields={"invoice_id": invoice.id, "amount": BOOKS, "method": "cash"})

    def statuses(self) -> Lines:
        with self.as_(self.site.world.aziza) as uow:
            return sorted((name_of(uow, one.student_id), one.amount, _status(one, DAY)) for one in uow.find(Invoice))

    def pay_salary(self) -> Decimal:
        teacher_id = self.site.world.timur.teacher_id or 0
        with self.as_(self.site.world.malika) as uow:
            earned = propose_salary(uow, uow.get(Teacher, teacher_id), month=MONTH)
            parts = {"base_salary": earned, "bonus": BONUS, "penalty": PENALTY}
            salary = perform(uow, Payroll, "create", fields={"teacher_id": teacher_id, "month": MONTH, **parts})
        with self.as_(self.site.world.dilshod) as uow:
            perform(uow, Payroll, "pay", salary.id)
        return earned

    def cancel_lesson(self) -> None:
        with self.as_(self.site.world.dilshod) as uow:
            perform(uow, Session, "cancel", _session(self.site, 15))

    def text_group(self) -> None:
        with self.as_(self.site.world.aziza) as uow:
            perform(uow, Group, "send_sms", self.site.world.tashkent.morning.id, {"message": TEXT})

    def export(self) -> Lines:
        with self.as_(self.site.world.dilshod) as uow:
            return sorted(
                (p.receipt_number, name_of(uow, p.student_id), p.amount) for p in uow.find(Payment, not_withdrawn)
            )

    def bring_table(self) -> None:
        table = read_table(TABLE.encode(), name="students.csv", most_rows=10)
        aziza = self.site.world.aziza
        report = check_import(self.site.school, aziza, kind=ImportKind.STUDENTS, table=table)
        assert (report.rows, report.changes, report.problems) == (2, 2, [])
        school = self.site.school
        done = apply_import(school, aziza, kind=ImportKind.STUDENTS, table=table, file_name="students.csv")
        revert_import(school, aziza, done.id)


def name_of(uow: Any, student_id: int) -> str:
    """A student by name."""
    user = uow.get(User, uow.get(Student, student_id).user_id)
    return f"{user.first_name} {user.last_name}".strip()


def _status(invoice: Invoice, today: date) -> str:
    """How far an invoice is paid."""
    names = ("paid", "remaining", "due_date", "cancelled_at")
    return invoice_status(**{name: getattr(invoice, name) for name in names}, today=today).value


def _student(site: LivePlatform, username: str) -> int:
    return int(site.one(Student, user__username=username).id)


def _session(site: LivePlatform, hour: int) -> int:
    return int(site.one(Session, date=DAY, start_time=time(hour)).id)


@dataclass
class OverRest:
    """Calls the Center CRM and EduMaster as their clients do, in the words of their documents.

    Neither has a way to bring tables, so that Aziza's goes through the command line.
    """

    site: LivePlatform
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def crm(self, name: str, method: str, path: str, **options: Any) -> Any:
        """One request to the Center CRM."""
        return call_center_crm(self.site, name, method, path, **options)

    def edu(self, name: str, method: str, path: str, **options: Any) -> Any:
        """One request to EduMaster."""
        return call_edumaster(self.site, PHONES[name], method, path, **options)

    def find(self, name: str, path: str, **query: Any) -> dict[str, Any]:
        """The one row of the Center CRM that a search finds."""
        (row,) = self.crm(name, "GET", path, params=query)["results"]
        return dict(row)

    def open_the_day(self) -> tuple[list[str], int]:
        notes = self.crm("malika", "GET", "/notifications/", params={"is_read": "false"})["results"]
        said = self.crm("malika", "POST", "/notifications/mark-all-read/", json={})
        assert said == {"status": "All notifications marked as read"}
        query = {"date_from": f"{DAY}", "date_to": f"{DAY}"}
        return [note["title"] for note in notes], self.crm("malika", "GET", "/lessons/", params=query)["count"]

    def take_down_leads(self) -> None:
        town, malika = self.site.world.tashkent, self.site.world.malika
        at = {"branch": town.branch.id, "course_interested": town.course.id, "status": "New"}
        ahmed = {**AHMED, **at, "notes": ASKED, "assigned_to": malika.user_id}
        assert self.crm("malika", "POST", "/leads/", json=ahmed)["assigned_to_name"] == "Malika"
        self.crm("malika", "POST", "/leads/", json={**BOBUR, **at})

    def look_after_leads(self) -> None:
        ahmed, bobur = (self.find("malika", "/leads/", search=lead["name"]) for lead in (AHMED, BOBUR))
        self.crm("malika", "PATCH", f"/leads/{ahmed['id']}/", json={"notes": CALLED})
        self.crm("malika", "PATCH", f"/leads/{ahmed['id']}/", json={"status": "Contacted"})
        self.crm("malika", "PUT", f"/leads/{bobur['id']}/", json={**bobur, "status": "Lost"})

    def convert(self) -> None:
        ahmed = self.find("malika", "/leads/", status="Contacted")
        path = f"/leads/{ahmed['id']}/convert-to-student/"
        said = self.crm("malika", "POST", path, json={"username": "ahmed"})
        assert said == {"status": "Lead converted to student"}

    def student(self, name: str) -> int:
        """The id of a student in the Center CRM."""
        return int(self.find("aziza", "/students/", search=name)["id"])

    def enrol(self) -> None:
        body = {"group_id": self.site.world.tashkent.morning.id}
        said = self.crm("aziza", "POST", f"/students/{self.student('Ahmed')}/assign-group/", json=body)
        assert said == {"status": "Student assigned to group"}

    def sign_contract(self) -> None:
        body = {"student": self.student("Ahmed"), "group": self.site.world.tashkent.morning.id}
        body |= {"contract_number": "CNT-2024-001", "signed_date": f"{DAY}"}
        file = {"contract_file": ("ahmed.pdf", CONTRACT, "application/pdf")}
        made = self.crm("aziza", "POST", "/contracts/", data=body, files=file)
        assert self.crm("dilshod", "POST", f"/contracts/{made['id']}/verify/") == {"status": "Contract verified"}

    def mark(self) -> None:
        query = {"date_from": f"{DAY}", "date_to": f"{DAY}"}
        lesson = self.crm("timur", "GET", "/lessons/", params=query)["results"][0]
        marks = [{"student_id": self.student(n), "status": s.capitalize(), "notes": ""} for n, s in MARKS.items()]
        said = self.crm(
            "timur", "POST", "/attendance/bulk-mark/", json={"lesson_id": lesson["id"], "attendance_data": marks}
        )
        assert said == {"status": "Marked 3 attendance records"}

    def charge(self) -> Lines:
        body = {"month": MONTH, "due_date": f"{DUE}"}
        lines = self.crm("malika", "POST", "/charges/preview/", json=body)
        run = self.crm("malika", "POST", "/charges/", json=body)
        assert (run["invoices_count"], run["total_amount"]) == (3, 3 * FEE)
        return sorted((line["student_name"], Decimal(line["amount"])) for line in lines if not line["skipped"])

    def take_money(self) -> None:
        for name, more in (
            ("Sardor", {"amount": 150_000, "payment_type": "Cash", "due_date": f"{NEXT}", "notes": REST}),
            ("Sevara", {"amount": 400_000, "payment_type": "Card", "receipt_number": "R-2024-17"}),
            ("Ahmed", {"amount": 400_000, "payment_type": "Transfer"}),
        ):
            self.crm("aziza", "POST", "/payments/", json={"student": self.student(name), **more})

    def take_back(self) -> None:
        wrong = self.find("dilshod", "/payments/", payment_type="Transfer")
        self.crm("dilshod", "DELETE", f"/payments/{wrong['id']}/")

    def sell_books(self) -> None:
        sevara = self.crm("aziza", "GET", f"/students/{self.student('Sevara')}/")["user"]["id"]
        due = DAY + timedelta(days=5)
        asked = {"student": sevara, "amount": f"{BOOKS}", "due_date": f"{due}", "description": "Books"}
        invoice = self.edu("aziza", "POST", "/payments/invoices/", json=asked)
        assert (invoice["status"], invoice["student_name"]) == ("unpaid", "Sevara")
        paid = {"invoice": invoice["id"], "amount": f"{BOOKS}", "payment_method": "cash"}
        assert self.edu("aziza", "POST", "/payments/payments/", json=paid)["receipt_number"] == "REC-003"

    def statuses(self) -> Lines:
        found = self.edu("aziza", "GET", "/payments/invoices/")["results"]
        return sorted((one["student_name"], Decimal(one["amount"]), one["status"]) for one in found)

    def pay_salary(self) -> Decimal:
        timur = self.site.world.timur.teacher_id
        query = {"teacher": timur, "month": MONTH}
        earned = self.crm("malika", "GET", "/payroll/proposal/", params=query)["base_salary"]
        body = {**query, "base_salary": earned, "bonus": int(BONUS), "penalty": float(PENALTY), "is_paid": False}
        salary = self.crm("malika", "POST", "/payroll/", json=body)
        said = self.crm("dilshod", "POST", f"/payroll/{salary['id']}/mark-paid/", json={})
        assert said == {"status": "Payroll marked as paid"}
        return Decimal(str(earned))

    def cancel_lesson(self) -> None:
        query = {"date_from": f"{DAY}", "date_to": f"{DAY}"}
        lesson = self.crm("dilshod", "GET", "/lessons/", params=query)["results"][1]
        said = self.crm("dilshod", "POST", f"/lessons/{lesson['id']}/cancel/")
        assert said == {"status": "Lesson cancelled"}

    def text_group(self) -> None:
        query = {"group": self.site.world.tashkent.morning.id}
        students = self.crm("aziza", "GET", "/students/", params=query)["results"]
        numbers = [student["user_info"]["phone"] or student["parent_phone"] for student in students]
        said = self.edu("aziza", "POST", "/messaging/send-sms/", json={"phone_numbers": numbers, "message": TEXT})
        assert said["queued"] == 3

    def export(self) -> Lines:
        found = self.crm("dilshod", "GET", "/payments/")["results"]
        return sorted((one["receipt_number"], one["student_name"], Decimal(str(one["amount"]))) for one in found)

    def bring_table(self) -> None:
        file = self.folder / "students.csv"
        file.write_text(TABLE, encoding="utf-8")
        self.monkeypatch.setattr("educore_web.runtime.platform.SystemClock", lambda: self.site.clock)
        database = ["--as", "aziza", "--database", self.site.platform.database.url]
        for words in (["check", "students", str(file)], ["apply", "students", str(file)], ["revert", "1"]):
            result = CliRunner(env={"EDUCORE_SECRET": SECRET}).invoke(main, ["import", *words, *database])
            assert result.exit_code == 0, result.output


SAID = {"Not paid": "unpaid", "Partly paid": "partial", "Paid": "paid", "Overdue": "overdue"}


@dataclass
class InTheAdmin:
    """Clicks through the admin's pages, everybody in a browser window of their own."""

    site: LivePlatform
    browser: Browser
    windows: dict[str, AdminVisitor] = field(default_factory=dict)

    def as_(self, name: str) -> AdminVisitor:
        """Somebody at their window."""
        if name not in self.windows:
            page = self.browser.new_context(locale="en").new_page()
            page.set_default_timeout(PATIENCE)
            self.windows[name] = AdminVisitor(self.site, name, page)
        return self.windows[name]

    def open_the_day(self) -> tuple[list[str], int]:
        malika = self.as_("malika")
        malika.visit("/")
        lessons = int(malika.page.locator('[data-figure="lessons_today"]').inner_text())
        malika.page.get_by_role("link", name="Notifications: unread: 1").click()
        titles = malika.column("Title")
        malika.press("Mark all as read")
        malika.sees("Marked as read: 1.")
        return titles, lessons

    def take_down_leads(self) -> None:
        malika = self.as_("malika")
        for lead in (AHMED, BOBUR):
            malika.visit("/leads")
            malika.follow("New lead")
            malika.fill(**lead)
            malika.choose("branch_id", "Tashkent Centre")
            malika.choose("course_id", "English")
            if lead is AHMED:
                malika.choose("assigned_to_id", "Malika")
                malika.fill(notes=ASKED)
            malika.save()

    def look_after_leads(self) -> None:
        malika = self.as_("malika")
        malika.visit("/lead/list")
        malika.follow("Edit Ahmed Khaitov")
        malika.fill(notes=CALLED)
        malika.save()
        malika.visit("/leads")
        malika.press("Ahmed Khaitov: Contacted")
        malika.press("Bobur: Lost")

    def convert(self) -> None:
        malika = self.as_("malika")
        malika.visit("/leads")
        malika.page.get_by_role("article").filter(has_text="Ahmed").get_by_role("link", name="Make a student").click()
        malika.fill(username="ahmed")
        malika.press("Make a student")
        malika.sees("The lead is a student now.")

    def enrol(self) -> None:
        aziza = self.as_("aziza")
        aziza.open("/student/list?search=ahmed", "Ahmed Khaitov")
        aziza.follow("Move to another group")
        aziza.choose("group_id", "Morning")
        aziza.press("Move to another group")

    def sign_contract(self) -> None:
        aziza, dilshod = self.as_("aziza"), self.as_("dilshod")
        aziza.visit("/contract/create")
        aziza.choose("student_id", "Ahmed")
        aziza.choose("group_id", "Morning")
        aziza.fill(contract_number="CNT-2024-001", signed_date=DAY)
        file: Any = {"name": "ahmed.pdf", "mimeType": "application/pdf", "buffer": CONTRACT}
        aziza.page.locator("#q-contract_file").set_input_files(file)
        aziza.save()
        dilshod.open("/contract/list", "CNT-2024-001")
        dilshod.follow("Verify")
        dilshod.press("Verify")
        dilshod.sees("Verified: 1.")

    def mark(self) -> None:
        timur = self.as_("timur")
        timur.visit("/")
        timur.page.locator("a[data-today]").first.click()
        for name, status in MARKS.items():
            line = timur.page.get_by_role("group", name=name)
            line.locator(f'input[value="{status}"]').check(force=True)
        timur.save()

    def charge(self) -> Lines:
        malika = self.as_("malika")
        malika.visit("/charge-run/create")
        malika.fill(month=MONTH, due_date=DUE)
        malika.press("Preview")
        malika.sees("Invoices: 3, 1,200,000 in all")
        lines = sorted(zip(malika.column("Student"), map(_amount, malika.column("Amount")), strict=True))
        malika.press("Charge students: 3")
        malika.sees("The month is charged.")
        return lines

    def take_money(self) -> None:
        aziza = self.as_("aziza")
        aziza.open("/student/list", "Sardor")
        aziza.follow("Take a payment")
        aziza.fill(amount="150 000", due_date=NEXT, notes=REST)
        self._take(aziza, "Cash")
        for name, method, more in (("Sevara", "Card", {"receipt_number": "R-2024-17"}), ("Ahmed", "Bank transfer", {})):
            aziza.visit("/payment/create")
            aziza.choose("student_id", name)
            aziza.fill(amount=FEE, **more)
            self._take(aziza, method)

    def _take(self, who: AdminVisitor, method: str) -> None:
        who.page.locator("#q-method").select_option(label=method)
        who.save()
        who.sees("Saved: ")

    def take_back(self) -> None:
        dilshod = self.as_("dilshod")
        dilshod.open("/payment/list?search=ahmed", "REC-002")
        dilshod.follow("Withdraw")
        dilshod.press("Withdraw")

    def sell_books(self) -> None:
        aziza = self.as_("aziza")
        aziza.visit("/invoice/create")
        aziza.choose("student_id", "Sevara")
        aziza.fill(amount=BOOKS, due_date=DAY + timedelta(days=5), description="Books")
        aziza.save()
        aziza.follow("Take a payment")
        expect(aziza.page.locator("#q-amount")).to_have_value(f"{BOOKS}")
        self._take(aziza, "Cash")

    def statuses(self) -> Lines:
        aziza = self.as_("aziza")
        aziza.visit("/invoice/list")
        names = [name.partition("· ")[2] for name in aziza.column("Invoice")]
        said = [SAID[status] for status in aziza.column("Status")]
        return sorted(zip(names, map(_amount, aziza.column("Amount")), said, strict=True))

    def pay_salary(self) -> Decimal:
        malika, dilshod = self.as_("malika"), self.as_("dilshod")
        malika.visit("/payroll/create")
        malika.choose("teacher_id", "Timur")
        malika.fill(month=MONTH, bonus=BONUS, penalty=PENALTY)
        malika.press("Reckon from lessons")
        earned = malika.page.locator("#q-base_salary").input_value()
        malika.save()
        dilshod.open("/payroll/list", "Timur")
        dilshod.follow("Mark as paid")
        dilshod.press("Mark as paid")
        dilshod.sees("Paid: 1.")
        return Decimal(earned)

    def cancel_lesson(self) -> None:
        dilshod = self.as_("dilshod")
        dilshod.visit(f"/session/details/{_session(self.site, 15)}")
        dilshod.follow("Cancel")
        dilshod.press("Cancel")

    def text_group(self) -> None:
        aziza = self.as_("aziza")
        aziza.open("/group/list", "Morning")
        aziza.follow("Send a text")
        aziza.fill(message=TEXT)
        aziza.press("Preview")
        aziza.sees("Texts to send: 3.", "Tashkent Academy: no lesson this afternoon, 2024-01-31.")
        aziza.press("Send a text")

    def export(self) -> Lines:
        dilshod = self.as_("dilshod")
        dilshod.visit("/payment/list")
        dilshod.page.locator("#filter-state").select_option(label="Taken")
        dilshod.page.wait_for_url("**state=taken**")
        with dilshod.page.expect_download() as download:
            dilshod.follow("Export")
        text = download.value.path().read_text(encoding="utf-8-sig")
        rows = csv.DictReader(io.StringIO(text))
        return sorted((row["receipt_number"], row["student"], Decimal(row["amount"])) for row in rows)

    def bring_table(self) -> None:
        aziza = self.as_("aziza")
        aziza.visit("/student/list")
        aziza.follow("Import")
        file: Any = {"name": "students.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
        aziza.page.locator("#file").set_input_files(file)
        aziza.press("Check")
        aziza.sees("Everything is right", "Rows: 2. They would make or change: 2.")
        aziza.press("Take it in")
        aziza.sees("Import № 1 is in. Rows: 2.")
        aziza.press("Take back")
        aziza.sees("Import № 1 was taken back.")

    def reads_the_numbers(self) -> None:
        """In February Dilshod finds the numbers of `NUMBERS` on the pages about money and leads."""
        dilshod = self.as_("dilshod")
        dilshod.visit("/money")
        assert dilshod.column("Student") == ["Sardor", "Ahmed Khaitov"]
        owed = [Decimal(re.sub(r"[^0-9.]", "", text)) for text in dilshod.column("By invoices")]
        assert owed == [FEE - PART, FEE]
        dilshod.visit("/leads")
        dilshod.sees("Leads: 2. Became students: 1 (50 %).")
        dilshod.visit("/invoice/list?status=overdue")
        assert sorted(name.partition("· ")[2] for name in dilshod.column("Invoice")) == ["Ahmed Khaitov", "Sardor"]


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


# -- what is there afterwards --------------------------------------------------------------------------


def numbers(site: LivePlatform) -> dict[str, Any]:
    """What it all adds up to, by the library."""
    town = site.world.tashkent
    with site.school.work(town.director, read_only=True) as uow:
        assert ledger_errors(uow) == []
        assert [proof.fault for proof in (verify_trail(uow.as_actor(PLATFORM), chain=c) for c in list_chains(uow))] == [
            None
        ]
        money, leads, paid = (
            payment_statistics(uow),
            lead_statistics(uow),
            group_payment_statistics(uow, town.morning.id),
        )
        report, (salary,) = group_report(uow, uow.get(Group, town.morning.id)), uow.find(Payroll)
        return {
            "payments": (money.total, money.count, money.average),
            "leads": (leads.total, leads.converted, leads.conversion_rate),
            "debtors": [name_of(uow, id) for id in find_debtors(uow)],
            "group": (report.students, report.sessions, report.rate, paid.total, paid.count),
            "salary": (salary.month, salary.base_salary, salary.total, salary.is_paid, salary.paid_on),
            "invoices": _invoices(uow),
        }


def _invoices(uow: Any) -> Lines:
    return sorted(
        (name_of(uow, one.student_id), one.amount, one.paid, one.remaining, _status(one, READ_ON))
        for one in uow.find(Invoice)
    )


def numbers_over_rest(site: LivePlatform) -> dict[str, Any]:
    """The same, as clients of both APIs read it."""

    def crm(path: str) -> Any:
        return call_center_crm(site, "dilshod", "GET", path)

    def edu(path: str) -> Any:
        return call_edumaster(site, PHONES["dilshod"], "GET", path)["results"]

    def money(number: float | str) -> Decimal:
        return Decimal(str(number))

    payments, leads = crm("/payments/statistics/"), crm("/leads/statistics/")
    group = crm(f"/groups/{site.world.tashkent.morning.id}/statistics/")
    (salary,) = crm("/payroll/")["results"]
    paid = group["payment_status"]
    names = ("students_count", "lessons_count", "average_attendance")
    invoices = edu("/payments/invoices/")
    shown = [one for one in edu("/payments/payments/") if one["storno_at"] is None]
    assert sum(money(one["amount"]) for one in shown) == money(payments["total_revenue"])
    assert [text["status"] for text in edu("/messaging/sms-logs/")] == ["sent"] * 3
    return {
        "payments": (money(payments["total_revenue"]), payments["payment_count"], money(payments["average_payment"])),
        "leads": (leads["total_leads"], leads["converted_leads"], leads["conversion_rate"]),
        "debtors": [_full(row["user_info"]) for row in crm("/payments/debtors/")],
        "group": (*(group[name] for name in names), money(paid["total_payments"]), paid["payment_count"]),
        "salary": (
            salary["month"],
            money(salary["base_salary"]),
            money(salary["total_salary"]),
            salary["is_paid"],
            date.fromisoformat(salary["paid_date"]),
        ),
        "invoices": sorted(
            (
                one["student_name"],
                *(money(one[name]) for name in ("amount", "paid_amount", "remaining_amount")),
                one["status"],
            )
            for one in invoices
        ),
    }


def _full(user: dict[str, Any]) -> str:
    return f"{user['first_name']} {user['last_name']}".strip()


READ = {
    "opened": (["January"], 3),
    "leads": [("Ahmed Khaitov", "contacted"), ("Bobur", "lost")],
    "charged": [("Ahmed Khaitov", FEE), ("Sardor", FEE), ("Sevara", FEE)],
    "statuses": [
        ("Ahmed Khaitov", FEE, "unpaid"),
        ("Sardor", FEE, "partial"),
        ("Sevara", BOOKS, "paid"),
        ("Sevara", FEE, "paid"),
    ],
    "earned": EARNED,
    "exported": [("R-2024-17", "Sevara", FEE), ("REC-001", "Sardor", PART), ("REC-003", "Sevara", BOOKS)],
}
NUMBERS = {
    "payments": (PART + FEE + BOOKS, 3, Decimal("213333.50")),
    "leads": (2, 1, 50.0),
    "debtors": ["Sardor", "Ahmed Khaitov"],
    "group": (3, 2, 33.3, PART + FEE + BOOKS, 3),
    "salary": (MONTH, EARNED, EARNED + BONUS - PENALTY, True, DAY),
    "invoices": [
        ("Ahmed Khaitov", FEE, Decimal(0), FEE, "overdue"),
        ("Sardor", FEE, PART, FEE - PART, "overdue"),
        ("Sevara", BOOKS, BOOKS, Decimal(0), "paid"),
        ("Sevara", FEE, FEE, Decimal(0), "paid"),
    ],
}


@dataclass
class Outcome:
    """What there is at the end of a telling."""

    read: dict[str, Any]
    stored: dict[str, list[Any]]
    texts: list[tuple[str, str]]
    letters: list[tuple[str, str, str]]


def outcome(site: LivePlatform, teller: Teller) -> Outcome:
    """Tell the day, and see that every report says the same of it."""
    read = tell(site, teller)
    stored = snapshot_store(site.platform.database.store, site.school)
    assert numbers(site) == numbers_over_rest(site) == NUMBERS
    texts = sorted((text.to, text.text) for text in site.texts.sent)
    letters = sorted((letter.to, letter.subject, letter.text) for letter in site.letters.sent)
    return Outcome(read, stored, texts, letters)


@pytest.fixture(scope="module")
def by_library(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The day as the library tells it, which the others are compared with."""
    with run_platform(tmp_path_factory.mktemp("library")) as here:
        return outcome(here, ByLibrary(here))


def require_same(one: Outcome, other: Outcome) -> None:
    """Both say the same; what differs is told a line for each row."""
    assert one.read == other.read
    assert (one.texts, one.letters) == (other.texts, other.letters)
    if lines := differences(one.stored, other.stored):
        pytest.fail("\n".join(lines))


def test_the_day_by_the_library(by_library: Outcome) -> None:
    assert by_library.read == READ
    said = "Tashkent Academy: no lesson this afternoon, 2024-01-31."
    assert by_library.texts == [(to, said) for to in sorted((PHONES["sardor"], SEVARAS_MOTHER, AHMED["phone"]))]
    notes = [(note["type"].value, note["user_id"]) for note in by_library.stored["Notification"]]
    assert len(notes) == len(set(notes)), "somebody was told the same thing twice"
    assert len([kind for kind, _ in notes if kind == "lesson_cancelled"]) == 4
    assert len([kind for kind, _ in notes if kind == "lesson_reminder"]) == 4
    assert sorted(who for kind, who in notes if kind == "payment_reminder") == ["ahmed", "sardor"]


def test_the_day_over_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_library: Outcome) -> None:
    with run_platform(tmp_path) as here:
        require_same(outcome(here, OverRest(here, tmp_path, monkeypatch)), by_library)


@needs_chromium
def test_the_day_in_the_admin(tmp_path: Path, by_library: Outcome) -> None:
    with run_platform(tmp_path) as here, sync_playwright() as playwright:
        browser = open_browser(playwright)
        teller = InTheAdmin(here, browser)
        require_same(outcome(here, teller), by_library)
        teller.reads_the_numbers()
        browser.close()
