"""Invoices and payments (E18, E26 to E28, E32, E33), and that the Center CRM sees the same money."""

from __future__ import annotations

from typing import Any

import pytest

from support.cast import Town
from support.web.client import ApiResponse, Client, EduClient
from support.web.money_rows import MoneyRows
from support.web.running_platform import RunningPlatform, sign_in_person
from support.web.systems import EDUMASTER


@pytest.fixture
def malika(edu: EduClient) -> Client:
    """The manager of Tashkent."""
    return edu("malika")


@pytest.fixture
def town(site: RunningPlatform) -> Town:
    """Tashkent."""
    return site.world.tashkent


@pytest.fixture
def money(site: RunningPlatform, town: Town) -> MoneyRows:
    """What has been paid and is owed there."""
    return site.extras.money[town.center.id]


def _ask(client: Client, town: Town, **more: Any) -> ApiResponse:
    """An invoice for Sevara, who owes nothing but January."""
    body = {"student": town.classmate.user_id, "amount": "300000.00", "due_date": "2024-02-15"}
    return client.post("/payments/invoices/", body | more)


def _pay(client: Client, invoice: int, amount: Any = "100000.00", **more: Any) -> ApiResponse:
    body = {"invoice": invoice, "amount": amount, "payment_method": "cash", "notes": "Naqd to'lov"}
    return client.post("/payments/payments/", body | more)


def _status(client: Client, invoice: int) -> tuple[str, str, str]:
    shown = client.get(f"/payments/invoices/{invoice}/").expect(200)
    return shown["status"], shown["paid_amount"], shown["remaining_amount"]


def test_an_invoice_shows_what_was_sent_and_how_far_it_is_paid(malika: Client, town: Town) -> None:
    answer = _ask(malika, town, description="Yanvar oyi uchun to'lov", group=town.morning.id).expect(201)
    assert answer.body == {
        "id": answer["id"],
        "student": town.classmate.user_id,
        "amount": "300000.00",
        "due_date": "2024-02-15",
        "description": "Yanvar oyi uchun to'lov",
        "student_name": "Sevara Sevaraov",
        "group": town.morning.id,
        "group_name": "Morning",
        "status": "unpaid",
        "paid_amount": "0.00",
        "remaining_amount": "300000.00",
        "created_at": "2024-01-01T10:00:00Z",
    }  # E01, E26
    assert malika.get(f"/payments/invoices/{answer['id']}/").body == answer.body


def test_a_payment_shows_what_was_sent_and_who_took_it(malika: Client, town: Town, money: MoneyRows) -> None:
    answer = _pay(malika, money.books, "300000.00").expect(201)
    assert answer.body == {
        "id": answer["id"],
        "invoice": money.books,
        "amount": "300000.00",
        "payment_method": "cash",
        "notes": "Naqd to'lov",
        "student": town.student.user_id,
        "student_name": "Sardor Sardorov",
        "receipt_number": "REC-003",
        "paid_at": "2024-01-01",
        "received_by": town.manager.user_id,
        "received_by_name": "Malika Malikaov",
        "storno_at": None,
        "created_at": "2024-01-01T10:00:00Z",
    }  # E27
    assert malika.get(f"/payments/payments/{answer['id']}/").body == answer.body
    assert malika.get("/payments/payments/").ids[0] == answer["id"]  # E17, E28


def test_the_status_follows_what_is_paid_and_the_day(malika: Client, town: Town, site: RunningPlatform) -> None:
    invoice = _ask(malika, town).expect(201)["id"]
    assert _status(malika, invoice) == ("unpaid", "0.00", "300000.00")
    _pay(malika, invoice, 100_000).expect(201)
    assert _status(malika, invoice) == ("partial", "100000.00", "200000.00")
    site.clock.advance(days=45, hours=8)  # the last day, late in the evening in Tashkent
    client = site.with_token(sign_in_person(site.platform.school, "malika").access).of(EDUMASTER)
    assert _status(client, invoice)[0] == "partial"
    site.clock.advance(hours=2)  # the next day there, still the last in UTC
    client = site.with_token(sign_in_person(site.platform.school, "malika").access).of(EDUMASTER)
    assert _status(client, invoice) == ("overdue", "100000.00", "200000.00")
    assert invoice in client.get("/payments/invoices/", status="overdue").ids
    assert client.get("/payments/invoices/", status="partial").ids == []
    _pay(client, invoice, "200000").expect(201)
    assert _status(client, invoice) == ("paid", "300000.00", "0.00")


