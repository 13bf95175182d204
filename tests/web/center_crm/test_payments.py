"""Payments: taking, correcting, withdrawing and restoring them, who owes, and what it all adds up to."""

from __future__ import annotations

from typing import Any

from educore import where
from educore.billing import Invoice
from support.plain_rows import change_row
from support.web.classroom import PDF, TODAY, Classroom, assert_refused
from support.web.client import HOST, ApiResponse
from support.web.recipes import documented_keys

MEGABYTE = 1024 * 1024
DEBTOR = ["id", "user_info", "group_name", "status", "enrollment_date", "parent_name", "parent_phone"]
NO_AMOUNTS: list[Any] = [
    0,
    -1,
    -0.01,
    "0.00",
    int("9" * 40),
    "9" * 40,
    "NaN",
    "Infinity",
    "1e3",
    "1E3",
    1.234,
    "five",
    True,
    None,
    [500],
    {"amount": 500},
]


def _pay(here: Classroom, name: str = "sardor", who: str = "aziza", **more: Any) -> ApiResponse:
    body = {"student": here.student(name), "amount": 500, "payment_type": "Cash"} | more
    return here.site.client(who).post("/payments/", body)


def _first(here: Classroom) -> int:
    """The payment of 50,000 that was there before."""
    return here.site.extras.money[here.town.center.id].payment


def _upload(here: Classroom, name: str, content: bytes) -> ApiResponse:
    form = {"student": here.student("sardor"), "amount": "500", "payment_type": "Cash"}
    parts: dict[str, Any] = {key: (None, str(value)) for key, value in form.items()}
    return here.aziza.send("POST", "/payments/", files=parts | {"document": (name, content)})


def test_a_payment_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    parts = {
        "student": here.student("sardor"),
        "group": here.town.morning.id,
        "amount": 500,
        "payment_type": "Cash",
        "due_date": "2024-01-31",
        "receipt_number": "R-1",
        "notes": "Payment received in cash",
    }
    form: dict[str, Any] = {key: (None, str(value)) for key, value in parts.items()}
    answer = here.aziza.send("POST", "/payments/", files=form | {"document": ("paid.pdf", PDF)}).expect(201)
    shown = documented_keys("payments.create", answer.body)
    assert here.site.wire.send("GET", shown.pop("document").removeprefix(HOST)).content == PDF
    assert shown == {
        "id": answer["id"],
        "student": here.student("sardor"),
        "student_name": "Sardor Sardorov",
        "group": here.town.morning.id,
        "group_name": "Morning",
        "amount": 500,
        "payment_type": "Cash",
        "payment_date": TODAY,
        "due_date": "2024-01-31",
        "receipt_number": "R-1",
        "paid_by": here.town.admin.user_id,
        "processed_by": "Aziza Azizaov",
        "notes": "Payment received in cash",
        "created_at": "2024-01-01T10:00:00Z",
    }  # C62
    assert list(answer.body) == list(here.sardor.get(f"/payments/{answer['id']}/").body)


def test_whole_amounts_have_no_fraction_and_others_two_decimals(here: Classroom) -> None:
    for sent, shown in ((500, "500,"), ("500.00", "500,"), (0.01, "0.01,"), ("99999.9", "99999.9,")):
        assert f'"amount":{shown}' in _pay(here, amount=sent).expect(201).text  # C28


def test_receipts_are_numbered_in_the_center_unless_typed(here: Classroom) -> None:
    assert _pay(here)["receipt_number"] == "REC-003"  # the first two were there before
    assert _pay(here, receipt_number="REC-004")["receipt_number"] == "REC-004"
    for blank in ("", None):
        assert _pay(here, receipt_number=blank).status == 201
    numbers = [row["receipt_number"] for row in here.aziza.get("/payments/").results]
    assert numbers == ["REC-006", "REC-005", "REC-004", "REC-003", "REC-001"]  # newest first (C25); 002 is withdrawn
    assert _pay(here, "sobir", who="alisher")["receipt_number"] == "REC-003"


