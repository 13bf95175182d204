"""The scope that every statement of the admin gets; test_leaks.py tries the screens."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from educore import Actor, Entity, Role, perform
from educore.groups import Enrollment, Group
from educore.identity import User
from educore.organization import Branch
from educore.people import Student, TeacherRating
from educore_web.admin.security.current_user import CurrentUser, current_user, set_current_user, without_current_user
from educore_web.admin.security.scope import scoped_sessions
from support.admin.browser import page_text
from support.parametrize import each
from support.plain_rows import change_row


def test_the_number_of_rows_counts_only_own_rows(director, world):
    with world.as_boss() as uow:
        for number in range(30):
            perform(uow, Branch, "create", fields={"center_id": world.zukko.center, "name": f"Zukko {number}"})
    page = director.get("/branch/list")
    assert "1–1 of 1" in page_text(page)


@each("pk", ["0", "-1", "abc", "1;2", "99999999999999999999999", "1/2", "%00", "²", "٣"])
def test_an_address_that_makes_no_sense_is_not_found(director, pk):
    for page in ("details", "edit"):
        assert director.get(f"/student/{page}/{pk}").status_code == 404, page


def test_a_search_does_not_tell_the_name_of_somebody_who_may_not_be_seen(director, world):
    with world.as_boss() as uow:
        student = uow.get(Student, world.registon.student)
        change_row(uow, uow.get(User, student.user_id), {"center_id": world.zukko.center, "first_name": "Yashirin"})
    page = director.get("/student/list?search=Yashirin")
    assert "Nothing matches" in page_text(page)
    assert "Yashirin" not in director.get("/student/list").text
    assert "Yashirin" not in director.get("/student/list?sortBy=name").text
    assert "Yashirin" not in director.get(f"/student/details/{student.id}").text
    assert "Yashirin" not in director.get("/student/export/csv").text


def test_the_order_does_not_tell_the_name_of_somebody_who_may_not_be_seen(director, world):
    place = world.registon
    with world.as_boss() as uow:
        hidden = perform(
            uow,
            Student,
            "create",
            fields={"branch_id": place.branch, "account": {"username": "aaa", "first_name": "Aaa"}},
        )
        change_row(uow, uow.get(User, hidden.user_id), {"center_id": world.zukko.center})
    for order in ("asc", "desc"):
        page = director.get(f"/student/list?sortBy=name&sort={order}")
        assert [int(id) for id in re.findall(r'data-row="(\d+)"', page.text)] == [place.student, hidden.id], order


@pytest.mark.parametrize(
    "query",
    [
        "form=create&name=capacity",
        "form=nothing&name=branch_id",
        "name=branch_id",
        "form=create&name=password_hash",
        "",
    ],
)
def test_a_lookup_answers_only_for_references_of_a_form_the_visitor_has(director, query):
    assert director.get(f"/group/ajax/lookup?{query}").status_code == 403


def test_a_lookup_for_a_form_is_closed_to_who_may_not_use_the_form(as_):
    assert as_("aziz").get("/group/ajax/lookup?form=create&name=branch_id").status_code == 403


def test_form_pages_do_not_carry_rows_of_another_center(director, world):
    for page in (
        "/group/create",
        f"/group/create?branch_id={world.zukko.branch}",
        f"/group/edit/{world.registon.group}",
        f"/student/action/move?pks={world.registon.student}",
    ):
        assert "Zukko" not in director.get(page).text, page


def test_links_that_lead_to_closed_screens_are_not_drawn(as_, world):
    page = as_("aziz").get("/room/list")
    assert f'href="/admin/branch/details/{world.registon.branch}"' in page.text
    assert "/admin/teacher-rating/list" not in page.text


# -- the hook itself, asked directly ----------------------------------------------------------------------


def _rows(world, kind: type[Entity]):
    return world.database.tables.classes[kind.__name__]


def _statements(world):
    group, enrollment, student = (_rows(world, kind) for kind in (Group, Enrollment, Student))
    other = aliased(group)
    return {
        "plain": sa.select(group.name),
        "aliased": sa.select(other.name),
        "join": sa.select(group.name).join(enrollment.group),
        "count": sa.select(sa.func.count()).select_from(group),
        "count of a subquery": sa.select(sa.func.count()).select_from(sa.select(group).subquery()),
        "subquery": sa.select(sa.select(group.name).subquery().c.name),
        "distinct": sa.select(group.name).distinct(),
        "eager join": sa.select(enrollment).options(joinedload(enrollment.group)),
        "eager select": sa.select(enrollment).options(selectinload(enrollment.group)),
        "eager two steps": sa.select(enrollment).options(joinedload(enrollment.student).joinedload(student.user)),
        "limit": sa.select(enrollment).options(joinedload(enrollment.group)).limit(5),
        "union": sa.select(group.name).union(sa.select(other.name)),
        "exists": sa.select(sa.literal("x")).where(sa.exists().where(group.name.contains("Zukko"))),
    }


def _answer(world, statement, who):
    def text(value):
        if not hasattr(value, "entity"):
            return str(value)
        group = value.__dict__.get("group")
        student = value.__dict__.get("student")
        return f"{group.name if group else ''}{student.user.last_name if student and student.user else ''}"

    with without_current_user():
        if who is not None:
            set_current_user(CurrentUser(who, "", None, None))
        with scoped_sessions(world.database)() as session:
            return sorted({text(row[0]) for row in session.execute(statement).unique()})


DIRECTOR, TEACHER, STUDENT = (
    lambda place: Actor(Role.DIRECTOR, user_id=9999, center_id=place.center),
    lambda place: Actor(Role.TEACHER, user_id=9999, center_id=place.center, teacher_id=place.teacher),
    lambda place: Actor(Role.STUDENT, user_id=9999, center_id=place.center, student_id=place.student),
)
KINDS_OF_STATEMENT = (
    "plain,aliased,join,count,count of a subquery,subquery,distinct,eager join,eager select,eager two steps,limit,union"
)


@each("statement", KINDS_OF_STATEMENT.split(","))
@each("role", [DIRECTOR, TEACHER, STUDENT])
def test_every_kind_of_statement_is_scoped_for_every_role(world, statement, role):
    answer = _answer(world, _statements(world)[statement], role(world.registon))
    assert "Zukko" not in "".join(answer)
    if statement.startswith("count"):
        assert answer == ["1"]
    elif statement != "eager two steps":
        assert answer == ["Registon group"]


@each("statement", KINDS_OF_STATEMENT.split(","))
def test_without_a_visitor_nothing_is_there(world, statement):
    expected = ["0"] if statement.startswith("count") else []
    assert _answer(world, _statements(world)[statement], None) == expected


def test_without_a_visitor_no_kind_has_a_row_not_even_those_the_sign_in_page_writes(world, anybody):
    anybody().sign_in("dilnoza-r", "wrong")
    for kind in world.school.domain.kinds.values():
        counted = sa.select(sa.func.count()).select_from(_rows(world, kind))
        assert _answer(world, counted, None) == ["0"], kind.__name__
        assert _answer(world, counted, Actor(Role.SUPERADMIN)) == [str(len(world.find(kind)))], kind.__name__


def test_a_visitor_is_forgotten_when_their_request_ends():
    with without_current_user():
        set_current_user(CurrentUser(Actor(Role.SUPERADMIN), "", None, None))
        assert current_user() is not None
    assert current_user() is None


def test_the_policies_are_put_on_anew_for_each_visitor(world):
    statement = _statements(world)["aliased"]
    assert _answer(world, statement, DIRECTOR(world.registon)) == ["Registon group"]
    assert _answer(world, statement, DIRECTOR(world.zukko)) == ["Zukko group"]
    assert len(_answer(world, statement, Actor(Role.SUPERADMIN))) == 2
    assert _answer(world, statement, TEACHER(world.zukko)) == ["Zukko group"]


def test_a_session_of_the_admin_refuses_what_it_cannot_scope_and_every_write(world):
    sessions = scoped_sessions(world.database)
    group = _rows(world, Group)
    with without_current_user(), sessions() as session:
        set_current_user(CurrentUser(Actor(Role.SUPERADMIN), "", None, None))
        for statement in (
            sa.text("select * from group_"),
            sa.select(group.__table__.c.name),
            sa.delete(group),
            sa.update(group).values(name="x"),
        ):
            with pytest.raises(TypeError):
                session.execute(statement)
        session.add(group(name="New"))
        with pytest.raises(TypeError, match="use cases"):
            session.flush()


def test_ratings_name_their_teacher_and_rater_only_where_those_are_seen(director, as_, world):
    as_("sayyora").post(f"/teacher/action/rate?pks={world.registon.teacher}", {"rating": "4.5"})
    page = director.get("/teacher-rating/list")
    assert "Kamola Registon" in page.text
    assert "Sayyora" not in page.text
    assert world.find(TeacherRating)[0].rated_by_id is not None
