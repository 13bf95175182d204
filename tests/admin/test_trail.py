"""Whoever acted is not deleted but kept out; and the list of changes answers by name what became of whom."""

from __future__ import annotations

import pytest

from educore import EDUCATION, ActedBy, everything, perform, where
from educore.audit import AuditEntry
from educore.billing import Payment
from educore.groups import Group
from educore.identity import Membership, User
from educore.kernel import is_marked
from educore.people import Student
from educore_web.admin.screens import SCREENS
from educore_web.admin.ui.language import without_isolates
from educore_web.i18n.english import ENGLISH
from support.admin.browser import page_text


def entry_of(world, kind, **tests):
    with world.as_boss() as uow:
        return uow.find(AuditEntry, where(kind=kind, **tests), order=("id",))[-1]


def change_account(world, **account):
    with world.as_boss() as uow:
        perform(uow, Student, "update", world.registon.student, {"account": account})


def hits(browser, query):
    return max(browser.get(f"/audit-entry/list?{query}").text.count("<tr>") - 1, 0)


IN_THE_WAY = {
    "en": (
        "It cannot be deleted because this depends on it: 1 payment, 1 ledger entry. Block the account instead.",
        "Blocking keeps the person out, and the history stays: Block",
    ),
    "ar": (
        "تعذر الحذف لوجود ما يرتبط به: \u2068دفعة واحدة، قيد محاسبي واحد\u2069. احظر الحساب بدلًا من ذلك.",
        "الحظر يمنع الشخص من الدخول ويبقى السجل محفوظًا: حظر",
    ),
    "fr": (
        "Suppression impossible, car ceci en dépend : 1 paiement, 1 écriture. Bloquez plutôt le compte.",
        "Le blocage tient la personne à l’écart, et l’historique reste : Bloquer",
    ),
    "ru": (
        "Удалить нельзя, есть связанные записи: 1 платёж, 1 запись в книге учёта. "
        "Вместо этого заблокируйте учётную запись.",
        "Блокировка закроет вход, а история останется: Заблокировать",
    ),
    "uz": (
        "O‘chirib bo‘lmaydi, unga bog‘langan yozuvlar bor: 1 ta to‘lov, 1 ta hisob daftari yozuvi. "
        "Buning o‘rniga hisobni bloklang.",
        "Bloklash kirishni yopadi, tarix esa saqlanib qoladi: Bloklash",
    ),
}


@pytest.mark.parametrize("language", IN_THE_WAY)
def test_who_took_money_is_not_deleted_and_blocking_is_offered(as_, director, world, language):
    sentence, button = IN_THE_WAY[language]
    member, clerk = world.registon.other["aziz"], as_("aziz")
    taken = clerk.post(
        "/payment/create",
        {"student_id": world.registon.student, "amount": "480000", "method": "cash", "paid_on": "2024-01-01"},
    )
    assert taken.status_code == 200, page_text(taken)
    director.get(f"/?lang={language}")
    asked = director.get(f"/membership/action/delete?pks={member}")
    assert "Aziz Xodimova · aziz" in without_isolates(page_text(asked)), "the page says whom it is about"
    assert "data-instead" not in asked.text
    page = director.post(f"/membership/action/delete?pks={member}")
    assert page.status_code == 400
    assert f"Aziz Xodimova: {sentence}" in page_text(page)
    assert f'href="/admin/membership/action/block?pks={member}"' in page.text
    assert button in page_text(page)
    assert world.find(Payment)[0].received_by_id == world.get(Membership, member).user_id
    assert director.post(f"/membership/action/block?pks={member}").status_code == 200
    assert world.get(Membership, member).is_blocked
    assert "data-instead" not in director.post(f"/membership/action/delete?pks={member}").text, "done already"


def test_who_did_nothing_is_deleted(director, world):
    assert director.post(f"/membership/action/delete?pks={world.registon.other['aziz']}").status_code == 200
    assert not world.find(User, username="aziz")


def test_what_nobody_can_block_has_no_such_button(director, world):
    page = director.post(f"/branch/action/delete?pks={world.registon.branch}")
    assert page.status_code == 400
    assert "data-instead" not in page.text


def test_a_person_is_found_in_the_trail_by_name_also_once_they_are_gone(director, world):
    group = world.get(Group, world.registon.group).name
    change_account(world, phone="+998901112233")
    for query, number in (("search=Ali+Registon", 5), ("search=ali&kind=Enrollment", 1), ("search=Nobody", 0)):
        assert hits(director, query) == number, query
    page = director.post(f"/student/action/delete?pks={world.registon.student}")
    assert page.status_code == 200, page_text(page)
    assert not world.find(Student, id=world.registon.student)
    assert hits(director, "search=Ali+Registon&action=removed") == 4
    told = page_text(director.get("/audit-entry/list?search=Ali+Registon&kind=Enrollment"))
    assert f"Place in a group Ali Registon · {group} removed" in told
    assert f"Group: {group}" in told


def test_changes_name_people_and_groups_instead_of_numbers(director, world):
    with world.as_boss() as uow:
        other = perform(
            uow,
            Group,
            "create",
            fields={"name": "Evening", "branch_id": world.registon.branch, "course_id": world.registon.course},
        )
    director.post(f"/student/action/move?pks={world.registon.student}", {"group_id": other.id})
    entry = entry_of(world, "Student")
    details = page_text(director.get(f"/audit-entry/details/{entry.id}"))
    assert "Main group: Registon group → Evening" in details
    assert "As Director" in details
    assert (
        f'href="/admin/student/details/{world.registon.student}"'
        in director.get(f"/audit-entry/details/{entry.id}").text
    )


def test_the_list_leads_to_each_entry_and_a_row_to_its_changes(director, world):
    entry = entry_of(world, "Student", row_id=world.registon.student)
    assert f'href="/admin/audit-entry/details/{entry.id}"' in director.get("/audit-entry/list?kind=Student").text
    page = director.get(f"/student/details/{world.registon.student}").text
    user = world.get(Student, world.registon.student).user_id
    for kind, id in (("Student", world.registon.student), ("User", user)):
        address = f"/admin/audit-entry/list?kind={kind}&amp;row_id={id}"
        assert address in page
        assert hits(director, f"kind={kind}&row_id={id}") == 1


def test_a_password_is_said_to_have_changed_and_not_what_to(director, world):
    change_account(world, password="osh va 7 somsa")
    told = page_text(director.get("/audit-entry/list?kind=User&action=changed"))
    assert "Password: changed, not shown" in told
    assert "somsa" not in told
    assert "***" not in told


def test_every_audited_row_has_a_page_but_memberships_of_students_and_teachers():
    whole = {screen.kind for screen in SCREENS if screen.only == everything}
    assert EDUCATION.audited - whole == {Membership}


def test_another_center_s_names_stay_there(as_, director, world):
    assert hits(as_("sayyora"), "search=Zukko") > 0
    assert hits(director, "search=Zukko") == 0


def test_whatever_somebody_can_have_done_has_a_word_to_count_it_by():
    acted = {kind.__name__ for kind, field, _ in EDUCATION.referrers(User) if is_marked(kind, field, ActedBy)}
    assert {f"admin.{kind}.many" for kind in acted} <= ENGLISH.keys()
    assert len(acted) == 21