def test_a_receipt_number_is_given_once_in_a_center_even_if_withdrawn(here: Classroom) -> None:
    for number in ("REC-001", "REC-002"):
        assert_refused(_pay(here, receipt_number=number), "receipt_number", "already taken")  # C36
    mine = _pay(here, receipt_number="A").expect(201)["id"]
    assert_refused(here.aziza.patch(f"/payments/{mine}/", {"receipt_number": "REC-001"}), "receipt_number")
    assert here.aziza.patch(f"/payments/{mine}/", {"receipt_number": ""}).expect(200)["receipt_number"] == "A"
    _pay(here, "sobir", who="alisher", receipt_number="A").expect(201)


def test_amounts_are_above_zero_and_written_out(here: Classroom) -> None:
    path = f"/payments/{_first(here)}/"
    here_or_there = (lambda **more: _pay(here, **more), lambda **more: here.aziza.patch(path, more))
    for amount in NO_AMOUNTS:
        for send in here_or_there:
            answer = send(amount=amount)
            assert (answer.status, answer.fields()) == (400, {"amount"}), (amount, answer.text)
    assert here.site.changed() == []


def test_what_makes_no_payment_is_refused_on_its_field(here: Classroom) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"payment_type": "cash"}, "payment_type"),
        ({"payment_type": "Gold"}, "payment_type"),
        ({"payment_type": None}, "payment_type"),
        ({"payment_date": "2024-01-02"}, "payment_date"),  # it is still the first in Tashkent
        ({"payment_date": "yesterday"}, "payment_date"),
        ({"due_date": "2024-02-30"}, "due_date"),
        ({"receipt_number": "x" * 65}, "receipt_number"),
        ({"receipt_number": ["R"]}, "receipt_number"),
        ({"group": here.town.evening.id}, "group"),  # Sardor never was there
        ({"group": here.there.morning.id}, "group"),
        ({"group": -1}, "group"),
        ({"student": here.student("sobir")}, "student"),
        ({"student": -5}, "student"),
        ({"student": 987654321}, "student"),
        ({"student": 10**30}, "student"),
        ({"student": "Sardor"}, "student"),
        ({"document": 5}, "document"),
    ]
    for change, field in wrong:
        answer = _pay(here, **change)
        assert (answer.status, answer.fields()) == (400, {field}), (change, answer.text)
    assert here.site.changed() == []


def test_every_wrong_field_is_named_at_once(here: Classroom) -> None:
    body = {"student": -1, "group": -1, "receipt_number": "REC-001"}
    answer = here.aziza.post("/payments/", body | {"amount": "1e3", "payment_type": "x", "due_date": "x"})
    assert (answer.status, answer.fields()) == (
        400,
        {"student", "group", "amount", "payment_type", "due_date", "receipt_number"},
    )
    assert here.site.changed() == []


def test_the_day_is_today_where_the_center_is_and_staff_may_name_an_earlier_one(here: Classroom) -> None:
    here.site.clock.advance(hours=9, minutes=30)  # half past midnight in Tashkent, still yesterday in UTC
    client = here.later("aziza")
    body = {"student": here.student("sardor"), "amount": 500, "payment_type": "Card"}
    assert client.post("/payments/", body).expect(201)["payment_date"] == "2024-01-02"  # C63
    assert client.post("/payments/", body | {"payment_date": "2023-12-30"})["payment_date"] == "2023-12-30"
    assert_refused(client.post("/payments/", body | {"payment_date": "2024-01-03"}), "payment_date")


def test_the_group_is_the_students_unless_they_were_in_another(here: Classroom) -> None:
    assert _pay(here)["group"] == here.town.morning.id  # C63
    assert _pay(here, "shirin")["group"] is None
    here.aziza.post(f"/students/{here.student('sardor')}/assign-group/", {"group_id": here.town.evening.id}).expect(200)
    assert _pay(here, group=here.town.morning.id)["group_name"] == "Morning"
    assert _pay(here)["group_name"] == "Evening"


