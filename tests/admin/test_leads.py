"""Leads and contracts: the board, the funnel, conversion, verification."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from educore import perform
from educore.admissions import Contract, Lead, LeadStatus
from educore.identity import Membership, User
from educore.people import Student
from support.admin.browser import page_text


def on_board(page) -> dict[str, list[int]]:
    """The leads in each column."""
    columns = re.split(r'data-status="(\w+)"', page.text)[1:]
    return {
        status: [int(id) for id in re.findall(r'data-lead="(\d+)"', cards)]
        for status, cards in zip(columns[::2], columns[1::2], strict=True)
    }


def test_a_lead_is_written_down_and_moved_across_the_board(director, world, office):
    place = world.registon
    director.post("/lead/create", {"name": "Rustam Aliyev", "phone": "+998 90 777 00 01", "branch_id": place.branch})
    lead = world.find(Lead, name="Rustam Aliyev")[0]
    assert lead.center_id == place.center
    assert on_board(director.get("/leads"))["new"] == [lead.id, office.registon.lead]
    for to in ("contacted", "lost", "new"):
        page = director.post("/leads", {"id": lead.id, "to": to})
        assert lead.id in on_board(page)[to], to
        assert world.get(Lead, lead.id).status == to


def test_a_move_that_cannot_be_is_refused_in_a_sentence(director, world, office):
    mine, theirs = office.registon.lead, office.zukko.lead
    for id, to, sentence in (
        (mine, "converted", "Convert the lead to a student instead"),
        (mine, "gone", "Choose one of"),
        (theirs, "lost", "Not found"),
        ("x", "lost", "Not found"),
        ("9" * 30, "lost", "Not found"),
    ):
        page = director.post("/leads", {"id": id, "to": to})
        assert sentence in page_text(page), (id, to)
        assert "Zukko" not in page.text
    assert {one.status for one in world.find(Lead)} == {LeadStatus.NEW}


def test_a_lead_becomes_a_student_with_a_group(director, world, office):
    lead = office.registon.lead
    page = director.post(
        f"/lead/action/convert?pks={lead}", {"group_id": world.registon.group, "username": "", "password": ""}
    )
    assert "The lead is a student now." in page_text(page)
    found = world.get(Lead, lead)
    student = world.get(Student, found.student_id)
    assert (found.status, student.group_id) == (LeadStatus.CONVERTED, world.registon.group)
    assert f"/admin/student/details/{student.id}" in page.text
    assert "/admin/lead/action/convert" not in page.text
    assert on_board(director.get("/leads"))["converted"] == [lead]
    again = director.post(f"/lead/action/convert?pks={lead}", {})
    assert again.status_code == 400
    assert "has become a student" in page_text(again)
    assert "has become a student" in page_text(director.post("/leads", {"id": lead, "to": "lost"}))


def test_what_stands_in_the_way_of_a_conversion_is_said(director, world, office):
    lead = office.registon.lead
    path = f"/lead/action/convert?pks={lead}"
    for fields, sentence in (
        ({"group_id": world.zukko.group}, "exists here"),
        ({"username": "aziz"}, "already taken"),
        ({"username": "free", "password": "short"}, "at least 8 character"),
    ):
        page = director.post(path, fields)
        assert page.status_code == 400, fields
        assert sentence in page.text.partition("-errors")[2], fields
        assert "Zukko" not in page.text
    assert world.get(Lead, lead).student_id is None


def form_of(world, id):
    found = world.get(Lead, id)
    return {"name": found.name, "phone": found.phone, "branch_id": found.branch_id, "status": found.status.value}


def test_leads_are_assigned_to_managers_and_closed_many_at_once(director, world, office):
    lead = office.registon.lead
    manager = world.get(Membership, world.registon.other["malika"]).user_id
    page = director.post(f"/lead/action/assign?pks={lead}", {"assigned_to_id": manager})
    assert "Assigned: 1." in page_text(page)
    assert world.get(Lead, lead).assigned_to_id == manager
    not_one = world.get(Membership, world.registon.other["aziz"]).user_id
    page = director.post(f"/lead/action/assign?pks={lead}", {"assigned_to_id": not_one})
    assert "is not a manager" in page_text(page)
    offered = director.get("/lead/ajax/lookup?form=assign&name=assigned_to_id").json()["results"]
    assert [row["id"] for row in offered] == [manager]
    assert "Changed: 1." in page_text(director.post(f"/lead/action/lose?pks={lead}"))
    assert world.get(Lead, lead).status is LeadStatus.LOST


def test_a_manager_can_look_at_their_own_leads_only(as_, world, office):
    malika = as_("malika")
    assert on_board(malika.get("/leads?mine=1"))["new"] == []
    with world.as_boss() as uow:
        user = uow.get(Membership, world.registon.other["malika"]).user_id
        perform(uow, Lead, "update", office.registon.lead, {"assigned_to_id": user})
    assert on_board(malika.get("/leads?mine=1"))["new"] == [office.registon.lead]
    page = malika.post("/leads?mine=1", {"id": office.registon.lead, "to": "contacted"})
    assert page.url.query == b"mine=1"


def test_the_funnel_counts_the_own_center_between_two_days(director, world, office):
    director.post(f"/lead/action/convert?pks={office.registon.lead}", {})
    page = director.get("/funnel")
    figures = dict(re.findall(r'data-figure="(\w+)">([\d.,]+)', page.text))
    assert figures == {"leads": "1", "leads_converted": "1", "conversion_rate": "100"}
    assert "Zukko" not in page.text
    assert "Registon" in page.text.partition('data-table="leads_by_source"')[2]
    before = world.clock.time.date() - timedelta(days=1)
    page = director.get(f"/funnel?since=2023-01-01&until={before}")
    assert dict(re.findall(r'data-figure="(\w+)">([\d.,]+)', page.text))["leads"] == "0"
    assert director.get("/funnel?since=soon&until=").status_code == 200
    assert director.get("/funnel?since=2024-02-01&until=2024-01-01").status_code == 200


@pytest.mark.parametrize("path", ["/leads", "/funnel", "/lead/list", "/lead/create"])
def test_leads_are_for_managers_and_directors(as_, office, path):
    assert as_("aziz").get(path).status_code == 403
    assert as_("malika").get(path).status_code == 200
    assert "/admin/leads" not in as_("aziz").get("/").text


def test_a_contract_is_uploaded_verified_and_kept(director, world, office):
    place = world.registon
    fields = {
        "student_id": str(place.student),
        "group_id": str(place.group),
        "contract_number": "C-1",
        "signed_date": "2024-01-01",
    }
    missing = director.post("/contract/create", fields)
    assert missing.status_code == 400
    assert 'id="q-contract_file-errors"' in missing.text
    paper = {"contract_file": ("deal.pdf", b"%PDF-1.4 a deal", "application/pdf")}
    page = director.post("/contract/create", fields, files=paper)
    assert page.url.path.startswith("/admin/contract/details/"), page_text(page)
    made = world.find(Contract, contract_number="C-1")[0]
    page = director.post(f"/contract/action/verify?pks={made.id},{office.registon.contract}")
    assert "Verified: 2." in page_text(page)
    assert "Dilnoza Registon" in page.text
    assert world.get(Contract, made.id).is_verified
    page = director.post(f"/contract/action/delete?pks={made.id}")
    assert "is verified and cannot be deleted" in page_text(page)
    director.post(
        f"/contract/edit/{made.id}", {"contract_number": "C-2", "signed_date": "2024-01-01"}, files={"other": b""}
    )
    assert not world.get(Contract, made.id).is_verified


def test_only_groups_of_the_chosen_student_are_offered_for_a_contract(director, world, office):
    with world.as_boss() as uow:
        other = perform(
            uow, Student, "create", fields={"branch_id": world.registon.branch, "account": {"username": "new"}}
        ).id
    address = "/contract/ajax/lookup?form=create&name=group_id&student_id="
    assert [row["text"] for row in director.get(f"{address}{world.registon.student}").json()["results"]] == [
        "Registon group"
    ]
    for id in (other, world.zukko.student):
        assert director.get(f"{address}{id}").json()["results"] == [], id
    assert len(director.get(f"{address}x").json()["results"]) == 1
    assert world.find(User, username="new")


def test_contracts_are_verified_by_those_who_may(as_, world, office):
    id = office.registon.contract
    assert as_("malika").get("/contract/list").status_code == 200
    assert as_("malika").post(f"/contract/action/verify?pks={id}").status_code == 403
    assert as_("aziz").post(f"/contract/action/verify?pks={office.zukko.contract}").status_code == 404
    assert as_("aziz").post(f"/contract/action/verify?pks={id}").status_code == 200
    assert not world.get(Contract, office.zukko.contract).is_verified
