"""Salaries, what teachers earned by the hour, and charging for a month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from educore.billing import PaymentMethod, take_payment
from support.web.classroom import TODAY, Classroom, assert_refused
from support.web.client import ApiResponse
from support.web.money_rows import MoneyRows
from support.web.recipes import documented_keys


@pytest.fixture
def money(here: Classroom) -> MoneyRows:
    """What has been paid and is owed in Tashkent."""
    return here.site.extras.money[here.town.center.id]


def _salary(here: Classroom, who: str = "malika", **more: Any) -> ApiResponse:
    body = {"teacher": here.teacher("timur"), "month": "2024-02", "base_salary": 2000}
    return here.site.client(who).post("/payroll/", body | more)


def _charge(here: Classroom, path: str = "/charges/", who: str = "malika", **more: Any) -> ApiResponse:
    return here.site.client(who).post(path, {"month": "2024-02", "due_date": "2024-02-29"} | more)


def test_a_salary_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    answer = _salary(here, bonus=200, penalty=50, is_paid=False).expect(201)
    assert documented_keys("payroll.create", answer.body) == {
        "id": answer["id"],
        "teacher": here.teacher("timur"),
        "teacher_name": "Timur Timurov",
        "month": "2024-02",
        "base_salary": 2000,
        "bonus": 200,
        "penalty": 50,
        "total_salary": 2150,
        "is_paid": False,
        "paid_date": None,
        "created_at": "2024-01-01T10:00:00Z",
    }
    assert here.malika.get("/payroll/").ids[0] == answer["id"]  # C25


def test_the_total_is_base_and_bonus_less_penalty_and_never_below_zero(here: Classroom) -> None:
    salary = _salary(here, base_salary="0.10", bonus=0.2, total_salary=77).expect(201)
    assert salary["total_salary"] == 0.3  # C33, C74
    path = f"/payroll/{salary['id']}/"
    assert_refused(here.malika.patch(path, {"penalty": "0.31"}), "penalty")
    assert here.malika.patch(path, {"penalty": "0.30"}).expect(200)["total_salary"] == 0
    assert_refused(_salary(here, month="2024-03", base_salary=1, penalty=2), "penalty")


def test_what_makes_no_salary_is_refused_on_its_field(here: Classroom) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        *(
            ({field: bad}, field)
            for field in ("base_salary", "bonus", "penalty")
            for bad in (-1, "1e3", "NaN", True, {})
        ),
        ({"base_salary": int("9" * 40)}, "base_salary"),
        ({"base_salary": 0.001}, "base_salary"),
        ({"month": "2024-13"}, "month"),
        ({"month": "January"}, "month"),
        ({"month": 202401}, "month"),
        ({"teacher": here.teacher("tohir")}, "teacher"),
        ({"teacher": -1}, "teacher"),
        ({"is_paid": "maybe"}, "is_paid"),
    ]
    for change, field in wrong:
        answer = _salary(here, **change)
        assert (answer.status, answer.fields()) == (400, {field}), (change, answer.text)
    everything = here.malika.post("/payroll/", {"teacher": "x", "month": "x", "base_salary": "x", "bonus": -1})
    assert everything.fields() == {"teacher", "month", "base_salary", "bonus"}
    assert here.site.changed() == []


def test_a_teacher_has_one_salary_a_month(here: Classroom) -> None:
    assert_refused(_salary(here, month="2024-01"), "month", "already has a salary")  # C74
    _salary(here, month="2024-01", teacher=here.teacher("tamara")).expect(201)
    mine = _salary(here).expect(201)["id"]
    assert_refused(here.malika.patch(f"/payroll/{mine}/", {"month": "2024-01"}), "month")


def test_marking_as_paid_is_repeated_without_effect_and_keeps_the_first_day(here: Classroom, money: MoneyRows) -> None:
    path = f"/payroll/{money.salary}/"
    for day in (0, 1):
        here.site.clock.advance(days=day)
        answer = here.later("malika").post(f"{path}mark-paid/").expect(200)
        assert answer.body == {"status": "Payroll marked as paid"}
    shown = here.later("malika").get(path)
    assert (shown["is_paid"], shown["paid_date"]) == (True, TODAY)  # C75


def test_a_paid_salary_no_longer_changes(here: Classroom, money: MoneyRows) -> None:
    path = f"/payroll/{money.salary}/"
    here.malika.patch(path, {"is_paid": True}).expect(200)
    body = {"teacher": here.teacher("timur"), "month": "2024-01", "base_salary": 1}
    for answer in (here.malika.patch(path, {"bonus": 1}), here.malika.put(path, body), here.dilshod.delete(path)):
        assert (answer.status, set(answer.body)) == (400, {"error", "status_code"}), answer.text
    assert here.malika.get(path)["total_salary"] == 2150
    born = _salary(here, is_paid=True).expect(201)
    assert (born["is_paid"], born["paid_date"]) == (True, TODAY)
    other = _salary(here, month="2024-03").expect(201)
    here.malika.delete(f"/payroll/{other['id']}/").expect(204)


def test_salaries_are_filtered_by_teacher_month_and_whether_they_are_paid(here: Classroom, money: MoneyRows) -> None:
    mine = _salary(here, is_paid=True)["id"]
    hers = _salary(here, teacher=here.teacher("tamara"))["id"]
    finds: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [hers, mine, money.salary]),
        ({"teacher": here.teacher("timur")}, [mine, money.salary]),
        ({"month": "2024-01"}, [money.salary]),
        ({"month": "2024-02", "is_paid": "false"}, [hers]),
        ({"is_paid": "true"}, [mine]),
        ({"paid_date_from": TODAY}, [mine]),
        ({"search": "tamara"}, [hers]),
    ]
    for query, ids in finds:
        assert here.malika.get("/payroll/", **query).ids == ids, query
    for month in ("2024", "2024-13", "soon"):
        assert_refused(here.malika.get("/payroll/", month=month), "month")


def test_everybody_sees_the_salaries_that_concern_them(here: Classroom, money: MoneyRows) -> None:
    path = f"/payroll/{money.salary}/"
    assert (here.timur.get("/payroll/").ids, here.timur.get(path).status) == ([money.salary], 200)  # C15
    assert (here.tamara.get("/payroll/").ids, here.tamara.get(path).status) == ([], 404)
    assert here.davron.get(path).status == 404
    for who in ("aziza", "sardor"):
        assert [here.site.client(who).get(p).status for p in ("/payroll/", path)] == [200, 404]
        assert _salary(here, who=who).status == 403
    assert here.timur.post(f"{path}mark-paid/").status == 403
    assert here.davron.post(f"{path}mark-paid/").status == 404


# -- what was earned by the hour -----------------------------------------------------------------------


def test_a_salary_is_proposed_from_the_hours_of_lessons_held(here: Classroom) -> None:
    """Timur taught an hour and a half in December at 50,000.50 an hour."""
    proposal = here.malika.get("/payroll/proposal/", teacher=here.teacher("timur"), month="2023-12").expect(200)
    assert proposal.body == {"teacher": here.teacher("timur"), "month": "2023-12", "base_salary": 75_000.75}
    empty = here.malika.get("/payroll/proposal/", teacher=here.teacher("tamara"), month="2023-12")
    assert empty["base_salary"] == 0
    for query, fields in (
        ({}, {"teacher", "month"}),
        ({"teacher": here.teacher("tohir"), "month": "2023-12"}, {"teacher"}),
        ({"teacher": here.teacher("timur"), "month": "12"}, {"month"}),
    ):
        answer = here.malika.get("/payroll/proposal/", **query)
        assert (answer.status, answer.fields()) == (400, fields)
    here.dilshod.patch(f"/teachers/{here.teacher('tamara')}/", {"hourly_rate": None}).expect(200)
    answer = here.malika.get("/payroll/proposal/", teacher=here.teacher("tamara"), month="2023-12")
    assert (answer.status, answer.is_whole_refusal) == (400, True)
    for who in ("aziza", "timur"):
        assert here.site.client(who).get("/payroll/proposal/", month="2023-12").status == 403


# -- charging for a month ------------------------------------------------------------------------------


def test_charging_does_what_the_preview_shows_and_can_be_taken_back(here: Classroom, money: MoneyRows) -> None:
    lines = _charge(here, "/charges/preview/").expect(200).body
    assert lines[0] == {
        "student": here.student("sardor"),
        "student_name": "Sardor Sardorov",
        "group": here.town.morning.id,
        "group_name": "Morning",
        "amount": 300_000,
        "skipped": None,
    }
    assert [line["student"] for line in lines] == [here.student("sardor"), here.student("sevara")]
    assert here.site.changed() == []
    run = _charge(here).expect(201)
    assert (run["invoices_count"], run["total_amount"], run["reverted_at"]) == (2, 600_000, None)
    assert {line["skipped"] for line in _charge(here, "/charges/preview/").body} == {"already_charged"}
    assert_refused(_charge(here), "month")
    assert here.malika.get("/charges/").ids == [run["id"], money.run]
    reverted = here.malika.post(f"/charges/{run['id']}/revert/").expect(200)
    assert (reverted["invoices_count"], reverted["total_amount"]) == (0, 0)
    assert reverted["reverted_at"] == "2024-01-01T10:00:00Z"
    assert here.malika.get(f"/charges/{run['id']}/").body == reverted.body
    assert here.malika.post(f"/charges/{run['id']}/revert/").status == 400
    _charge(here, groups=[here.town.morning.id]).expect(201)


def test_charges_are_refused_on_what_is_wrong(here: Classroom) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"groups": [here.there.morning.id]}, "groups"),
        ({"groups": [-1]}, "groups"),
        ({"groups": []}, "groups"),
        ({"groups": "all"}, "groups"),
        ({"groups": [here.town.evening.id]}, "month"),  # nobody is there
        ({"month": "2024"}, "month"),
        ({"due_date": "2023-12-31"}, "due_date"),
        ({"educational_center": here.there.center.id}, "educational_center"),
    ]
    for change, field in wrong:
        answer = _charge(here, **change)
        assert (answer.status, {name.partition(".")[0] for name in answer.fields()}) == (400, {field}), answer.text
    assert_refused(_charge(here, who="rustam"), "educational_center")
    for who, status in (("aziza", 403), ("timur", 403), ("sardor", 403)):
        assert _charge(here, who=who).status == status
    assert here.site.changed() == []


def test_a_run_somebody_paid_for_stays(here: Classroom, money: MoneyRows) -> None:
    path = f"/charges/{money.run}/revert/"
    assert here.davron.post(path).status == 404
    assert here.aziza.post(path).status == 403
    with here.site.platform.school.work(here.town.admin) as uow:
        take_payment(uow, invoice_id=money.january, amount=Decimal(1), method=PaymentMethod.CASH)
    answer = here.malika.post(path)
    assert (answer.status, answer.is_whole_refusal) == (400, True)