def test_a_payment_may_come_as_a_form_too(here: Classroom) -> None:
    form = {"student": here.student("sardor"), "amount": "500.50", "payment_type": "Online", "group": "", "notes": "x"}
    assert here.aziza.send("POST", "/payments/", form=form).expect(201)["amount"] == 500.5
    assert here.aziza.send("PATCH", f"/payments/{_first(here)}/", form={"amount": "7"}).expect(200)["amount"] == 7


def test_documents_are_papers_and_pictures_of_ten_megabytes(here: Classroom) -> None:
    _upload(here, "paid.pdf", PDF.ljust(10 * MEGABYTE, b"\0")).expect(201)
    before = here.site.rows()
    assert_refused(_upload(here, "paid.pdf", PDF.ljust(10 * MEGABYTE + 1, b"\0")), "document", "10 MB")
    assert_refused(_upload(here, "paid.exe", b"MZ" + b"\0" * 100), "document")
    assert_refused(_upload(here, "paid.pdf", b""), "document")
    assert_refused(_upload(here, "paid.html", b"<script>alert(1)</script>"), "document")
    assert here.site.rows() == before
    assert len(list(here.site.platform.settings.files.rglob("*.pdf"))) == 1


def test_a_document_is_shown_to_those_who_see_the_row_and_stays_until_replaced(here: Classroom) -> None:
    answer = _upload(here, "paid.pdf", PDF).expect(201)
    path, document = f"/payments/{answer['id']}/", answer["document"].partition("?")[0]
    for who in ("sevara", "davron"):
        assert here.site.client(who).get(path).status == 404
    assert here.timur.get(path).status == 404
    assert here.sardor.get(path)["document"].startswith(document)
    assert here.aziza.patch(path, {"notes": "x", "document": answer["document"]})["document"].startswith(document)
    assert here.aziza.patch(path, {"document": None}).expect(200)["document"] is None
    assert list(here.site.platform.settings.files.rglob("*.pdf")) == []


# -- correcting and withdrawing ------------------------------------------------------------------------


def test_a_payment_can_be_corrected_and_says_who_took_it(here: Classroom) -> None:
    path = f"/payments/{_first(here)}/"
    body = {
        "student": here.student("sevara"),
        "amount": 40_000,
        "payment_type": "Transfer",
        "payment_date": "2023-12-31",
    }
    shown = here.malika.put(path, body).expect(200)
    assert (shown["student_name"], shown["amount"], shown["payment_type"]) == ("Sevara Sevaraov", 40_000, "Transfer")
    assert (shown["payment_date"], shown["processed_by"]) == ("2023-12-31", "Aziza Azizaov")
    assert shown["notes"] == "Cash in Tashkent Academy"  # C30
    assert here.sardor.get(path).status == 404
    assert_refused(here.malika.patch(path, {"payment_date": "2024-02-01"}), "payment_date")
    assert here.malika.patch(path, {"payment_date": None}).expect(200)["payment_date"] == "2023-12-31"


def test_a_deleted_payment_is_hidden_and_can_be_restored(here: Classroom) -> None:
    path, before = f"/payments/{_first(here)}/", here.aziza.get(f"/payments/{_first(here)}/").body
    here.aziza.delete(path).expect(204)
    assert here.aziza.get("/payments/").body["results"] == []
    assert here.aziza.get(f"/students/{here.student('sardor')}/payment-history/").body == []
    assert here.aziza.get("/payments/statistics/").body["payment_count"] == 0
    for answer in (here.aziza.get(path), here.aziza.patch(path, {"amount": 1}), here.aziza.delete(path)):
        assert answer.status == 404  # C66
    for _ in range(2):
        restored = here.aziza.post(f"{path}restore/").expect(200)
        assert restored.body | {"document": None} == before | {"document": None}
    assert here.aziza.get("/payments/").ids == [_first(here)]
    assert here.davron.post(f"{path}restore/").status == 404
    assert here.sardor.post(f"{path}restore/").status == 403