def test_invoices_are_filtered_by_what_they_show(malika: Client, town: Town, money: MoneyRows) -> None:
    asked = _ask(malika, town, amount=1, due_date="2024-03-01", description="Daftar").expect(201)["id"]
    _pay(malika, asked, 1).expect(201)
    finds: list[tuple[dict[str, Any], set[int]]] = [
        ({"student": town.student.user_id}, {money.january, money.books}),
        ({"status": "paid"}, {asked}),
        ({"status": "partial"}, {money.january}),
        ({"status": "overdue"}, set()),
        ({"group": town.morning.id, "due_date_from": "2024-02-01"}, {money.books}),
        ({"due_date_to": "2024-01-31", "student": town.student.user_id}, {money.january}),
        ({"search": "daftar"}, {asked}),
    ]
    for query, ids in finds:
        assert set(malika.get("/payments/invoices/", **query).ids) == ids, query
    for word in ("Paid", "cancelled", "1"):
        answer = malika.get("/payments/invoices/", status=word)
        assert (answer.status, answer.fields()) == (400, {"status"})


@pytest.mark.parametrize(
    ("sent", "shown"), [("300000.00", "300000.00"), (300_000, "300000.00"), (0.5, "0.50"), ("0.01", "0.01")]
)
def test_amounts_may_be_numbers_and_are_shown_as_texts(sent: Any, shown: str, malika: Client, town: Town) -> None:
    assert _ask(malika, town, amount=sent).expect(201)["amount"] == shown  # E18


def test_what_is_no_invoice_and_no_payment_is_refused_on_its_field(
    malika: Client, town: Town, money: MoneyRows, site: RunningPlatform
) -> None:
    amounts = (0, -1, "0.00", int("9" * 40), "9" * 40, "NaN", "1e3", "1.234", "besh", True, None, [1], {"a": 1})
    tries = [(_pay(malika, money.books, amount), "amount") for amount in amounts]
    tries += [(_ask(malika, town, amount=amount), "amount") for amount in amounts]
    tries += [
        (_ask(malika, town, due_date="1899-12-31"), "due_date"),
        (_ask(malika, town, due_date="2024-02-30"), "due_date"),
        (_ask(malika, town, student=town.teacher.user_id), "student"),  # E05
        (_ask(malika, town, student=site.world.samarkand.student.user_id), "student"),
        (_ask(malika, town, student=-1), "student"),
        (_ask(malika, town, group=town.evening.id), "group"),
        (_ask(malika, town, group=-1), "group"),
        (_ask(malika, town, description="x" * 501), "description"),
        (_pay(malika, -1), "invoice"),
        (_pay(malika, site.extras.money[site.world.samarkand.center.id].books), "invoice"),
        (_pay(malika, money.books, payment_method="Cash"), "payment_method"),
        (_pay(malika, money.books, payment_method="gold"), "payment_method"),
    ]
    for answer, field in tries:
        assert (answer.status, answer.fields()) == (400, {field}), (field, answer.text)
    several = malika.post("/payments/payments/", {"invoice": -1, "amount": "0", "payment_method": "?", "notes": 5})
    assert several.fields() == {"invoice", "amount", "payment_method", "notes"}  # E32
    assert site.changed() == []


def test_an_invoice_written_down_late_is_overdue_at_once(malika: Client, town: Town) -> None:
    assert _ask(malika, town, due_date="2023-12-15").expect(201)["status"] == "overdue"


def test_an_invoice_is_paid_in_parts_and_never_beyond(malika: Client, town: Town, money: MoneyRows) -> None:
    invoice = _ask(malika, town).expect(201)["id"]
    for amount in ("100000.00", "199999.99"):
        _pay(malika, invoice, amount).expect(201)
    more = _pay(malika, invoice, "0.02")
    assert (more.status, more.fields()) == (400, {"amount"})  # E27
    assert "0.01" in more.text
    _pay(malika, invoice, "0.01").expect(201)
    again = _pay(malika, invoice, "0.01")
    assert (again.status, again.fields()) == (400, {"invoice"})
    assert _status(malika, invoice) == ("paid", "300000.00", "0.00")


def test_a_deleted_invoice_is_cancelled_and_cannot_be_paid(malika: Client, town: Town) -> None:
    invoice = _ask(malika, town).expect(201)["id"]
    path = f"/payments/invoices/{invoice}/"
    malika.delete(path).expect(204)
    assert invoice not in malika.get("/payments/invoices/").ids
    for answer in (malika.get(path), malika.patch(path, {"amount": 5}), malika.delete(path)):
        assert answer.status == 404
    answer = malika.post(
        "/payments/payments/",
        {"invoice": invoice, "amount": 5, "payment_method": "card"},
        headers={"accept-language": "en"},
    )
    assert (answer.status, answer.fields()) == (400, {"invoice"})
    assert "cancelled" in answer.text


def test_an_invoice_somebody_paid_for_is_not_deleted_and_not_lowered_beneath(malika: Client, town: Town) -> None:
    invoice = _ask(malika, town).expect(201)["id"]
    _pay(malika, invoice).expect(201)
    path = f"/payments/invoices/{invoice}/"
    answer = malika.delete(path)
    assert (answer.status, answer.is_whole_refusal) == (400, True)  # E33
    lowered = malika.patch(path, {"amount": "99999.99"})
    assert (lowered.status, lowered.fields()) == (400, {"amount"})
    changed = malika.patch(path, {"amount": "100000", "due_date": "2024-05-01"}).expect(200)
    assert (changed["status"], changed["remaining_amount"]) == ("paid", "0.00")
    other = malika.patch(path, {"student": town.student.user_id})
    assert (other.status, other.fields()) == (400, {"student"})