# -- looking at them -----------------------------------------------------------------------------------


def test_lists_are_filtered_and_searched(here: Classroom) -> None:
    card = _pay(here, "sevara", payment_type="Card", payment_date="2023-12-01", due_date="2024-02-01")["id"]
    finds: list[tuple[dict[str, Any], list[int]]] = [
        ({"payment_type": "Card"}, [card]),
        ({"student": here.student("sevara")}, [card]),
        ({"group": here.town.morning.id}, [card, _first(here)]),
        ({"group": here.town.evening.id}, []),
        ({"payment_date_to": "2023-12-31"}, [card]),
        ({"payment_date_from": "2024-01-01"}, [_first(here)]),
        ({"due_date_from": "2024-02-01", "due_date_to": "2024-02-01"}, [card]),
        ({"search": "REC-001"}, [_first(here)]),
        ({"search": "sevara"}, [card]),
        ({"paid_by": here.town.admin.user_id}, [card, _first(here)]),
        ({"ordering": "payment_date"}, [card, _first(here)]),
        ({"ordering": "amount"}, [card, _first(here)]),
    ]
    for query, ids in finds:
        assert here.malika.get("/payments/", **query).ids == ids, query
    assert here.malika.get("/payments/", payment_type="Gold").status == 400  # C24


def test_everybody_sees_the_payments_that_concern_them(here: Classroom) -> None:
    seen = {who: here.site.client(who).get("/payments/")["count"] for who in ("timur", "tamara")}
    assert seen == {"timur": 0, "tamara": 0}  # C15
    assert (here.sardor.get("/payments/")["count"], here.sevara.get("/payments/")["count"]) == (1, 0)
    for who in ("sardor", "timur"):
        assert _pay(here, who=who).status == 403
        assert here.site.client(who).delete(f"/payments/{_first(here)}/").status == 403
    for who in ("sevara", "davron", "sobir"):
        assert here.site.client(who).get(f"/payments/{_first(here)}/").status == 404
    for who in ("aziza", "malika", "dilshod", "rustam"):
        _pay(here, who=who).expect(201)


def test_the_history_of_a_student_is_a_bare_array_with_the_newest_first(here: Classroom) -> None:
    late = _pay(here, payment_date="2023-11-01", due_date="2023-12-01", receipt_number="OLD").expect(201)
    path = f"/students/{here.student('sardor')}/payment-history/"
    newest, oldest = here.sardor.get(path).expect(200).body  # C51
    assert documented_keys("students.payment_history", oldest) == {
        "id": late["id"],
        "student_name": "Sardor Sardorov",
        "group_name": "Morning",
        "amount": 500,
        "payment_type": "Cash",
        "payment_date": "2023-11-01",
        "due_date": "2023-12-01",
        "receipt_number": "OLD",
    }
    assert newest["id"] == _first(here)
    assert here.aziza.get(path).body == [newest, oldest]
    assert (here.timur.get(path).status, here.sevara.get(path).status) == (403, 404)  # C17


def test_statistics_add_up_payments_of_a_time(here: Classroom) -> None:
    for amount, day in ((100, "2023-12-01"), (101, "2023-12-31"), (100, "2024-01-01")):
        _pay(here, amount=amount, payment_date=day).expect(201)
    asked = {
        (): (50_301, 4, 12_575.25),
        ("date_from", "2024-01-01"): (50_100, 2, 25_050),
        ("date_to", "2023-12-31"): (201, 2, 100.5),
        ("date_to", "2023-12-30"): (100, 1, 100),
        ("date_from", "2025-01-01"): (0, 0, 0),
    }
    for query, (total, count, average) in asked.items():
        shown = here.malika.get("/payments/statistics/", **dict([query] if query else []))
        assert shown.body == {"total_revenue": total, "payment_count": count, "average_payment": average}  # C65
    answer = here.malika.get("/payments/statistics/", date_from="soon", date_to="2024-02-30")
    assert (answer.status, answer.fields()) == (400, {"date_from", "date_to"})
    assert here.davron.get("/payments/statistics/")["payment_count"] == 1
    assert here.rustam.get("/payments/statistics/")["payment_count"] == 5
    for who in ("timur", "sardor"):
        assert here.site.client(who).get("/payments/statistics/").status == 403


def test_a_groups_statistics_count_what_was_paid_for_it(here: Classroom) -> None:
    path = f"/groups/{here.town.morning.id}/statistics/"
    assert here.dilshod.get(path)["payment_status"] == {"total_payments": 50_000, "payment_count": 1}  # C44
    mine = _pay(here, "sevara", amount="0.5").expect(201)["id"]
    _pay(here, "shirin").expect(201)
    assert here.dilshod.get(path)["payment_status"] == {"total_payments": 50_000.5, "payment_count": 2}
    here.dilshod.delete(f"/payments/{mine}/").expect(204)
    assert here.dilshod.get(path)["payment_status"]["payment_count"] == 1
    evening = here.dilshod.get(f"/groups/{here.town.evening.id}/statistics/")
    assert evening["payment_status"] == {"total_payments": 0, "payment_count": 0}


def test_debtors_are_students_whose_invoices_are_overdue_the_oldest_debt_first(here: Classroom) -> None:
    assert here.aziza.get("/payments/debtors/").body == []  # January is due on the 31st
    with here.site.platform.school.work(here.town.director) as uow:
        (hers,) = uow.find(Invoice, where(student_id=here.student("sevara")))
        change_row(uow, hers, {"due_date": hers.issued_on})
    here.site.clock.advance(days=31)
    rows = here.later("aziza").get("/payments/debtors/").expect(200).body
    assert [row["id"] for row in rows] == [here.student("sevara"), here.student("sardor")]
    assert {tuple(row)[: len(DEBTOR)] for row in rows} == {tuple(DEBTOR)}  # C64
    assert {tuple(row)[len(DEBTOR) :] for row in rows} == {("user", "phone", "group", "branch")}
    assert (rows[0]["user_info"]["full_name"], rows[0]["group_name"]) == ("Sevara Sevaraov", "Morning")
    owed = {"student": here.student("sevara"), "amount": 300_000, "payment_type": "Cash"}
    here.later("aziza").post("/payments/", owed).expect(201)
    assert [row["id"] for row in here.later("malika").get("/payments/debtors/").body] == [here.student("sardor")]
    assert len(here.later("rustam").get("/payments/debtors/").body) == 3
    for who in ("timur", "sardor"):
        assert here.later(who).get("/payments/debtors/").status == 403


def test_fixed_words_win_over_ids(here: Classroom) -> None:
    assert here.malika.get("/payments/debtors/").status == 200  # C84
    assert here.malika.get("/payments/statistics").status == 200
    address = f"{HOST}/center-crm/api/payments/nothing/"
    headers = {"authorization": f"Bearer {here.site.tokens['malika'].access}"}
    assert here.site.wire.send("GET", address, headers=headers).status_code == 404


def test_the_number_of_statements_does_not_grow_with_debtors_and_payments(here: Classroom) -> None:
    paths = ("/payments/", "/payments/statistics/", "/payments/debtors/", f"/groups/{here.town.morning.id}/statistics/")

    def costs() -> list[int]:
        found = []
        for path in paths:
            with here.site.statements() as seen:
                here.dilshod.get(path).expect(200)
            found.append(len(seen))
        return found

    before = costs()
    for _ in range(10):
        _pay(here, "sevara", due_date="2023-12-01").expect(201)
    assert costs() == before