def test_a_storno_by_the_admin_keeps_the_row(edu: EduClient, malika: Client, town: Town) -> None:
    invoice = _ask(malika, town).expect(201)["id"]
    payment = _pay(malika, invoice).expect(201)
    path = f"/payments/payments/{payment['id']}/"
    assert malika.post(f"{path}storno/").status == 403  # E28: the admin's act
    for _ in range(2):
        taken_back = edu("dilshod").post(f"{path}storno/").expect(200)
        assert taken_back.body == payment.body | {"storno_at": "2024-01-01T10:00:00Z"}
    assert malika.get(path).body == taken_back.body
    assert payment["id"] in malika.get("/payments/payments/").ids
    assert _status(malika, invoice) == ("unpaid", "0.00", "300000.00")
    assert edu("davron").post(f"{path}storno/").status == 404


def test_payments_are_filtered_by_what_they_show(malika: Client, town: Town, money: MoneyRows) -> None:
    mine = _pay(malika, money.books, payment_method="transfer").expect(201)["id"]
    finds: list[tuple[dict[str, Any], list[int]]] = [
        ({"invoice": money.books}, [mine]),
        ({"payment_method": "transfer"}, [mine]),
        ({"payment_method": "cash"}, [money.payment]),
        ({"student": town.student.user_id, "received_by": town.manager.user_id}, [mine]),
        ({"search": "REC-001"}, [money.payment]),
        ({"paid_at_from": "2024-01-02"}, []),
        ({"storno_at_from": "2024-01-01"}, [money.withdrawn]),
    ]
    for query, ids in finds:
        assert malika.get("/payments/payments/", **query).ids == ids, query


def test_money_is_for_the_office_and_invoices_for_whom_they_concern(
    edu: EduClient, malika: Client, town: Town, money: MoneyRows
) -> None:
    assert set(edu("sardor").get("/payments/invoices/").ids) == {money.january, money.books}  # E03
    assert edu("sevara").get(f"/payments/invoices/{money.books}/").status == 404
    assert edu("davron").get(f"/payments/invoices/{money.books}/").status == 404
    for who in ("timur", "sardor"):
        assert edu(who).get("/payments/payments/").status == 403
        assert _pay(edu(who), money.books).status == 403
        assert _ask(edu(who), town).status == 403
    assert edu("timur").get("/payments/invoices/")["count"] == 0
    assert edu("rustam").get("/payments/invoices/")["count"] == 6


# -- both ways -----------------------------------------------------------------------------------------


def test_a_payment_of_the_center_crm_pays_an_invoice_of_edumaster(
    malika: Client, town: Town, money: MoneyRows, site: RunningPlatform
) -> None:
    crm = site.client("malika")
    body = {"student": town.student.student_id, "amount": 250_000, "payment_type": "Card"}
    january = crm.post("/payments/", body).expect(201)
    assert _status(malika, money.january) == ("paid", "300000.00", "0.00")  # the oldest first
    assert _status(malika, money.books)[0] == "unpaid"
    crm.post("/payments/", body | {"amount": 500_001}).expect(201)
    assert _status(malika, money.books) == ("paid", "500000.00", "0.00")
    seen = malika.get(f"/payments/payments/{january['id']}/")
    assert (seen["payment_method"], seen["amount"], seen["invoice"]) == ("card", "250000.00", None)
    crm.patch(f"/payments/{january['id']}/", {"amount": 100_000}).expect(200)
    assert _status(malika, money.january)[0] == "partial"
    crm.delete(f"/payments/{january['id']}/").expect(204)
    assert malika.get(f"/payments/payments/{january['id']}/")["storno_at"] is not None
    crm.post(f"/payments/{january['id']}/restore/").expect(200)
    assert malika.get(f"/payments/payments/{january['id']}/")["storno_at"] is None


def test_a_payment_of_edumaster_stands_in_the_list_and_history_of_the_center_crm(
    edu: EduClient, malika: Client, town: Town, money: MoneyRows, site: RunningPlatform
) -> None:
    paid = _pay(malika, money.books, "300000.00").expect(201)
    crm = site.client("aziza")
    row = crm.get("/payments/").results[0]
    told = (row["id"], row["amount"], row["payment_type"], row["student"], row["processed_by"])
    assert told == (paid["id"], 300_000, "Cash", town.student.student_id, "Malika Malikaov")
    history = crm.get(f"/students/{town.student.student_id}/payment-history/").body
    assert (history[0]["id"], history[0]["payment_type"], history[0]["group_name"]) == (paid["id"], "Cash", "Morning")
    assert crm.get("/payments/statistics/")["total_revenue"] == 350_000
    edu("dilshod").post(f"/payments/payments/{paid['id']}/storno/").expect(200)
    assert crm.get(f"/payments/{paid['id']}/").status == 404
    assert crm.get("/payments/statistics/")["total_revenue"] == 50_000
